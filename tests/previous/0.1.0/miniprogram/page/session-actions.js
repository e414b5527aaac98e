// What a parent can do with a class session, the same from the list and from the class's own page.
// `page` is a live page whose answer holds `entries`, `bookings` and `balances`; `view` is what `sessionView` made.
const account = require('../transport/account');
const clock = require('../services/clock');
const consent = require('./consent');
const { planFor } = require('../views/credit');
const navigate = require('./navigate');
const notice = require('./notice');
const rules = require('../services/rules');
const { joinFacts } = require('../views/session');
const bookings = require('../services/bookings');
const waitlist = require('../services/waitlist');

/** What the phone knows of the chosen child, for the rules. */
function ownFacts(answer, now) {
  const profile = account.profile();
  return { profileId: profile ? profile.id : 0, entries: answer.entries, bookings: answer.bookings, now };
}

/** Does what the button of `view` says. */
function run(page, session, view) {
  const { action, entryId } = view;
  if (action === 'entry' || action === 'answer') return openEntry(entryId);
  if (action === 'booking') return wx.switchTab({ url: '/pages/bookings/index' });
  if (action === 'book') return book(page, session, view);
  if (action === 'join') return join(page, session, view);
  return undefined;
}

/** To the entry's page: back to it, where this page was opened from there. */
function openEntry(entryId) {
  const under = getCurrentPages();
  const before = under[under.length - 2];
  if (before && before.route === 'pages/waitlist/detail' && Number(before.options.id) === entryId)
    return wx.navigateBack();
  return navigate.open(`/pages/waitlist/detail?id=${entryId}`);
}

async function book(page, session, view) {
  const withCredit = await creditWanted(page, session);
  if (withCredit === null) return;
  await forChild(
    page,
    view,
    async (profile) => {
      await bookings.book(profile.id, session, withCredit);
      const name = account.childName(profile.id);
      const paid = withCredit ? `，抵扣 ${session.duration_minutes} 分钟` : '';
      notice.done((name ? `已为${name}预约` : '已预约') + paid);
    },
    { join: () => join(page, session, view) },
  );
}

/**
 * Where the child's credit is enough for the class, by the rules, the parent chooses how to pay.
 * Resolves to null where nothing was chosen.
 */
async function creditWanted(page, session) {
  const profile = account.profile();
  const minutes = session.duration_minutes;
  const balance = profile && (page.answer.balances || []).find((one) => one.profile_id === profile.id);
  if (!balance) return false;
  const plan = await planFor(balance, minutes, clock.now());
  if (!plan || !plan.ok) return false;
  const chosen = await notice.choose(`有 ${plan.available} 分钟课时补偿，这节课 ${minutes} 分钟`, [
    `用补偿抵扣 ${minutes} 分钟`,
    '不用补偿，直接预约',
  ]);
  return chosen === null ? null : chosen === 0;
}

async function join(page, session, view) {
  // WeChat asks only from within the tap: what the rules will refuse is not asked for.
  const asked = view.joinable ? consent.ask('wait') : null;
  let joined = false;
  await forChild(
    page,
    view,
    async (profile) => {
      // What the rules refuse is refused here, without a request.
      const allowed = await rules.checkJoin(joinFacts(session, ownFacts(page.answer, clock.now())));
      if (allowed && !allowed.ok) throw allowed;
      const entry = await waitlist.join(profile.id, session);
      joined = true;
      notice.done(entry.position > 0 ? `已加入候补，第 ${entry.position} 位` : '有名额了，请尽快确认');
    },
    { book: () => book(page, session, view) },
  );
  if (joined && asked) await consent.settle(asked);
}

/** Does something for the chosen child. */
function forChild(page, view, work, ways) {
  const profile = account.profile();
  if (!profile) return notice.refusal({ code: 'no_profile' });
  return page.act('act:' + view.key, () => work(profile), ways);
}

module.exports = { ownFacts, run };
