// The versions of the policy: the one in force, for what has no class, and those that judge classes. A version never
// changes, so each is asked for once and kept, also for a phone without a network.
const log = require('../transport/log');
const request = require('../transport/request');
const storage = require('../transport/storage');

/** How many versions are kept; the one that was kept first makes room. */
const KEPT = 20;

/**
 * A policy with the service's own names.
 * @typedef {Record<string, any>} Fields
 */

/** The policy in force as the service sent it last. @type {Fields} */
let sent = storage.get('policy') || {};
let fresh = false;
/** @type {Promise<Fields> | null} */
let asking = null;

/** @type {{id: number, policy: Fields}[]} */
let kept = storage.get('policies') || [];
/** Versions that are asked for now. @type {Map<number, Promise<Fields | null>>} */
const underWay = new Map();
/** Versions that could not be had, until a page asks for news. @type {Set<number>} */
const missing = new Set();

/** The policy in force: asked for once a launch; the last known one where the service cannot be reached. */
function current() {
  if (!asking) {
    asking = askCurrent().finally(() => {
      asking = null;
    });
  }
  return asking;
}

async function askCurrent() {
  if (!fresh) {
    try {
      sent = (await request.read('/policy', { auth: false })).data;
      storage.set('policy', sent);
      fresh = true;
    } catch (error) {
      log.warn('policies: using the last known policy', error);
    }
  }
  return sent;
}

/**
 * One version; null where it is not kept and cannot be had. No other version stands in for it.
 * @param {number} id
 * @returns {Promise<Fields | null>}
 */
async function version(id) {
  const known = kept.find((one) => one.id === id);
  if (known) return known.policy;
  if (missing.has(id)) return null;
  const running = underWay.get(id);
  if (running) return running;
  const answer = askVersion(id).finally(() => underWay.delete(id));
  underWay.set(id, answer);
  return answer;
}

/** @param {number} id */
async function askVersion(id) {
  try {
    const { policy } = (await request.read(`/policies/${id}`, { auth: false })).data;
    if (!policy) throw new Error('the answer has no policy');
    kept = [...kept, { id, policy }].slice(-KEPT);
    storage.set('policies', kept);
    return policy;
  } catch (error) {
    log.warn('policies: without version', id, error);
    missing.add(id);
    return null;
  }
}

/** Lets versions that could not be had be asked for again: called as a page asks for news. */
function retry() {
  missing.clear();
}

/** Whether a version could not be had, so that a page may lack what the rules say. */
function isIncomplete() {
  return missing.size > 0;
}

module.exports = { current, version, retry, isIncomplete };
