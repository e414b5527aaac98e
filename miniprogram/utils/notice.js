// Short words to the parent: a toast for what went well, a dialog for what did not and what to do next.
const messages = require('./messages');

/** @param {string} title */
function done(title) {
  wx.showToast({ title, icon: 'none', duration: 2000 });
}

/**
 * Asks before something that cannot be taken back. Resolves to whether to go on.
 * @param {{title: string, content: string, confirm: string, cancel?: string}} question
 */
async function confirm(question) {
  const answer = await wx.showModal({
    title: question.title,
    content: question.content,
    confirmText: question.confirm,
    cancelText: question.cancel || '再想想',
  });
  return answer.confirm;
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

module.exports = { done, confirm, tell, refusal };
