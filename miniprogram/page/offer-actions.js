// What a parent can do with a waitlist entry, the same from the list and from the entry's own page.
// `page` is a live page; entries are what `entryView` made.
const bookings = require('../services/bookings');
const clock = require('../services/clock');
const consent = require('./consent');
const { mayJoin } = require('./joining');
const navigate = require('./navigate');
const notice = require('./notice');
const { optional } = require('../transport/optional');
const rules = require('../services/rules');
const { endedCode } = require('../views/entry');
const { checkBook } = require('../views/session');
const sessions = require('../services/sessions');
const waitlist = require('../services/waitlist');

const DETAIL = 'pages/waitlist/detail';

/** @typedef {import('../views/entry').EntryView} EntryView */

/** Whose entry it is, where the account has several children, and its class. @param {EntryView} entry */
const aboutOf = (entry) => [entry.child, `${entry.course} ${entry.when}`].filter(Boolean).join(' · ');

/** The class session of an entry, as requests name it. @param {EntryView} entry */
const sessionOf = (entry) => ({ course_schedule_id: entry.scheduleId, booking_date: entry.date });

/**
 * What the rules say to an answer now. A phone whose clock was set meanwhile must not cost the seat, so the clock is
 * measured again before a refusal.
 * @param {EntryView} entry
 */
async function mayAnswer(entry) {
  const ask = () => rules.mayRespond({ deadline: Number(entry.deadline), now: clock.now() });
  const allowed = await ask();
  if (!allowed || allowed.ok) return allowed;
  await clock.sync();
  return ask();
}

/** Takes the offered seat. Must be called in the tap. @param {any} page @param {EntryView} entry */
async function confirm(page, entry) {
  const asked = consent.ask('book');
  let booked = false;
  await page.act(
    'confirm:' + entry.id,
    async () => {
      try {
        const allowed = await mayAnswer(entry);
        // Where the rules cannot be asked, the service decides.
        if (allowed && !allowed.ok) throw allowed;
        await waitlist.confirm(entry.id);
      } catch (error) {
        throw error.code === 'response_deadline_passed' ? await late(entry, error) : answered(error);
      }
      booked = true;
      // Said at once: the entry's own page says it, too, but has to ask the service first.
      notice.done(entry.child ? `已为${entry.child}预约` : '预约成功');
      if (page.route !== DETAIL) navigate.open(`/${DETAIL}?id=${entry.id}`);
    },
    { rejoin: () => rejoin(page, entry), book: () => book(page, entry) },
    entry.child,
  );
  await consent.settle(asked, { explain: booked });
}

/**
 * The refusal of an answer that came too late, by what became of the seat.
 * @param {EntryView} entry
 * @param {any} error
 */
async function late(entry, error) {
  const { course_schedule_id: schedule, booking_date: date } = sessionOf(entry);
  const session = await optional(sessions.one(schedule, date)).catch(() => null);
  const own = { profileId: entry.profileId, entries: [], bookings: [], now: clock.now() };
  const free = session ? await checkBook(session, own) : null;
  return { ...error, code: endedCode(session, free) };
}

/** The refusal of an answer where another guardian gave another one first. @param {any} error */
const answered = (error) => (error.code === 'conflict' ? { ...error, code: 'answered' } : error);

/**
 * Lets the offered seat go, after asking; `meant` is called once that is sure.
 * @param {any} page
 * @param {EntryView} entry
 */
async function decline(page, entry, meant = () => {}) {
  const sure = await notice.confirm({
    title: '放弃这个名额？',
    content: `${aboutOf(entry)}。放弃后名额会让出来，不能撤回。`,
    confirm: '放弃',
  });
  if (!sure) return;
  meant();
  await page.act(
    'decline:' + entry.id,
    async () => {
      await waitlist.decline(entry.id).catch((error) => {
        throw answered(error);
      });
      notice.done(entry.child ? `已放弃${entry.child}的名额` : '已放弃这个名额');
    },
    {},
    entry.child,
  );
}

/** Leaves the waitlist, after asking. @param {any} page @param {EntryView} entry */
async function leave(page, entry) {
  const sure = await notice.confirm({
    title: '退出候补？',
    content: `${aboutOf(entry)}。退出后排位不保留，再加入要从队尾排起。`,
    confirm: '退出候补',
  });
  if (!sure) return;
  await page.act(
    'leave:' + entry.id,
    async () => {
      await waitlist.leave(entry.id);
      notice.done(`${entry.child}已退出候补`);
    },
    {},
    entry.child,
  );
}

/**
 * Joins again the waitlist of an entry that has ended. Must be called in the tap.
 * @param {any} page
 * @param {EntryView} entry
 */
async function rejoin(page, entry) {
  let joined = false;
  const asked = consent.ask(entry.makeupFor ? 'waitToMakeUp' : 'wait');
  await page.act(
    'rejoin:' + entry.id,
    async () => {
      const allowed = await mayJoin(entry.profileId, sessionOf(entry));
      if (allowed && !allowed.ok) throw allowed;
      const made = await waitlist.join(entry.profileId, sessionOf(entry), entry.makeupFor || undefined);
      joined = true;
      notice.done(`${entry.child}${made.position ? `已重新候补，第 ${made.position} 位` : '有名额了，请尽快确认'}`);
    },
    { book: () => book(page, entry) },
    entry.child,
  );
  await consent.settle(asked, { explain: joined });
}

/**
 * Books the class of an entry directly, where a seat is free. Must be called in the tap.
 * @param {any} page
 * @param {EntryView} entry
 */
async function book(page, entry) {
  // A seat that would make up a missed class is booked as a makeup.
  if (entry.makeupFor) {
    navigate.open(`/pages/makeup/select?booking=${entry.makeupFor}`);
    return;
  }
  const asked = consent.ask('book');
  let booked = false;
  await page.act(
    'rejoin:' + entry.id,
    async () => {
      await bookings.book(entry.profileId, sessionOf(entry));
      booked = true;
      notice.done(entry.child ? `已为${entry.child}预约` : '已预约');
      wx.switchTab({ url: '/pages/bookings/index' });
    },
    { join: () => rejoin(page, entry) },
    entry.child,
  );
  await consent.settle(asked, { explain: booked });
}

module.exports = { confirm, decline, leave, rejoin, book };
