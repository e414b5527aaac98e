// What the bars at the head and the foot of a page show: the page on top, how many open offers wait for an answer, how
// many messages are unread, and whether a sheet covers the page. Every page has bars of its own; they all listen here.
/** @type {{selected: string, offers: number, unread: number | null, covered: boolean}} `unread`: null where it is not known */
let state = { selected: '', offers: 0, unread: null, covered: false };
/** @type {Set<(next: typeof state) => void>} */
const listeners = new Set();

/** @param {Partial<typeof state>} change */
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
