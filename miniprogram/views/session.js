// A class session as the class list shows it: what one child can do with it now.
const { planFor } = require('./credit');
const rules = require('../services/rules');
const times = require('./times');

/**
 * What the phone knows of one child at one moment.
 * @typedef {import('../types/api').Session} Session
 * @typedef {import('../types/api').Entry} Entry
 * @typedef {{profileId: number, entries: Entry[], bookings: import('../types/api').Booking[],
 *   balance?: import('../types/api').Balance, now: number}} Own
 */

const LIVE_ENTRY = ['waiting', 'notified'];

/**
 * Whether two rows are about the same class session.
 * @typedef {{course_schedule_id: number, booking_date: string}} OfSession
 * @param {OfSession} a
 * @param {OfSession} b
 */
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

/** @param {Session} session @param {Own} own */
function liveEntry(session, own) {
  return own.entries.find(
    (entry) => entry.profile_id === own.profileId && LIVE_ENTRY.includes(entry.status) && sameSession(entry, session),
  );
}

/**
 * Whether the child may book the session directly, by the rules; null where they cannot be asked. A class that overlaps
 * another is left to the tap: its refusal leads to the other booking.
 * @param {Session} session
 * @param {Own} own
 */
function checkBook(session, own) {
  const entry = liveEntry(session, own);
  const facts = {
    start: times.parse(session.starts_at),
    now: own.now,
    cancelled: session.status === 'cancelled',
    alreadyBooked: Boolean(liveBooking(session, own)),
    entryStatus: entry ? entry.status : null,
    responseDeadline: entry && entry.response_deadline ? times.parse(entry.response_deadline) : null,
    timeConflict: false,
    freeSeats: session.free,
  };
  return rules.checkBook(facts, session);
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

/** The words for an offer that ran out. */
const MISSED_TEXT = '名额已过期';

/** The words in place of a button. @type {Record<string, string>} */
const CLOSED_TEXT = {
  class_started: '已开课',
  waitlist_closed: '候补已截止',
  queue_full: '候补已满',
  too_far_ahead: '还没开放预约',
};

/**
 * A class that the gym called off. Whoever had booked it is told where the class stood, and can make it up.
 * @param {Session} session
 * @param {Own} own
 */
function calledOff(session, own) {
  const lost = own.bookings.some(
    (one) => one.profile_id === own.profileId && one.status === 'cancelled_by_gym' && sameSession(one, session),
  );
  return lost ? { action: 'booking', text: '已停课', badge: 'off' } : { action: '', text: '已停课' };
}

/**
 * What the child can do with the session: `action` names the button (`book`, `join`, `answer`, `entry`, `booking`) or is
 * '' where there is none.
 * @typedef {{action: string, text: string, badge?: string, entryId?: number, joinable?: boolean}} Action
 * @param {Session} session
 * @param {Own} own
 * @returns {Promise<Action>}
 */
async function actionFor(session, own) {
  if (session.status === 'cancelled') return calledOff(session, own);
  const booking = liveBooking(session, own);
  if (booking) return { action: 'booking', text: '已预约', badge: 'booked' };
  const entry = liveEntry(session, own);
  if (entry && entry.status === 'notified' && (await mayAnswer(entry, own.now))) {
    return { action: 'answer', text: '立即预约', badge: 'offer', entryId: entry.id };
  }
  return unoffered(session, own, entry);
}

/**
 * The same where no offer of the child's can be answered; `entry` is the child's place in the queue, if it has one.
 * @param {Session} session
 * @param {Own} own
 * @param {Entry | undefined} entry
 */
async function unoffered(session, own, entry) {
  const book = await checkBook(session, own);
  const code = (book && book.code) || '';
  if (code === 'class_started') return { action: '', text: CLOSED_TEXT.class_started };
  // The service may not have swept the offer yet. The entry's own page offers what can still be done.
  if (entry && entry.status === 'notified')
    return { action: 'entry', text: MISSED_TEXT, badge: 'ended', entryId: entry.id };
  if (entry && (!book || code === 'already_waiting')) {
    return { action: 'entry', text: `候补中 第 ${entry.position} 位`, badge: 'waiting', entryId: entry.id };
  }
  if (!book) return { action: '', text: '' };
  if (code in CLOSED_TEXT) return { action: '', text: CLOSED_TEXT[code] };
  // Any other refusal than that of a full class is one that the parent can do something about: the tap explains.
  if (code !== 'session_full') return { action: 'book', text: '预约' };
  const join = await rules.checkJoin(joinFacts(session, own), session);
  if (!join) return { action: '', text: '' };
  // A refusal that the parent can do something about (too many waitlists) keeps the button, too.
  const closed = CLOSED_TEXT[join.code || ''];
  if (closed) return { action: '', text: closed };
  return { action: 'join', text: '加入候补', joinable: join.ok };
}

/**
 * How the child's credit would pay for the class, or null where it is too small, or unknown.
 * @param {Session} session
 * @param {Own} own
 */
async function creditFor(session, own) {
  if (!own.balance) return null;
  const plan = await planFor(own.balance, session.duration_minutes, own.now);
  return plan && plan.ok ? { required: session.duration_minutes, available: plan.available } : null;
}

/**
 * @param {Session} session
 * @param {Own} own
 */
async function sessionView(session, own) {
  const startsAt = times.parse(session.starts_at);
  const { action, text, badge, entryId, joinable } = await actionFor(session, own);
  const started = text === CLOSED_TEXT.class_started;
  // Free seats are shown only while they can be booked.
  const over = started || session.status === 'cancelled';
  let seats = `余 ${session.free} 位`;
  if (!session.free) seats = session.waiting ? `满员 · 候补 ${session.waiting} 人` : '满员';
  if (over) seats = '';
  const when = times.whenText(startsAt, own.now);
  const label = `${session.course_name}，${when}`;
  return {
    startsAt,
    started,
    key: `${session.course_schedule_id}/${session.booking_date}`,
    course_schedule_id: session.course_schedule_id,
    booking_date: session.booking_date,
    course: session.course_name,
    when,
    time: times.clockText(startsAt),
    minutes: `${session.duration_minutes} 分钟`,
    seats,
    free: Boolean(session.free) && !over,
    action,
    text,
    badge: badge || '',
    entryId: entryId || 0,
    /** Whether the rules let the child join: else the tap explains. */
    joinable: Boolean(joinable),
    credit: action === 'book' ? await creditFor(session, own) : null,
    label,
    aria: [label, `${session.duration_minutes} 分钟`, seats.replace(' · ', '，'), action ? '' : text, '查看课程详情']
      .filter(Boolean)
      .join('，'),
  };
}

/** How many seats are drawn; a larger class says its numbers alone. */
const DRAWN = 16;

/** The seats one by one: taken, kept for whoever is asked now, free. @param {Session} session */
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
 * What the page's own button says, and why the class was called off. What is over for everybody leads to other classes.
 * @param {Session} session
 * @param {string} action
 * @param {boolean} scheduled whether the class is still to come
 */
function wayOn({ status }, action, scheduled) {
  return {
    button: BUTTONS[action] || (scheduled ? '' : '看看其他课'),
    why: status === 'cancelled' ? '本节课由场馆取消，敬请谅解' : '',
  };
}

/**
 * A session as its own page shows it, on top of `sessionView`.
 * @param {Session} session
 * @param {Own} own
 */
async function sessionDetail(session, own) {
  const view = await sessionView(session, own);
  const { decisionWindow, freeCancellationLead } = await rules.policy(session);
  const scheduled = session.status !== 'cancelled' && !view.started;
  const open = scheduled && (await rules.phase(view.startsAt, own.now, session)) === 'open';
  const waits = open && (!session.free || Boolean(session.waiting));
  const latest = times.parse(session.last_notification_at);
  const facts = [];
  if (waits) {
    facts.push({ key: '候补', value: session.waiting ? `${session.waiting} 人在等` : '还没有人在等' });
    facts.push({ key: '候补截止', value: times.whenText(latest, own.now) });
    if (decisionWindow) facts.push({ key: '有名额时', value: `收到通知后 ${decisionWindow} 分钟内确认` });
  }
  if (scheduled && freeCancellationLead) {
    facts.push({ key: '请假可补课', value: `至少提前 ${times.spanText(freeCancellationLead)}` });
  }
  const counts = [`${session.capacity} 人班`, `已约 ${session.booked} 人`];
  if (session.held) counts.push(`${session.held} 个名额待确认`);
  return {
    ...view,
    /** Says the date: a card is read on other days. */
    shareTitle: `${view.course} ${times.dateText(view.startsAt)}`,
    when: `${times.whenText(view.startsAt, own.now)} – ${times.clockText(times.parse(session.ends_at))}`,
    dots: scheduled ? seatDots(session) : [],
    counts: scheduled ? counts.join(' · ') : '',
    facts,
    ...wayOn(session, view.action, scheduled),
    headline: scheduled ? (session.free ? `余 ${session.free} 位` : '满员') : view.text,
  };
}

/** The parts of a day's list: what can be booked, what the child has a part in, what can be waited for, and the rest. */
const PARTS = [
  { key: 'book', title: '可以预约', actions: ['book'] },
  { key: 'own', title: '我的安排', actions: ['answer', 'booking', 'entry'] },
  { key: 'wait', title: '满员，可以候补', actions: ['join'] },
  { key: 'shut', title: '不能预约', actions: [''] },
];

/**
 * A day's classes in their parts, each by time, what has begun at the end. A single part needs no title.
 * @param {any[]} views made by `sessionView`
 */
function dayParts(views) {
  const rows = [...views].sort((a, b) => Number(a.started) - Number(b.started) || a.startsAt - b.startsAt);
  const parts = PARTS.map(({ key, title, actions }) => ({
    key,
    title,
    rows: rows.filter((view) => actions.includes(view.action)),
  })).filter((part) => part.rows.length > 0);
  return parts.length > 1 ? parts : parts.map((part) => ({ ...part, title: '' }));
}

module.exports = {
  sessionView,
  sessionDetail,
  dayParts,
  joinFacts,
  checkBook,
  sameSession,
  liveBooking,
  mayAnswer,
  MISSED_TEXT,
};
