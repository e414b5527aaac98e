// The idempotency keys of writes that have no definite answer yet.

/**
 * An idempotency key, and whether a request with it has left the phone.
 * @typedef {{key: string, sent: boolean}} Attempt
 */

/** @type {Map<string, Attempt>} by the write's method, path and body */
const attempts = new Map();

/** An id that no other request of this phone has. */
function randomId() {
  const part = () => Math.random().toString(36).slice(2, 10).padEnd(8, '0');
  return 'mp-' + part() + part();
}

/**
 * The attempt of a write: the one under way or without an answer, else a new one.
 * @param {string} write
 * @returns {Attempt}
 */
function attemptOf(write) {
  const attempt = attempts.get(write) || { key: randomId(), sent: false };
  attempts.set(write, attempt);
  return attempt;
}

/** Ends the attempt of one write: the next one has a new key. @param {string} write */
function end(write) {
  attempts.delete(write);
}

/** Ends all attempts. */
function endAll() {
  attempts.clear();
}

module.exports = { randomId, attemptOf, end, endAll };
