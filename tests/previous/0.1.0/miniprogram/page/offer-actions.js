// What a parent can do with a waitlist entry, the same from the list and from the entry's own page.
// `page` is a live page; entries are what `entryView` made.
const clock = require('../services/clock');
const consent = require('./consent');
const navigate = require('./navigate');
const { joinFacts } = require('../views/session');
const notice = require('./notice');
const rules = require('../services/rules');
const bookings = require('../services/bookings');
const sessions = require('../services/sessions');
const waitlist = require('../services/waitlist');

/** What the rules say to an answer. A phone whose clock was set meanwhile must not cost the seat: before a no the clock is measured. */
async function mayAnswer(entry) {
  const ask = () => rules.mayRespond({ deadline: entry.deadline, now: clock.now() });
  const allowed = await ask();
  if (!allowed || allowed.ok) return allowed;
  await clock.sync();
  return ask();
}

/** Takes the offered seat. */
function confirm(page, entry) {
  return page.act(
    'confirm:' + entry.id,
    async () => {
      const allowed = await mayAnswer(entry);
      // Where the rules cannot be asked, the service decides.
      if (allowed && !allowed.ok) throw allowed;
      await waitlist.confirm(entry.id);
      // Said at once: the entry's own page says it too, but has to ask the service first.
      notice.done(entry.child ? `已为${entry.child}预约` : '预约成功');
      const detail = 'pages/waitlist/detail';
      if (page.route !== detail) navigate.open(`/${detail}?id=${entry.id}`);
    },
    { rejoin: () => rejoin(page, entry) },
  );
}

/** Lets the offered seat go, after asking; `meant` is called once that is sure. */
async function decline(page, entry, meant = () => {}) {
  const sure = await notice.confirm({
    title: '放弃这个名额？',
    content: `${entry.course} ${entry.when} 的名额会马上给下一位。`,
    confirm: '放弃',
  });
  if (!sure) return;
  meant();
  await page.act('decline:' + entry.id, async () => {
    await waitlist.decline(entry.id);
    notice.done('已放弃，名额给了下一位');
  });
}

/** Leaves the queue, after asking. */
async function leave(page, entry) {
  const sure = await notice.confirm({
    title: '退出候补？',
    content: '退出后排位不保留，再加入要从队尾排起。',
    confirm: '退出候补',
  });
  if (!sure) return;
  await page.act('leave:' + entry.id, async () => {
    await waitlist.leave(entry.id);
    notice.done('已退出候补');
  });
}

/** Joins again the queue of an entry that has ended; where a seat is free meanwhile, books it. */
async function rejoin(page, entry) {
  const session = { course_schedule_id: entry.scheduleId, booking_date: entry.date };
  let joined = false;
  const asked = consent.ask(entry.makeupFor ? 'waitToMakeUp' : 'wait');
  await page.act(
    'rejoin:' + entry.id,
    async () => {
      const allowed = await mayJoin(entry.profileId, session);
      if (allowed && !allowed.ok) throw allowed;
      const made = await waitlist.join(entry.profileId, session, entry.makeupFor || undefined);
      joined = true;
      notice.done(made.position > 0 ? `已重新候补，第 ${made.position} 位` : '有名额了，请尽快确认');
    },
    { book: () => book(page, entry, session) },
  );
  if (joined) await consent.settle(asked);
}

function book(page, entry, session) {
  // What was waited for to make up a missed class is booked as a makeup.
  if (entry.makeupFor) return navigate.open(`/pages/makeup/select?booking=${entry.makeupFor}`);
  return page.act('rejoin:' + entry.id, async () => {
    await bookings.book(entry.profileId, session);
    notice.done(entry.child ? `已为${entry.child}预约` : '已预约');
    wx.switchTab({ url: '/pages/bookings/index' });
  });
}

/** What the rules say to a join right now, on fresh facts. */
async function mayJoin(profileId, session) {
  const [fresh, entries, own] = await Promise.all([
    sessions.one(session.course_schedule_id, session.booking_date),
    waitlist.mine(),
    bookings.mine(),
  ]);
  if (fresh.status === 'cancelled') return { ok: false, code: 'class_cancelled' };
  const facts = joinFacts(fresh, { profileId, entries: entries.items, bookings: own.items, now: clock.now() });
  return rules.checkJoin(facts);
}

module.exports = { confirm, decline, leave, rejoin };
