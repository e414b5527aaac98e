// What was missed, where it can be made up, and what was made of it, as the pages show them.
const account = require('./account');
const { badgeOf } = require('./badge');
const { UNNAMED } = require('./course-names');
const { MESSAGES } = require('./messages');
const rules = require('./rules');
const { mayAnswer, MISSED_TEXT } = require('./session-view');
const timeUtils = require('./time-utils');

/** @type {Record<string, string>} */
const REASONS = { leave: '已请假', cancelled_by_gym: '已停课', absent: '缺课' };

/**
 * What is owed, asked of the service; read off the bookings where the service has no makeups yet.
 * @param {{items: any[]} | null | undefined} answer of `/makeup/owed`; undefined where the service faulted
 * @param {any[]} bookings
 * @param {{owed: Owed} | null} before the page's last answer
 * @typedef {{bookable: boolean, rows: {booking: any, makeup_until: string}[]}} Owed
 * @returns {Owed}
 */
function owedRows(answer, bookings, before) {
  if (answer === undefined) return before ? before.owed : { bookable: true, rows: [] };
  if (answer) return { bookable: true, rows: answer.items };
  const missed = bookings.filter((booking) => booking.makeup_until && booking.status in REASONS);
  return { bookable: false, rows: missed.map((booking) => ({ booking, makeup_until: booking.makeup_until })) };
}

/** Until when a class can be made up: `可补课至后天`, `可补课至 3月15日`. */
function limitText(until, now) {
  return timeUtils.beside('可补课至', timeUtils.dueText(until, now));
}

/**
 * @param {{booking: any, makeup_until: string}} row
 * @param {{course: string, bookable: boolean, now: number}} around
 */
async function owedView({ booking, makeup_until: limit }, { course, bookable, now }) {
  const startsAt = timeUtils.parse(booking.starts_at);
  const until = timeUtils.parse(limit);
  const { expiringSoonDays } = await rules.policy();
  const child = account.childName(booking.profile_id);
  const when = timeUtils.whenText(startsAt, now);
  return {
    id: booking.id,
    course,
    child,
    when,
    details: [`${booking.duration_minutes} 分钟`, REASONS[booking.status]].filter(Boolean).join(' · '),
    until,
    ahead: until > now,
    untilText: timeUtils.dueText(until, now),
    limitText: limitText(until, now),
    soon: until - now <= (expiringSoonDays || 0) * timeUtils.DAY,
    bookable,
    label: [course, when, child].filter(Boolean).join('，'),
  };
}

/** The soonest to run out first; what has run out is left out. */
async function owedViews(owed, names, now) {
  const views = await Promise.all(
    owed.rows.map((row) =>
      owedView(row, { course: names[row.booking.course_schedule_id] || UNNAMED, bookable: owed.bookable, now }),
    ),
  );
  return views.filter((one) => one.ahead).sort((a, b) => a.until - b.until);
}

/**
 * The result of making up `original` minutes in `makeup` minutes, as a chip; null where the rules cannot be asked.
 * @param {number} original
 * @param {number} makeup
 * @returns {Promise<{kind: 'credit' | 'same' | 'extra', text: string, minutes: number} | null>}
 */
async function differenceChip(original, makeup) {
  const result = await rules.durationDifference(original, makeup);
  if (!result) return null;
  if (!result.ok) throw result;
  if (result.compensationMinutes > 0) {
    return { kind: 'credit', text: `补偿 ${result.compensationMinutes} 分钟`, minutes: result.compensationMinutes };
  }
  if (result.extraMinutes > 0) {
    return { kind: 'extra', text: `多 ${result.extraMinutes} 分钟，免费`, minutes: result.extraMinutes };
  }
  return { kind: 'same', text: '时长相同', minutes: 0 };
}

/** Whether two spans of time overlap; touching ends do not. */
function overlaps(a, b) {
  return a.start < b.end && b.start < a.end;
}

function spanOf(startsAt, minutes) {
  const start = timeUtils.parse(startsAt);
  return { start, end: start + minutes * timeUtils.MINUTE };
}

/** The facts of `checkMakeup`, from what the phone knows. */
function makeupFacts(session, { original, category, bookings, now }) {
  const span = spanOf(session.starts_at, session.duration_minutes);
  const live = bookings.filter((one) => one.profile_id === original.profile_id && one.status === 'booked');
  return {
    originalStatus: original.status,
    madeUp: false, // what is made up is not owed any more, and not shown
    originalStart: timeUtils.parse(original.starts_at),
    targetStart: span.start,
    now,
    sameCategory: session.category === category,
    timeConflict: live.some((one) => overlaps(span, spanOf(one.starts_at, one.duration_minutes))),
    freeSeats: session.free,
  };
}

/** What stands in place of a choice. @type {Record<string, string>} */
const SHUT_TEXT = { time_conflict: '和已约的课时间冲突', makeup_too_late: '离开课太近', session_full: '已约满' };

/** A code that this version does not know is shown as it is. */
function shutText(code) {
  if (!code) return '';
  return SHUT_TEXT[code] || (code in MESSAGES ? '现在不能补' : code);
}

/**
 * A class to choose: `state` is `book`, `wait`, `waiting` (one waits already) or `shut`.
 * @param {any} option of `/makeup/available`
 * @param {{original: any, category: string, bookings: any[], entries: any[], now: number}} own
 */
async function optionView(option, own) {
  const { session } = option;
  const startsAt = timeUtils.parse(session.starts_at);
  const allowed = await rules.checkMakeup(makeupFacts(session, own));
  const entry = own.entries.find(
    (one) =>
      one.profile_id === own.original.profile_id &&
      one.course_schedule_id === session.course_schedule_id &&
      one.booking_date === session.booking_date &&
      ['waiting', 'notified'].includes(one.status),
  );
  let state = 'shut';
  if (entry) state = 'waiting';
  // Where the rules cannot be asked, what the service listed stands.
  else if (!allowed) state = option.waitlist ? 'wait' : 'book';
  else if (allowed.ok) state = 'book';
  else if (allowed.code === 'session_full' && option.waitlist) state = 'wait';
  const chip = await differenceChip(own.original.duration_minutes, session.duration_minutes);
  const shut = shutText(allowed && allowed.code);
  let seats = `余 ${session.free} 位`;
  if (state === 'wait') seats = session.waiting > 0 ? `满员 · 候补 ${session.waiting} 人` : '满员 · 可候补';
  const offered = Boolean(entry) && entry.status === 'notified' && (await mayAnswer(entry, own.now));
  let tone = state;
  if (state === 'waiting') seats = `候补中 第 ${entry.position} 位`;
  if (state === 'waiting' && entry.status === 'notified') {
    seats = offered ? '有名额待确认' : MISSED_TEXT;
    tone = offered ? 'offered' : 'shut';
  }
  if (state === 'shut') seats = shut;
  return {
    key: `${session.course_schedule_id}/${session.booking_date}`,
    course_schedule_id: session.course_schedule_id,
    booking_date: session.booking_date,
    course: session.course_name,
    time: timeUtils.clockText(startsAt),
    until: timeUtils.clockText(timeUtils.parse(session.ends_at)),
    when: timeUtils.whenText(startsAt, own.now),
    originalText: `原 ${own.original.duration_minutes} 分钟`,
    makeupText: `补 ${session.duration_minutes} 分钟`,
    chip,
    state,
    seats,
    entryId: entry ? entry.id : 0,
    /** The colour of `seats`. */
    tone,
    label: [
      timeUtils.whenText(startsAt, own.now),
      session.course_name,
      `原 ${own.original.duration_minutes} 分钟，补 ${session.duration_minutes} 分钟`,
      chip && chip.text,
      seats,
    ]
      .filter(Boolean)
      .join('，'),
  };
}

/** @type {Record<string, {badge: string, text: string}>} */
const BADGES = {
  pending: { badge: 'waiting', text: '待确认' },
  confirmed: { badge: 'booked', text: '已约补课' },
  completed: { badge: 'ended', text: '已补课' },
  cancelled: { badge: 'ended', text: '已取消' },
  no_show: { badge: 'ended', text: '没来补课' },
};

/**
 * @param {any} makeup a `Makeup` of the contract
 * @param {{names: Record<number, string>, original: any, now: number}} around
 */
async function makeupView(makeup, { names, original, now }) {
  const startsAt = timeUtils.parse(makeup.starts_at);
  const started = (await rules.phase(startsAt, now)) === 'started';
  const live = ['pending', 'confirmed'].includes(makeup.status) && !started;
  const badge = badgeOf(BADGES, makeup.status);
  const chip = await differenceChip(makeup.original_duration, makeup.makeup_duration);
  const course = names[makeup.makeup_schedule_id] || UNNAMED;
  const when = timeUtils.whenText(startsAt, now);
  const child = account.childName(makeup.profile_id);
  const missed = original
    ? `补 ${timeUtils.dayText(timeUtils.parse(original.starts_at), now)} ${names[original.course_schedule_id] || UNNAMED}`
    : '';
  return {
    id: makeup.id,
    startsAt,
    live,
    badge: badge.badge === 'booked' && !live ? 'ended' : badge.badge,
    badgeText: badge.badge === 'booked' && !live ? '已开课' : badge.text,
    course,
    when,
    child,
    missed,
    originalText: `原 ${makeup.original_duration} 分钟`,
    makeupText: `补 ${makeup.makeup_duration} 分钟`,
    // A cancelled makeup made nothing of the missed minutes.
    chip: makeup.status === 'cancelled' ? null : chip,
    label: [course, when, child].filter(Boolean).join('，'),
  };
}

module.exports = { limitText, owedRows, owedViews, differenceChip, optionView, makeupView, makeupFacts };
