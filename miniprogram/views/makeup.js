// Missed classes, the classes in which they can be made up, and makeups, as the pages show them.
const account = require('../transport/account');
const { badgeOf } = require('./badge');
const { UNNAMED } = require('./booking');
const { MESSAGES } = require('./refusals');
const rules = require('../services/rules');
const { mayAnswer, MISSED_TEXT } = require('./session');
const times = require('./times');

/**
 * A missed class, and what the phone knows of the child who missed it.
 * @typedef {import('../types/api').Booking} Booking
 * @typedef {import('../types/api').Entry} Entry
 * @typedef {import('../types/api').Session} Session
 * @typedef {{original: Booking, category: string, bookings: Booking[], entries: Entry[], now: number}} MissedClass
 */

/** @type {Record<string, string>} */
const REASONS = { leave: '已请假', cancelled_by_gym: '已停课', absent: '缺课', cancelled: '已取消' };

/**
 * The missed classes still to be made up: the service's answer, or derived from the bookings where an older service has
 * no makeups.
 * @param {{items: import('../types/api').Owed[]} | null | undefined} answer of `/makeup/owed`; undefined where the service faulted
 * @param {Booking[]} bookings
 * @param {{owed: Owed} | null} before the page's last answer
 * @typedef {{bookable: boolean, rows: import('../types/api').Owed[]}} Owed
 * @returns {Owed}
 */
function owedRows(answer, bookings, before) {
  if (answer === undefined) return before ? before.owed : { bookable: true, rows: [] };
  if (answer) return { bookable: true, rows: answer.items };
  const missed = bookings.filter((booking) => booking.makeup_until && booking.status in REASONS);
  return { bookable: false, rows: missed.map((booking) => ({ booking, makeup_until: booking.makeup_until || '' })) };
}

/** Until when a class can be made up: `可补课至后天`, `可补课至 3月15日`. @param {number} until @param {number} now */
function limitText(until, now) {
  return times.beside('可补课至', times.dueText(until, now));
}

/**
 * @param {import('../types/api').Owed} row
 * @param {{bookable: boolean, now: number}} around
 */
async function owedView({ booking, makeup_until: limit }, { bookable, now }) {
  const course = booking.course_name || UNNAMED;
  const startsAt = times.parse(booking.starts_at);
  const until = times.parse(limit);
  const right = await rules.makeupRight(until, now);
  const child = account.childName(booking.profile_id);
  const when = times.whenText(startsAt, now);
  return {
    id: booking.id,
    course,
    child,
    when,
    details: [`${booking.duration_minutes} 分钟`, REASONS[booking.status]].filter(Boolean).join(' · '),
    duration: booking.duration_minutes,
    until,
    /** Whether it can still be made up. Where the rules cannot be asked, the service's word stands. */
    open: !right || right.ok,
    untilText: times.dueText(until, now),
    limitText: limitText(until, now),
    soon: Boolean(right && right.endsSoon),
    bookable,
    label: [course, when, child].filter(Boolean).join('，'),
  };
}

/** The soonest to run out first; what has run out is left out. @param {Owed} owed @param {number} now */
async function owedViews(owed, now) {
  const views = await Promise.all(owed.rows.map((row) => owedView(row, { bookable: owed.bookable, now })));
  return views.filter((one) => one.open).sort((a, b) => a.until - b.until);
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
  if (result.compensationMinutes) {
    return { kind: 'credit', text: `补偿 ${result.compensationMinutes} 分钟`, minutes: result.compensationMinutes };
  }
  if (result.extraMinutes) {
    return { kind: 'extra', text: `多 ${result.extraMinutes} 分钟，免费`, minutes: result.extraMinutes };
  }
  return { kind: 'same', text: '时长相同', minutes: 0 };
}

/** When a class is, as the rules take it. @param {{starts_at: string, duration_minutes: number}} row */
function classTime(row) {
  return { start: times.parse(row.starts_at), minutes: row.duration_minutes };
}

/** The facts of `checkMakeup`, from what the phone knows. @param {Session} session @param {MissedClass} own */
async function makeupFacts(session, { original, category, bookings, now }) {
  const target = classTime(session);
  const live = bookings.filter((one) => one.profile_id === original.profile_id && one.status === 'booked');
  return {
    originalStatus: original.status,
    madeUp: false, // a class that was made up is not listed any more
    originalStart: times.parse(original.starts_at),
    makeupUntil: original.makeup_until ? times.parse(original.makeup_until) : null,
    targetStart: target.start,
    now,
    sameCategory: session.category === category,
    timeConflict: Boolean(await rules.timeConflict(target, live.map(classTime))),
    freeSeats: session.free,
  };
}

/** The words in place of a choice, by the rules' refusal. @type {Record<string, string>} */
const SHUT_TEXT = { time_conflict: '和已约的课时间冲突', makeup_too_late: '离开课太近', session_full: '已约满' };

/** A code that this version does not know is shown as it is. @param {string | null | undefined} code */
function shutText(code) {
  if (!code) return '';
  return SHUT_TEXT[code] || (code in MESSAGES ? '现在不能补' : code);
}

/** The child's live waitlist entry of a session, or undefined. @param {Session} session @param {MissedClass} own */
function entryOf(session, own) {
  return own.entries.find(
    (one) =>
      one.profile_id === own.original.profile_id &&
      one.course_schedule_id === session.course_schedule_id &&
      one.booking_date === session.booking_date &&
      ['waiting', 'notified'].includes(one.status),
  );
}

/**
 * What can be done with a class: `book`, `wait`, `waiting` (the child waits already) or `shut`, with the words that
 * stand in its row and their colour.
 * @param {import('../types/api').MakeupOption} option
 * @param {Entry | undefined} entry
 * @param {MissedClass} own
 */
async function choiceOf(option, entry, own) {
  const { session } = option;
  if (entry && entry.status === 'notified') {
    const open = await mayAnswer(entry, own.now);
    return { state: 'waiting', seats: open ? '有名额待确认' : MISSED_TEXT, tone: open ? 'offered' : 'shut' };
  }
  if (entry) return { state: 'waiting', seats: `候补中 第 ${entry.position} 位`, tone: 'waiting' };
  const allowed = await rules.checkMakeup(await makeupFacts(session, own), session);
  // Where the rules cannot be asked, what the service listed stands.
  const bookable = allowed ? allowed.ok : !option.waitlist;
  if (bookable) return { state: 'book', seats: `余 ${session.free} 位`, tone: 'book' };
  if (option.waitlist && (!allowed || allowed.code === 'session_full')) {
    const seats = session.waiting ? `满员 · 候补 ${session.waiting} 人` : '满员 · 可候补';
    return { state: 'wait', seats, tone: 'wait' };
  }
  return { state: 'shut', seats: shutText(allowed && allowed.code), tone: 'shut' };
}

/**
 * A class in which the missed one can be made up.
 * @param {import('../types/api').MakeupOption} option
 * @param {MissedClass} own
 */
async function optionView(option, own) {
  const { session } = option;
  const startsAt = times.parse(session.starts_at);
  const entry = entryOf(session, own);
  const { state, seats, tone } = await choiceOf(option, entry, own);
  const chip = await differenceChip(own.original.duration_minutes, session.duration_minutes);
  const when = times.whenText(startsAt, own.now);
  return {
    key: `${session.course_schedule_id}/${session.booking_date}`,
    course_schedule_id: session.course_schedule_id,
    booking_date: session.booking_date,
    policy_id: session.policy_id,
    course: session.course_name,
    time: times.clockText(startsAt),
    until: times.clockText(times.parse(session.ends_at)),
    when,
    originalText: `原 ${own.original.duration_minutes} 分钟`,
    makeupText: `补 ${session.duration_minutes} 分钟`,
    chip,
    state,
    seats,
    /** The colour of `seats`. */
    tone,
    entryId: entry ? entry.id : 0,
    label: [
      when,
      session.course_name,
      `原 ${own.original.duration_minutes} 分钟，补 ${session.duration_minutes} 分钟`,
      chip && chip.text,
      seats,
    ]
      .filter(Boolean)
      .join('，'),
  };
}

/**
 * A class in which a missed one can be made up now, as the list of missed classes suggests it.
 * @param {import('../types/api').MakeupOption} option
 * @param {{duration: number, label: string}} owed the missed one, as `owedViews` made it
 * @param {number} now
 */
async function suggestionView({ session }, owed, now) {
  const when = times.whenText(times.parse(session.starts_at), now);
  const chip = await differenceChip(owed.duration, session.duration_minutes);
  const details = `${session.duration_minutes} 分钟 · 余 ${session.free} 位`;
  return {
    key: `${session.course_schedule_id}/${session.booking_date}`,
    when,
    course: session.course_name,
    details,
    chip,
    label: [`补 ${owed.label}`, when, session.course_name, details.replace(' · ', '，'), chip && chip.text]
      .filter(Boolean)
      .join('，'),
  };
}

/** @type {Record<string, {badge: string, text: string}>} */
const BADGES = {
  pending: { badge: 'waiting', text: '安排中' },
  confirmed: { badge: 'booked', text: '已约补课' },
  completed: { badge: 'ended', text: '已补课' },
  cancelled: { badge: 'ended', text: '已取消' },
  no_show: { badge: 'ended', text: '补课缺席' },
};

/**
 * @param {import('../types/api').Makeup} makeup
 * @param {{original: Booking | undefined, now: number}} around
 */
async function makeupView(makeup, { original, now }) {
  const startsAt = times.parse(makeup.starts_at);
  const started = (await rules.phase(startsAt, now)) === 'started';
  const live = ['pending', 'confirmed'].includes(makeup.status) && !started;
  const badge = badgeOf(BADGES, makeup.status);
  const chip = await differenceChip(makeup.original_duration, makeup.makeup_duration);
  const course = makeup.course_name || UNNAMED;
  const when = times.whenText(startsAt, now);
  const child = account.childName(makeup.profile_id);
  const missed = original
    ? `补课：${times.whenText(times.parse(original.starts_at), now)} ${original.course_name || UNNAMED}`
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
    // A cancelled makeup has no difference.
    chip: makeup.status === 'cancelled' ? null : chip,
    label: [course, when, child].filter(Boolean).join('，'),
  };
}

module.exports = {
  limitText,
  owedRows,
  owedViews,
  differenceChip,
  optionView,
  suggestionView,
  makeupView,
  makeupFacts,
};
