// What the tab bar shows: the page on top, and how many open offers wait for an answer. Every tab
// page has a tab bar of its own; they all listen here.
let state = { selected: '', offers: 0 };
/** @type {Set<(next: typeof state) => void>} */
const listeners = new Set();

/** @param {{selected?: string, offers?: number}} change */
function set(change) {
  state = { ...state, ...change };
  listeners.forEach((listener) => listener(state));
}

/**
 * @param {(next: typeof state) => void} listener told at once, then at every change
 * @returns {() => void} stops listening
 */
function onChange(listener) {
  listeners.add(listener);
  listener(state);
  return () => listeners.delete(listener);
}

module.exports = { set, onChange };
