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

/** The name of a class whose course is not known. */
const UNNAMED = '课程';

/** @type {Record<string, string>} */
const SOURCES = { direct: '', waitlist: '候补成功', makeup: '补课' };

/**
 * @param {import('../types/api').Booking} booking
 * @param {string} course the course's name; bookings do not carry it
 * @param {number} now the server's time
 */
async function bookingView(booking, course, now) {
  const startsAt = times.parse(booking.starts_at);
  const badge = badgeOf(BADGES, booking.status);
  const started = (await rules.phase(startsAt, now)) === 'started';
  const when = times.whenText(startsAt, now);
  const child = account.childName(booking.profile_id);
  const live = booking.status === 'booked' && !started;
  const paid = booking.compensation_minutes_used > 0 ? `补偿抵扣 ${booking.compensation_minutes_used} 分钟` : '';
  return {
    id: booking.id,
    makeup: booking.source === 'makeup',
    paid: booking.compensation_minutes_used,
    duration: booking.duration_minutes,
    course,
    startsAt,
    when,
    child,
    live,
    badge: booking.status === 'booked' && !live ? 'ended' : badge.badge,
    badgeText: booking.status === 'booked' && !live ? '已开课' : badge.text,
    details: [`${booking.duration_minutes} 分钟`, SOURCES[booking.source], paid].filter(Boolean).join(' · '),
    label: [course, when, child].filter(Boolean).join('，'),
  };
}

module.exports = { bookingView, UNNAMED };
