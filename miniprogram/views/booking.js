// A booking as 我的预约 shows it.
const account = require('../transport/account');
const { badgeOf } = require('./badge');
const rules = require('../services/rules');
const times = require('./times');

/** @type {Record<string, {badge: string, text: string}>} */
const BADGES = {
  booked: { badge: 'booked', text: '已预约' },
  completed: { badge: 'ended', text: '已上课' },
  cancelled: { badge: 'ended', text: '已取消' },
  leave: { badge: 'ended', text: '已请假' },
  absent: { badge: 'ended', text: '缺课' },
  cancelled_by_gym: { badge: 'ended', text: '已停课' },
};

/** What a button says, by what it does. @type {Record<string, string>} */
const WAYS = { skip: '不去了', cancel: '取消补课', select: '选补课' };

/** The name of a class whose course is not known: an older service does not say it. */
const UNNAMED = '课程';

/** @type {Record<string, string>} */
const SOURCES = { direct: '', waitlist: '候补成功', makeup: '补课' };

/** What a class that the gym called off leaves its parent. @param {import('../types/api').Booking} booking */
function offText(booking) {
  if (booking.compensation_minutes_used) return `抵扣的 ${booking.compensation_minutes_used} 分钟已退回`;
  return booking.makeup_until ? '可以补课' : '';
}

/**
 * Whether a booking can still be given up, and whether it is of a class to come that the gym called off. Where the rules
 * cannot be asked, the service's word stands.
 * @param {import('../types/api').Booking} booking
 * @param {number} start
 * @param {number} now
 */
async function standing(booking, start, now) {
  if (booking.status === 'booked') {
    const cancel = await rules.checkCancel({ status: booking.status, start, now }, booking);
    const live = cancel ? cancel.ok : (await rules.phase(start, now)) !== 'started';
    return { live, calledOff: false };
  }
  const calledOff = booking.status === 'cancelled_by_gym' && (await rules.phase(start, now)) !== 'started';
  return { live: false, calledOff };
}

/**
 * @param {import('../types/api').Booking} booking
 * @param {number} now the server's time
 */
async function bookingView(booking, now) {
  const course = booking.course_name || UNNAMED;
  const startsAt = times.parse(booking.starts_at);
  const badge = badgeOf(BADGES, booking.status);
  const { live, calledOff } = await standing(booking, startsAt, now);
  const when = times.whenText(startsAt, now);
  const child = account.childName(booking.profile_id);
  const over = booking.status === 'booked' && !live;
  const paid = booking.compensation_minutes_used ? `抵扣 ${booking.compensation_minutes_used} 分钟` : '';
  const makeup = booking.source === 'makeup';
  let way = '';
  if (live) way = makeup ? 'cancel' : 'skip';
  if (calledOff && booking.makeup_until) way = 'select';
  return {
    id: booking.id,
    scheduleId: booking.course_schedule_id,
    date: booking.booking_date,
    policy_id: booking.policy_id,
    makeup,
    status: booking.status,
    source: booking.source,
    paid: booking.compensation_minutes_used,
    duration: booking.duration_minutes,
    course,
    startsAt,
    when,
    child,
    live,
    /** The gym called the class off, and it would still be to come: told where the class stood. */
    calledOff,
    tone: calledOff ? 'off' : live ? '' : 'past',
    badge: calledOff ? 'off' : over ? 'ended' : badge.badge,
    badgeText: over ? '已开课' : badge.text,
    way,
    wayText: WAYS[way] || '',
    details: [`${booking.duration_minutes} 分钟`, SOURCES[booking.source], calledOff ? offText(booking) : paid]
      .filter(Boolean)
      .join(' · '),
    label: [course, when, child].filter(Boolean).join('，'),
  };
}

module.exports = { bookingView, UNNAMED };
