// A class session as the class list shows it: what one child can do with it now.
const rules = require('../services/rules');
const times = require('./times');

/**
 * What the phone knows of one child at one moment.
 * @typedef {import('../types/api').Session} Session
 * @typedef {{profileId: number, entries: import('../types/api').Entry[], bookings: import('../types/api').Booking[], now: number}} Own
 */

const LIVE_ENTRY = ['waiting', 'notified'];

/** Whether two rows are about the same class session. */
function sameSession(a, b) {
  return a.course_schedule_id === b.course_schedule_id && a.booking_date === b.booking_date;
}

/**
 * The facts of `checkJoin`, from what the phone knows.
 * @param {Session} session
 * @param {Own} own
 */
function joinFacts(session, own) {
  const entries = own.entries.filter(
    (entry) => entry.profile_id === own.profileId && LIVE_ENTRY.includes(entry.status),
  );
  return {
    start: times.parse(session.starts_at),
    now: own.now,
    alreadyBooked: Boolean(liveBooking(session, own)),
    alreadyWaiting: entries.some((entry) => sameSession(entry, session)),
    freeSeats: session.free,
    queueLength: session.waiting + session.held,
    queueCapacity: session.queue_capacity,
    activeWaitlists: entries.length,
  };
}

/**
 * The child's live booking of a session, or undefined.
 * @param {{course_schedule_id: number, booking_date: string}} session
 * @param {{profileId: number, bookings: import('../types/api').Booking[]}} own
 */
function liveBooking(session, own) {
  return own.bookings.find(
    (booking) => booking.profile_id === own.profileId && booking.status === 'booked' && sameSession(booking, session),
  );
}

function liveEntry(session, own) {
  return own.entries.find(
    (entry) => entry.profile_id === own.profileId && LIVE_ENTRY.includes(entry.status) && sameSession(entry, session),
  );
}

/**
 * Whether the offer of an entry can still be answered. Where the rules cannot be asked, the service's word stands.
 * @param {import('../types/api').Entry} entry
 * @param {number} now
 */
async function mayAnswer(entry, now) {
  if (!entry.response_deadline) return true;
  const allowed = await rules.mayRespond({ deadline: times.parse(entry.response_deadline), now });
  return !allowed || allowed.ok;
}

/** What is said of an offer that ran out. */
const MISSED_TEXT = '名额已过期';

/** What is said in place of a button. */
const CLOSED_TEXT = {
  class_started: '已开课',
  waitlist_closed: '候补已截止',
  queue_full: '候补已满',
};

/**
 * What the child can do with the session: `action` names the button (`book`, `join`, `answer`,
 * `entry`, `booking`) or is '' where there is none.
 */
async function actionFor(session, own) {
  if (session.status === 'cancelled') return { action: '', text: '已停课' };
  const booking = liveBooking(session, own);
  if (booking) return { action: 'booking', text: '已预约', badge: 'booked' };
  const entry = liveEntry(session, own);
  const offered = entry && entry.status === 'notified';
  if (offered && (await mayAnswer(entry, own.now))) {
    return { action: 'answer', text: '立即预约', badge: 'offer', entryId: entry.id };
  }
  const phase = await rules.phase(times.parse(session.starts_at), own.now);
  if (phase === 'started') return { action: '', text: CLOSED_TEXT.class_started };
  // The service may not have swept it yet; what can still be done is on the entry's own page.
  if (offered) return { action: 'entry', text: MISSED_TEXT, badge: 'ended', entryId: entry.id };
  if (entry && (phase === 'open' || !phase)) {
    return { action: 'entry', text: `候补中 第 ${entry.position} 位`, badge: 'waiting', entryId: entry.id };
  }
  if (!phase) return { action: '', text: '' };
  if (session.free > 0) return { action: 'book', text: '预约' };
  const join = await rules.checkJoin(joinFacts(session, own));
  if (!join) return { action: '', text: '' };
  // What the child could change (too many waitlists) keeps its button: the tap explains.
  const closed = CLOSED_TEXT[join.code || ''];
  return closed ? { action: '', text: closed } : { action: 'join', text: '加入候补', joinable: join.ok };
}

/**
 * @param {Session} session
 * @param {Own} own
 */
async function sessionView(session, own) {
  const startsAt = times.parse(session.starts_at);
  const { action, text, badge, entryId, joinable } = await actionFor(session, own);
  const started = text === CLOSED_TEXT.class_started;
  // A seat is news only while it can be had.
  const over = started || session.status === 'cancelled';
  let seats = `余 ${session.free} 位`;
  if (session.free === 0) seats = session.waiting > 0 ? `满员 · 候补 ${session.waiting} 人` : '满员';
  if (over) seats = '';
  const label = `${session.course_name}，${times.whenText(startsAt, own.now)}`;
  return {
    startsAt,
    started,
    key: `${session.course_schedule_id}/${session.booking_date}`,
    course_schedule_id: session.course_schedule_id,
    booking_date: session.booking_date,
    course: session.course_name,
    time: times.clockText(startsAt),
    minutes: `${session.duration_minutes} 分钟`,
    seats,
    free: session.free > 0 && !over,
    action,
    text,
    badge: badge || '',
    entryId: entryId || 0,
    /** Whether the rules let the child join: else the tap explains. */
    joinable: Boolean(joinable),
    label,
    aria: [label, `${session.duration_minutes} 分钟`, seats.replace(' · ', '，'), action ? '' : text, '查看课程详情']
      .filter(Boolean)
      .join('，'),
  };
}

/** How many seats are drawn; a larger class says its numbers alone. */
const DRAWN = 16;

/** The seats one by one: taken, kept for whoever is asked now, free. */
function seatDots(session) {
  if (session.capacity > DRAWN) return [];
  return Array.from({ length: session.capacity }, (_, place) => {
    let kind = 'open';
    if (place < session.booked) kind = 'taken';
    else if (place < session.booked + session.held) kind = 'held';
    return { place, kind };
  });
}

/** @type {Record<string, string>} what the page's own button says, by action */
const BUTTONS = { book: '预约', join: '加入候补', answer: '去确认', entry: '查看候补', booking: '查看预约' };

/**
 * A session as its own page shows it, on top of `sessionView`.
 * @param {Session} session
 * @param {Own} own
 */
async function sessionDetail(session, own) {
  const view = await sessionView(session, own);
  const { decisionWindow, freeCancellationLead } = await rules.policy();
  const scheduled = session.status !== 'cancelled' && !view.started;
  const open = scheduled && (await rules.phase(view.startsAt, own.now)) === 'open';
  const waits = open && (session.free === 0 || session.waiting > 0);
  const latest = times.parse(session.last_notification_at);
  const facts = [];
  if (waits) {
    facts.push({ key: '候补', value: session.waiting > 0 ? `${session.waiting} 人在等` : '还没有人在等' });
    facts.push({ key: '最晚通知', value: times.whenText(latest, own.now) });
    if (decisionWindow) facts.push({ key: '有名额时', value: `收到通知后 ${decisionWindow} 分钟内确认` });
  }
  if (scheduled && freeCancellationLead) {
    facts.push({ key: '取消或请假', value: `至少提前 ${times.spanText(freeCancellationLead)}，不扣课时` });
  }
  const counts = [`${session.capacity} 人班`, `已约 ${session.booked} 人`];
  if (session.held > 0) counts.push(`${session.held} 个名额待确认`);
  return {
    ...view,
    when: `${times.whenText(view.startsAt, own.now)} – ${times.clockText(times.parse(session.ends_at))}`,
    dots: scheduled ? seatDots(session) : [],
    counts: scheduled ? counts.join(' · ') : '',
    facts,
    button: BUTTONS[view.action] || '',
    headline: scheduled ? (session.free > 0 ? `余 ${session.free} 位` : '满员') : view.text,
  };
}

module.exports = { sessionView, sessionDetail, joinFacts, liveBooking, mayAnswer, MISSED_TEXT };
