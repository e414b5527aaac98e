// Navigation between pages. A second quick tap does nothing while the first navigation is under way.
const clock = require('../services/clock');

/** Milliseconds after which a navigation counts as ended even if WeChat never called `complete`. */
const PATIENCE = 1000;

/** Device time at which the navigation under way began, or null. @type {number | null} */
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
 * Goes back where the page below has this address; else opens the address.
 * @param {string} url
 */
function backOr(url) {
  const under = getCurrentPages();
  const before = under[under.length - 2];
  if (before && addressOf(before) === url) back();
  else open(url);
}

/** Goes back where the page below has this address; else replaces the open page. @param {string} url */
function backOrInstead(url) {
  const under = getCurrentPages();
  const before = under[under.length - 2];
  if (before && addressOf(before) === url) back();
  else once((options) => wx.redirectTo({ url, ...options }));
}

module.exports = { open, back, backOr, backOrInstead };
