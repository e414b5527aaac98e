// One timer for the whole mini-program. Countdowns listen to it and it stops when none is left,
// so a list of offers costs one timer, and they all turn over together.
const clock = require('../services/clock');
const rules = require('../services/rules');

/** @type {Set<(now: number) => void>} */
const listeners = new Set();
/** @type {number | null} */
let timer = null;

function beat() {
  const now = clock.now();
  listeners.forEach((listener) => listener(now));
  // Four looks a second keep every countdown within a quarter of a second of the truth, whatever
  // millisecond it ends on. Where each look is a request, one a second has to do.
  timer = setTimeout(beat, rules.isLocal() ? 250 : 1000);
}

/**
 * @param {(now: number) => void} listener told the server's time
 * @returns {() => void} stops listening
 */
function onBeat(listener) {
  listeners.add(listener);
  if (timer === null) timer = setTimeout(beat, 0);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearTimeout(timer);
      timer = null;
    }
  };
}

module.exports = { onBeat };
