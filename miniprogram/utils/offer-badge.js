// How many open offers the account has, as the page that asked last knew it: for the tab bar's dot.
let offers = 0;
/** @type {Set<(offers: number) => void>} */
const listeners = new Set();

/** @param {number} next */
function set(next) {
  if (next === offers) return;
  offers = next;
  listeners.forEach((listener) => listener(offers));
}

/**
 * @param {(offers: number) => void} listener told at once, then at every change
 * @returns {() => void} stops listening
 */
function onChange(listener) {
  listeners.add(listener);
  listener(offers);
  return () => listeners.delete(listener);
}

module.exports = { set, onChange };
