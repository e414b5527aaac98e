// Consent to WeChat's messages. One accept buys one message of a template, so it is asked for at every tap that may lead
// to one. WeChat asks only from within the tap itself.
const config = require('../config');
const log = require('../transport/log');
const notice = require('./notice');
const storage = require('../transport/storage');
const subscriptions = require('../services/subscriptions');

/** The error of a mini-program whose messages the parent switched off as a whole. */
const SWITCHED_OFF = 20004;

/**
 * Asks for consent, and reports the answer to the service at once, whatever becomes of the tap: WeChat counts it, too.
 * Must be called in the tap, before anything is awaited; never rejects.
 * @param {import('../config').Occasion} occasion what the tap may lead to
 * @returns {Promise<Record<string, string> | null>} template → `accept`, `reject` or `ban`; null where nothing was asked
 */
function ask(occasion) {
  const tmplIds = config.templatesFor(occasion);
  if (tmplIds.length === 0) return Promise.resolve(null);
  return wx.requestSubscribeMessage({ tmplIds }).then(
    (answer) => {
      /** @type {Record<string, string>} */
      const results = {};
      tmplIds.forEach((id) => {
        if (['accept', 'reject', 'ban'].includes(answer[id])) results[id] = answer[id];
        // `filter`: two templates share a title, or one was taken away. That is a fault of the configuration.
        else if (answer[id]) log.warn('consent: WeChat does not ask for template', id, answer[id]);
      });
      return report(results);
    },
    (error) => {
      log.warn('consent: WeChat did not ask', error);
      return error.errCode === SWITCHED_OFF ? report(Object.fromEntries(tmplIds.map((id) => [id, 'ban']))) : null;
    },
  );
}

/**
 * Explains a refusal of the message about a free seat. It is explained once: a parent who wants no messages is not asked
 * why at every refusal.
 * @param {Promise<Record<string, string> | null>} asked what `ask` returned
 * @param {{explain?: boolean}} [options] `explain`: false where the tap led to nothing
 */
async function settle(asked, { explain = true } = {}) {
  const results = await asked;
  if (!results || !(config.offerTemplate in results)) return;
  const accepted = results[config.offerTemplate] === 'accept';
  if (accepted) storage.remove('consent-explained');
  if (accepted || !explain || storage.get('consent-explained')) return;
  storage.set('consent-explained', true);
  await notice.tell({
    title: '没有打开消息提醒',
    content: '有名额时微信不会提醒你，要自己回来看候补。想打开时：我的 → 消息提醒。',
  });
}

/** @param {Record<string, string>} results template → answer */
function report(results) {
  if (Object.keys(results).length > 0) {
    subscriptions.report(results).then(keep, (error) => log.warn('consent: not reported', error));
  }
  return results;
}

/** Keeps how many messages of each template the service may still send. @param {{remaining: Record<string, number>} | null} answer */
function keep(answer) {
  if (answer) storage.set('remaining', answer.remaining);
}

/**
 * Whether WeChat will carry the message about a free seat, as WeChat and the service know it.
 * @typedef {{open: boolean, remaining: number | null}} Consent
 *   `open`: false where the parent switched the message off in WeChat's settings; `remaining`: null where not known
 * @returns {Promise<Consent>}
 */
async function state() {
  const [setting, answer] = await Promise.all([
    wx.getSetting({ withSubscriptions: true }).catch((error) => {
      log.warn('consent: no settings', error);
      return null;
    }),
    subscriptions.remaining().catch((error) => {
      log.warn('consent: the service does not say what remains', error);
      return null;
    }),
  ]);
  keep(answer);
  const { mainSwitch = true, itemSettings = {} } = (setting && setting.subscriptionsSetting) || {};
  const remaining = storage.get('remaining');
  return {
    open: mainSwitch && !['reject', 'ban'].includes(itemSettings[config.offerTemplate]),
    remaining: remaining ? remaining[config.offerTemplate] || 0 : null,
  };
}

/** Opens WeChat's own settings, the only place where a message that was switched off is switched on again. */
function openSettings() {
  return wx
    .openSetting({ withSubscriptions: true })
    .catch((error) => log.warn('consent: settings did not open', error));
}

module.exports = { ask, settle, state, openSettings };
