// What a parent can do with a class session, the same from the list and from the class's own page.
// `page` is a live page whose answer holds `entries` and `bookings`; `view` is what `sessionView` made.
const account = require('../transport/account');
const bookings = require('../services/bookings');
const clock = require('../services/clock');
const consent = require('./consent');
const { joinFacts } = require('../views/session');
const { mayJoin } = require('./joining');
const navigate = require('./navigate');
const notice = require('./notice');
const rules = require('../services/rules');
const waitlist = require('../services/waitlist');

/**
 * @typedef {import('../types/api').Balance} Balance
 * @typedef {import('../types/api').Booking} Booking
 * @typedef {import('../types/api').Entry} Entry
 * @typedef {import('../types/api').Session} Session
 * @typedef {Awaited<ReturnType<typeof import('../views/session').sessionView>>} SessionView
 */

/** The child that a page acts for: the one that it is about, else the chosen one. @param {{child?: number}} page */
function childOf(page) {
  return account.profiles().find((one) => one.id === page.child) || account.profile();
}

/**
 * What the phone knows of the child that a page acts for, for the rules.
 * @param {any} page
 * @param {{entries: Entry[], bookings: Booking[], balances: Balance[]}} answer
 * @param {number} now
 */
function ownFacts(page, answer, now) {
  const profile = childOf(page);
  return {
    profileId: profile ? profile.id : 0,
    entries: answer.entries,
    bookings: answer.bookings,
    balance: profile ? (answer.balances || []).find((one) => one.profile_id === profile.id) : undefined,
    now,
  };
}

/**
 * The rows that a class page needs of an account's entries and bookings. What has ended is not kept on the phone with
 * every class that was looked at.
 * @param {Entry[]} entries
 * @param {Booking[]} rows
 */
function liveRows(entries, rows) {
  return {
    entries: entries.filter((one) => ['waiting', 'notified'].includes(one.status)),
    bookings: rows.filter((one) => ['booked', 'cancelled_by_gym'].includes(one.status)),
  };
}

/**
 * Does what the button of `view` says. Must be called in the tap: it may ask for consent.
 * @param {any} page
 * @param {Session} session
 * @param {SessionView} view
 */
function run(page, session, view) {
  const { action, entryId } = view;
  if (action === 'entry' || action === 'answer') return navigate.backOr(`/pages/waitlist/detail?id=${entryId}`);
  if (action === 'booking') return wx.switchTab({ url: '/pages/bookings/index' });
  if (action === 'book') return book(page, session, view);
  if (action === 'join') return join(page, session, view);
  return undefined;
}

/**
 * Books; where the child's credit is enough for the class, the parent chooses how to pay.
 * @param {any} page
 * @param {Session} session
 * @param {SessionView} view
 */
function book(page, session, view) {
  if (!childOf(page)) return notice.refusal({ code: 'no_profile' });
  if (!view.credit) return bookFor(page, session, view, false);
  const { required, available } = view.credit;
  return page.offerChoices(
    {
      title: `预约 ${view.course}`,
      note: [view.when, account.childName(childOf(page).id)].filter(Boolean).join(' · '),
      choices: [
        {
          key: 'credit',
          title: `用补偿时长抵扣 ${required} 分钟`,
          note: `可用 ${available} 分钟，先用快到期的`,
          kind: 'primary',
        },
        { key: 'plain', title: '不用补偿时长，直接预约', note: '', kind: 'soft' },
      ],
    },
    (/** @type {string} */ key) => bookFor(page, session, view, key === 'credit'),
  );
}

/** @param {any} page @param {Session} session @param {SessionView} view @param {boolean} withCredit */
async function bookFor(page, session, view, withCredit) {
  const profile = childOf(page);
  const name = account.childName(profile.id);
  const asked = consent.ask('book');
  let booked = false;
  await page.act(
    'act:' + view.key,
    async () => {
      await bookings.book(profile.id, session, withCredit);
      booked = true;
      const paid = withCredit ? `，抵扣 ${session.duration_minutes} 分钟` : '';
      notice.done((name ? `已为${name}预约` : '已预约') + paid);
    },
    // The seat was lost to somebody else: whether the child may wait now is for fresh facts to say.
    { join: () => join(page, session, { ...view, joinable: true }), book: () => bookFor(page, session, view, false) },
    name,
  );
  await consent.settle(asked, { explain: booked });
}

/** @param {any} page @param {Session} session @param {SessionView} view */
async function join(page, session, view) {
  const profile = childOf(page);
  if (!profile) return notice.refusal({ code: 'no_profile' });
  const name = account.childName(profile.id);
  // Consent is not asked for where the rules will refuse; they do not refuse `joinable` on what the page knows.
  const asked = view.joinable ? consent.ask('wait') : null;
  let joined = false;
  await page.act(
    'act:' + view.key,
    async () => {
      const known = await rules.checkJoin(joinFacts(session, ownFacts(page, page.answer, clock.now())), session);
      // A refusal is only told on fresh facts: those of the page may be from before the seat was lost.
      const allowed = known && !known.ok ? await mayJoin(profile.id, session) : known;
      if (allowed && !allowed.ok) throw allowed;
      const entry = await waitlist.join(profile.id, session);
      joined = true;
      notice.done(`${name}${entry.position ? `已加入候补，第 ${entry.position} 位` : '有名额了，请尽快确认'}`);
    },
    { book: () => book(page, session, view) },
    name,
  );
  if (asked) await consent.settle(asked, { explain: joined });
  return undefined;
}

module.exports = { childOf, ownFacts, liveRows, run };
