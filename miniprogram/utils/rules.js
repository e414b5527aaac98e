// The rules, as the WASM package decides them. Nothing else in the mini-program holds one.
//
// The package is loaded once. Where WXWebAssembly is missing, or the package does not load, the
// service is asked for the same functions (`rules/{fn}`): slower, the same answers. That is why
// every rule here is a promise.
const service = require('../services/rules');
const storage = require('./storage');

/** @type {Promise<any> | null} the package's functions, or null where there is no WASM */
let loading = null;
let local = false;

/** Loads the package; never rejects. */
function load() {
  if (!loading) loading = start();
  return loading;
}

async function start() {
  if (typeof WXWebAssembly === 'undefined') return null;
  try {
    const api = require('../wasm/index');
    await api.init();
    local = true;
    return api;
  } catch (error) {
    console.warn('rules: the WASM package did not load, asking the service instead', error);
    return null;
  }
}

/** Whether the rules are answered on the phone, without a request. */
function isLocal() {
  return local;
}

/**
 * @param {string} fn
 * @param {any[]} args
 */
async function ask(fn, args) {
  const api = await load();
  return api ? api[fn](...args) : service.call(fn, args);
}

/** @type {any} */
let policyInForce = camel(storage.get('policy') || {});
let policyFresh = false;

/** `makeup_validity_days` → `makeupValidityDays`; what is null was left out. */
function camel(record) {
  /** @type {Record<string, any>} */
  const out = {};
  Object.keys(record).forEach((name) => {
    if (record[name] === null) return;
    out[name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())] = record[name];
  });
  return out;
}

/**
 * The policy in force: asked once a launch, the last known where the service cannot be reached,
 * the rules' defaults where none is known.
 */
async function policy() {
  if (!policyFresh) {
    try {
      const answer = await service.policy();
      storage.set('policy', answer);
      policyInForce = camel(answer);
      policyFresh = true;
    } catch (error) {
      console.warn('rules: using the last known policy', error);
    }
  }
  return policyInForce;
}

/** @param {number} now @param {number} target @returns {Promise<{totalSeconds: number, expired: boolean, text: string}>} */
function countdown(now, target) {
  return ask('countdown', [now, target]);
}

/** @param {number} start @param {number} now @returns {Promise<'open' | 'deciding' | 'closed' | 'started'>} */
async function phase(start, now) {
  return ask('phase', [start, now, await policy()]);
}

/** @param {{deadline: number, now: number}} facts @returns {Promise<{ok: boolean, code?: string}>} */
function mayRespond(facts) {
  return ask('mayRespond', [facts]);
}

/** @param {Record<string, any>} facts @returns {Promise<{ok: boolean, code?: string}>} */
async function checkJoin(facts) {
  return ask('checkJoin', [facts, await policy()]);
}

/** @param {Record<string, any>} facts @returns {Promise<{ok: boolean, code?: string}>} */
async function checkMakeup(facts) {
  return ask('checkMakeup', [facts, await policy()]);
}

/**
 * What making up `original` minutes in `makeup` minutes leaves.
 * @param {number} original
 * @param {number} makeup
 * @returns {Promise<{ok: boolean, code?: string, compensationMinutes: number, extraMinutes: number}>}
 */
function durationDifference(original, makeup) {
  return ask('durationDifference', [original, makeup]);
}

/**
 * How credit would pay for `required` minutes.
 * @param {any[]} grants
 * @param {number} required
 * @param {number} now
 * @returns {Promise<{ok: boolean, code?: string, available: number, uses: any[]}>}
 */
function planCompensation(grants, required, now) {
  return ask('planCompensation', [grants, required, now]);
}

module.exports = {
  load,
  isLocal,
  policy,
  countdown,
  phase,
  mayRespond,
  checkJoin,
  checkMakeup,
  durationDifference,
  planCompensation,
};
