// To another page and back, once: of two quick taps the second finds the first one under way.
const clock = require('../services/clock');

/** After so many milliseconds a move that was never said to have ended stands in nobody's way. */
const PATIENCE = 1000;

/** When the move under way began, or null. @type {number | null} */
let since = null;

/** @param {(options: {complete: () => void}) => unknown} go */
function once(go) {
  const now = clock.device();
  if (since !== null && Math.abs(now - since) < PATIENCE) return;
  since = now;
  go({
    complete: () => {
      since = null;
    },
  });
}

/** @param {string} url */
function open(url) {
  once((options) => wx.navigateTo({ url, ...options }));
}

function back() {
  once((options) => wx.navigateBack(options));
}

module.exports = { open, back };
