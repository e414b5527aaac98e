// The rules, as the WASM package decides them. No other module of the mini-program holds a rule.
//
// The package is loaded once. Where WXWebAssembly is missing, the package does not load or throws, the service is asked
// for the same functions (`rules/{fn}`), which is slower and gives the same answers. Every function here therefore
// returns a promise, and resolves to null where neither the package nor the service can answer.
const log = require('../transport/log');
const policies = require('./policies');
const request = require('../transport/request');

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

/** The names of the policy's fields as the rules on this phone know them. @type {string[] | null} */
let fields = null;

/** `makeup_validity_days` → `makeupValidityDays`. @param {string} name */
const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/**
 * A policy as these rules take it: fields that are null are left out, and those that only newer rules know, because the
 * package refuses them.
 * @param {Record<string, any>} sent with the service's names
 */
async function known(sent) {
  if (!fields) {
    const defaults = await ask('defaultPolicy', []);
    fields = defaults && Object.keys(defaults);
  }
  /** @type {Record<string, any>} */
  const out = {};
  Object.keys(sent).forEach((name) => {
    if (sent[name] !== null && (!fields || fields.includes(camel(name)))) out[camel(name)] = sent[name];
  });
  return out;
}

/**
 * A class, or an entry or a booking of one: `policy_id` is the version of the policy that judges it. An older service
 * names none.
 * @typedef {{policy_id?: number}} OfClass
 */

/** The policy that judges `of`, or the one in force for what has no class; null where it is not known. @param {OfClass} [of] */
async function policyOf(of) {
  const sent = await (of && of.policy_id ? policies.version(of.policy_id) : policies.current());
  return sent && known(sent);
}

/** The same, for words about it: without a field where it is not known. @param {OfClass} [of] */
async function policy(of) {
  return (await policyOf(of)) || {};
}

/**
 * Answers a function whose last argument is a policy: the one that judges `of`, or the one in force.
 * @param {string} fn
 * @param {any[]} args
 * @param {OfClass} [of]
 * @returns {Promise<any>} null, too, where that policy is not known
 */
async function askBy(fn, args, of) {
  const by = await policyOf(of);
  return by && ask(fn, [...args, by]);
}

/** @param {number} now @param {number} target @returns {Promise<{days: number, hours: number, minutes: number, totalSeconds: number, expired: boolean, text: string} | null>} */
function countdown(now, target) {
  return ask('countdown', [now, target]);
}

/**
 * @param {number} start
 * @param {number} now
 * @param {OfClass} [of] left out where it only matters whether the class has started
 * @returns {Promise<'open' | 'deciding' | 'closed' | 'started' | null>}
 */
function phase(start, now, of) {
  return askBy('phase', [start, now], of);
}

/** @param {{deadline: number, now: number}} facts @returns {Promise<{ok: boolean, code?: string} | null>} */
function mayRespond(facts) {
  return ask('mayRespond', [facts]);
}

/** @param {Record<string, any>} facts @param {OfClass} of @returns {Promise<{ok: boolean, code?: string} | null>} */
function checkJoin(facts, of) {
  return askBy('checkJoin', [facts], of);
}

/** @param {Record<string, any>} facts @param {OfClass} of @returns {Promise<{ok: boolean, code?: string} | null>} */
function checkMakeup(facts, of) {
  return askBy('checkMakeup', [facts], of);
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
function creditBalance(grants, now) {
  return askBy('creditBalance', [grants, now]);
}

/** @param {import('../wasm/index').BookFacts} facts @param {OfClass} of @returns {Promise<{ok: boolean, code?: string} | null>} */
function checkBook(facts, of) {
  return askBy('checkBook', [facts], of);
}

/**
 * @param {{status: string, start: number, now: number}} facts
 * @param {OfClass} of
 * @returns {Promise<{ok: boolean, code?: string, free?: boolean} | null>}
 */
function checkCancel(facts, of) {
  return askBy('checkCancel', [facts], of);
}

/**
 * @param {{status: string, source: string, start: number, now: number}} facts
 * @param {OfClass} of
 * @returns {Promise<{ok: boolean, code?: string} | null>}
 */
function checkLeave(facts, of) {
  return askBy('checkLeave', [facts], of);
}

/** @param {number} until @param {number} now @returns {Promise<{ok: boolean, code?: string, endsSoon?: boolean} | null>} */
function makeupRight(until, now) {
  return askBy('makeupRight', [until, now]);
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
