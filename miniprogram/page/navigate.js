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

/** `/pages/waitlist/detail?id=31` of an open page. @param {{route: string, options: Record<string, string | undefined>}} page */
function addressOf(page) {
  const query = Object.keys(page.options).map((name) => `${name}=${page.options[name]}`);
  return `/${page.route}${query.length ? '?' + query.join('&') : ''}`;
}

/**
 * To the page that the open one was opened from, where that is the one wanted; else opens it.
 * @param {string} url
 */
function backOr(url) {
  const under = getCurrentPages();
  const before = under[under.length - 2];
  if (before && addressOf(before) === url) back();
  else open(url);
}

/** The same, but the open page does not stay under the one that is opened. @param {string} url */
function backOrInstead(url) {
  const under = getCurrentPages();
  const before = under[under.length - 2];
  if (before && addressOf(before) === url) back();
  else once((options) => wx.redirectTo({ url, ...options }));
}

module.exports = { open, back, backOr, backOrInstead };
