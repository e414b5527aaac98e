// Short words to the parent: a toast for what went well, a dialog for what did not and what to do next.
const messages = require('../views/refusals');
const update = require('./update');

/** @param {string} title */
function done(title) {
  wx.showToast({ title, icon: 'none', duration: 2000 });
}

/** Whether a question is open: of two quick taps the second asks nothing. */
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
 * Asks before something that cannot be taken back. Resolves to whether to go on.
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

/**
 * Lets one of several be chosen. Resolves to its place, or to null where nothing was chosen.
 * @param {string} question
 * @param {string[]} choices
 * @returns {Promise<number | null>}
 */
function choose(question, choices) {
  return once(async () => {
    try {
      return (await wx.showActionSheet({ alertText: question, itemList: choices })).tapIndex;
    } catch (dismissed) {
      return null;
    }
  }, /** @type {number | null} */ (null));
}

/** Says something that needs no answer. @param {{title: string, content: string}} words */
async function tell(words) {
  await wx.showModal({ ...words, showCancel: false, confirmText: '知道了' });
}

const TABS = {
  classes: '/pages/classes/index',
  waitlist: '/pages/waitlist/index',
  bookings: '/pages/bookings/index',
};

/**
 * Says what went wrong and offers the way on.
 * @param {{code?: string, requestId?: string}} error
 * @param {{[next: string]: () => unknown}} [ways] what the page itself can do, by `next`
 */
async function refusal(error, ways = {}) {
  // The update has a dialog of its own, which also says how far it is.
  if (error.code === 'client_too_old') return update.tell();
  const { text, next, label } = messages.explain(error);
  const go = next && (next in TABS ? () => wx.switchTab({ url: TABS[next] }) : ways[next]);
  const answer = await wx.showModal({
    title: '',
    content: text,
    showCancel: Boolean(go),
    cancelText: '知道了',
    confirmText: go ? label : '知道了',
  });
  if (answer.confirm && go) await go();
}

module.exports = { done, confirm, choose, tell, refusal };
