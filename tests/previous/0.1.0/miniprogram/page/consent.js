// Consent to WeChat's messages. One yes buys one message of a template, so it is asked for at every
// tap that may lead to one; WeChat asks only from within the tap itself.
const config = require('../config');
const notice = require('./notice');
const storage = require('../transport/storage');
const subscriptions = require('../services/subscriptions');

/** Whether the last answer allowed the message that matters; null where nothing was asked yet. */
function allowed() {
  return storage.get('consent');
}

/**
 * Asks. Must be called in the tap, before anything is awaited; never rejects.
 * @param {'wait' | 'waitToMakeUp' | 'miss' | 'credit'} occasion what the tap may lead to
 * @returns {Promise<Record<string, string> | null>} template → answer; null where there is nothing to ask
 */
function ask(occasion) {
  const tmplIds = config.templatesFor(occasion);
  if (tmplIds.length === 0) return Promise.resolve(null);
  return wx.requestSubscribeMessage({ tmplIds }).then(
    (answer) => {
      /** @type {Record<string, string>} */
      const results = {};
      tmplIds.forEach((id) => {
        // `filter`: WeChat took the template away; the service knows three answers.
        if (answer[id]) results[id] = answer[id] === 'filter' ? 'ban' : answer[id];
      });
      return results;
    },
    (error) => {
      // Messages are switched off for this mini-program as a whole, or WeChat cannot ask now.
      console.warn('consent', error);
      return error.errCode === 20004 ? Object.fromEntries(tmplIds.map((id) => [id, 'ban'])) : null;
    },
  );
}

/**
 * Reports the answer, and says kindly what a no means. It is said once, not at every no: a parent
 * who wants no messages is not asked why.
 * @param {Promise<Record<string, string> | null>} asked
 * @param {{wanted?: boolean}} [why] `wanted`: the parent came to turn messages on
 */
async function settle(asked, { wanted = false } = {}) {
  const results = await asked;
  if (!results) return;
  subscriptions.report(results).catch((error) => console.warn('consent: not reported', error));
  if (!(config.offerTemplate in results)) return;
  const before = allowed();
  const yes = results[config.offerTemplate] === 'accept';
  storage.set('consent', yes);
  if (yes || (before === false && !wanted)) return;
  // Where asking again would get the same no, the way is WeChat's own settings.
  const fixed = wanted || results[config.offerTemplate] === 'ban';
  await notice.tell({
    title: '没有打开消息提醒',
    content: fixed
      ? '有名额时微信不能提醒你。想打开：点右上角「…」→ 设置 → 订阅消息，把它打开。现在也可以随时回来看候补。'
      : '有名额时微信不会提醒你，要自己回来看候补。想打开时：我的 → 消息提醒。',
  });
}

module.exports = { allowed, ask, settle };
