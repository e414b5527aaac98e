// Toasts for successes, and dialogs for questions and refusals.
const messages = require('../views/refusals');
const navigate = require('./navigate');
const update = require('./update');

/** @param {string} title */
function done(title) {
  wx.showToast({ title, icon: 'none', duration: 2000 });
}

/** Whether a dialog of this module is open. A second quick tap opens none. */
let asking = false;

/**
 * @template T
 * @param {() => Promise<T>} question
 * @param {T} unasked
 */
async function once(question, unasked) {
  if (asking) return unasked;
  asking = true;
  try {
    return await question();
  } finally {
    asking = false;
  }
}

/**
 * Asks for confirmation of something that cannot be undone. Resolves to whether the parent confirmed.
 * @param {{title: string, content: string, confirm: string, cancel?: string}} question
 */
function confirm(question) {
  return once(async () => {
    const answer = await wx.showModal({
      title: question.title,
      content: question.content,
      confirmText: question.confirm,
      cancelText: question.cancel || '再想想',
    });
    return answer.confirm;
  }, false);
}

/** How many choices WeChat's action sheet shows. */
const SHEET_ITEMS = 6;

/**
 * Shows WeChat's action sheet; where there are more choices than it takes, the last one opens the next sheet.
 * @param {string} question
 * @param {string[]} choices
 * @param {number} [from] the first choice of this sheet
 * @returns {Promise<number>} the index; rejects where the sheet was dismissed
 */
async function sheet(question, choices, from = 0) {
  const all = choices.length - from <= SHEET_ITEMS;
  const shown = choices.slice(from, from + (all ? SHEET_ITEMS : SHEET_ITEMS - 1));
  const itemList = all ? shown : [...shown, '更多…'];
  const { tapIndex } = await wx.showActionSheet({ alertText: question, itemList });
  return !all && tapIndex === shown.length ? sheet(question, choices, from + shown.length) : from + tapIndex;
}

/**
 * Lets the parent choose one of several. Resolves to its index, or to null where the sheet was dismissed.
 * @param {string} question
 * @param {string[]} choices
 * @returns {Promise<number | null>}
 */
function choose(question, choices) {
  return once(async () => {
    try {
      return await sheet(question, choices);
    } catch (dismissed) {
      return null;
    }
  }, /** @type {number | null} */ (null));
}

/** Shows a message with one button. @param {{title: string, content: string}} words */
async function tell(words) {
  await wx.showModal({ ...words, showCancel: false, confirmText: '知道了' });
}

/** Where a refusal may lead, whichever page it came up on. @type {Record<string, () => unknown>} */
const WAYS = {
  classes: () => wx.switchTab({ url: '/pages/classes/index' }),
  waitlist: () => wx.switchTab({ url: '/pages/waitlist/index' }),
  bookings: () => wx.switchTab({ url: '/pages/bookings/index' }),
  addChild: () => navigate.open('/pages/me/add-child'),
};

/**
 * Explains a refusal and offers the next step.
 * @param {{code?: string, requestId?: string}} error
 * @param {{[next: string]: () => unknown}} [ways] what the page itself can do, by `next`
 * @param {string} [child] whom it is about, where the account has several children
 */
async function refusal(error, ways = {}, child = '') {
  // The update has a dialog of its own, which also says how far it is.
  if (error.code === 'client_too_old') return update.tell();
  const { text, next, label } = messages.explain(error);
  const go = next && (WAYS[next] || ways[next]);
  const answer = await wx.showModal({
    title: child,
    content: text,
    showCancel: Boolean(go),
    cancelText: '知道了',
    confirmText: go ? label : '知道了',
  });
  if (answer.confirm && go) await go();
}

module.exports = { done, confirm, choose, tell, refusal };
