// The rules, as the WASM package decides them. No other module of the mini-program holds a rule.
//
// The package is loaded once. Where WXWebAssembly is missing, the package does not load or throws, the service is asked
// for the same functions (`rules/{fn}`), which is slower and gives the same answers. Every function here therefore
// returns a promise, and resolves to null where neither the package nor the service can answer.
const log = require('../transport/log');
const request = require('../transport/request');
const storage = require('../transport/storage');

/** @type {Promise<any> | null} the package's functions, or null where there is no WASM */
let loading = null;
let local = false;

/** Loads the package; never rejects. */
function load() {
  if (!loading) loading = loadPackage();
  return loading;
}

async function loadPackage() {
  if (typeof WXWebAssembly === 'undefined') return null;
  try {
    const api = require('../wasm/index');
    await api.init();
    local = true;
    return api;
  } catch (error) {
    log.warn('rules: the WASM package did not load, asking the service instead', error);
    return null;
  }
}

/** Whether the rules are answered on the phone, without a request. */
function isLocal() {
  return local;
}

/**
 * Answers a function of the rules: the package on the phone, else the service, else null. The package throws on what it
 * does not know, such as a policy that a newer service allows. Without a network there is then no answer, and whoever
 * asked leaves out what it would have shown.
 * @param {string} fn
 * @param {any[]} args
 * @returns {Promise<any>}
 */
async function ask(fn, args) {
  const api = await load();
  if (api) {
    try {
      return api[fn](...args);
    } catch (error) {
      log.warn(`rules: the package cannot answer ${fn}, asking the service instead`, error);
    }
  }
  try {
    return (await request.ask(`/rules/${fn}`, { args })).value;
  } catch (error) {
    log.warn(`rules: no answer to ${fn}`, error);
    return null;
  }
}

/** `makeup_validity_days` → `makeupValidityDays`. A field that is null is left out. @param {Record<string, any>} record */
function camel(record) {
  /** @type {Record<string, any>} */
  const out = {};
  Object.keys(record).forEach((name) => {
    if (record[name] === null) return;
    out[name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())] = record[name];
  });
  return out;
}

/** The policy that the service sent last, with camelCase names. */
let sent = camel(storage.get('policy') || {});
let fresh = false;
/** @type {Promise<any> | null} */
let asking = null;
/** The names of the policy's fields as the rules on this phone know them. @type {string[] | null} */
let fields = null;

/**
 * The policy in force: asked once a launch; the last known one where the service cannot be reached; the rules' own
 * defaults where none is known. Of what a newer service sends, the fields that these rules do not know are left out,
 * because the package refuses them.
 */
function policy() {
  if (!asking) {
    asking = askPolicy().finally(() => {
      asking = null;
    });
  }
  return asking;
}

async function askPolicy() {
  if (!fresh) {
    try {
      const answer = (await request.read('/policy', { auth: false })).data;
      storage.set('policy', answer);
      sent = camel(answer);
      fresh = true;
    } catch (error) {
      log.warn('rules: using the last known policy', error);
    }
  }
  if (!fields) {
    const defaults = await ask('defaultPolicy', []);
    if (!defaults) return sent;
    fields = Object.keys(defaults);
  }
  /** @type {Record<string, any>} */
  const known = {};
  fields
    .filter((name) => name in sent)
    .forEach((name) => {
      known[name] = sent[name];
    });
  return known;
}

/** @param {number} now @param {number} target @returns {Promise<{totalSeconds: number, expired: boolean, text: string} | null>} */
function countdown(now, target) {
  return ask('countdown', [now, target]);
}

/** @param {number} start @param {number} now @returns {Promise<'open' | 'deciding' | 'closed' | 'started' | null>} */
async function phase(start, now) {
  return ask('phase', [start, now, await policy()]);
}

/** @param {{deadline: number, now: number}} facts @returns {Promise<{ok: boolean, code?: string} | null>} */
function mayRespond(facts) {
  return ask('mayRespond', [facts]);
}

/** @param {Record<string, any>} facts @returns {Promise<{ok: boolean, code?: string} | null>} */
async function checkJoin(facts) {
  return ask('checkJoin', [facts, await policy()]);
}

/** @param {Record<string, any>} facts @returns {Promise<{ok: boolean, code?: string} | null>} */
async function checkMakeup(facts) {
  return ask('checkMakeup', [facts, await policy()]);
}

/**
 * What making up `original` minutes in `makeup` minutes leaves.
 * @param {number} original
 * @param {number} makeup
 * @returns {Promise<{ok: boolean, code?: string, compensationMinutes: number, extraMinutes: number} | null>}
 */
function durationDifference(original, makeup) {
  return ask('durationDifference', [original, makeup]);
}

/**
 * How credit would pay for `required` minutes.
 * @param {any[]} grants
 * @param {number} required
 * @param {number} now
 * @returns {Promise<{ok: boolean, code?: string, available: number, uses: any[]} | null>}
 */
function planCompensation(grants, required, now) {
  return ask('planCompensation', [grants, required, now]);
}

/**
 * The live grants in the order in which they are spent, and their minutes.
 * @param {any[]} grants
 * @param {number} now
 * @returns {Promise<import('../wasm/index').CreditBalance | null>}
 */
async function creditBalance(grants, now) {
  return ask('creditBalance', [grants, now, await policy()]);
}

/** @param {import('../wasm/index').BookFacts} facts @returns {Promise<{ok: boolean, code?: string} | null>} */
async function checkBook(facts) {
  return ask('checkBook', [facts, await policy()]);
}

/** @param {{status: string, start: number, now: number}} facts @returns {Promise<{ok: boolean, code?: string, free?: boolean} | null>} */
async function checkCancel(facts) {
  return ask('checkCancel', [facts, await policy()]);
}

/** @param {{status: string, source: string, start: number, now: number}} facts @returns {Promise<{ok: boolean, code?: string} | null>} */
async function checkLeave(facts) {
  return ask('checkLeave', [facts, await policy()]);
}

/** @param {number} until @param {number} now @returns {Promise<{ok: boolean, code?: string, endsSoon?: boolean} | null>} */
async function makeupRight(until, now) {
  return ask('makeupRight', [until, now, await policy()]);
}

/**
 * @typedef {import('../wasm/index').ClassTime} ClassTime
 * @param {ClassTime} one
 * @param {ClassTime[]} others
 * @returns {Promise<boolean | null>}
 */
function timeConflict(one, others) {
  return ask('timeConflict', [one, others]);
}

module.exports = {
  load,
  isLocal,
  policy,
  countdown,
  phase,
  mayRespond,
  checkBook,
  checkCancel,
  checkLeave,
  checkJoin,
  checkMakeup,
  timeConflict,
  makeupRight,
  creditBalance,
  durationDifference,
  planCompensation,
};
