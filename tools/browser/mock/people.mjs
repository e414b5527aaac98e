// The rows that several scenarios share: two children, a fortnight of classes, entries in every state.

import { booking, entry, grant, guardian, makeup, message, missed, movement, said, session } from './service.mjs'

export const profiles = [
  { id: 11, name: '林小满' },
  { id: 12, name: '林小雨' },
]

/** Both parents of the first child. */
export const parents = {
  11: [guardian(1, -90, { first: true }), guardian(7, -30, { name: '林爸爸' })],
}

export const classes = {
  tumble: session(1, 0, '17:30', '少儿体操启蒙', { waiting: 2, held: 1, booked: 7 }),
  beam: session(2, 0, '18:30', '平衡木基础', { waiting: 3 }),
  rings: session(3, 0, '19:30', '吊环入门', { booked: 5, free: 3, duration_minutes: 45 }),
  floor: session(4, 0, '20:30', '自由体操提高', { waiting: 8 }),
  early: session(5, 0, '15:00', '幼儿感统', { phase: 'closed', duration_minutes: 45 }),
  morning: session(6, 0, '09:00', '亲子体操', { phase: 'started', booked: 6, free: 2 }),
  off: session(7, 0, '16:30', '艺术体操', { status: 'cancelled' }),
  tomorrow: session(8, 1, '18:00', '少儿体操启蒙', { booked: 4, free: 4 }),
  friday: session(9, 2, '18:30', '平衡木基础', { waiting: 1 }),
  saturday: session(10, 3, '10:00', '蹦床', { booked: 7, free: 1, duration_minutes: 45 }),
  saturdayLong: session(12, 3, '14:00', '体操提高', { booked: 5, free: 3, duration_minutes: 90 }),
  saturdaySame: session(13, 3, '16:30', '少儿体操启蒙', { booked: 6, free: 2 }),
  saturdayFull: session(14, 3, '18:30', '平衡木基础', { waiting: 2, duration_minutes: 45 }),
  sunday: session(15, -3, '17:00', '少儿体操启蒙'),
  twelveDaysAgo: session(16, -12, '18:00', '自由体操提高'),
  lastWeek: session(11, -5, '18:00', '少儿体操启蒙'),
}

export const sessions = Object.values(classes)

const minutes = (count) => new Date(Date.parse('2026-03-04T02:00:00.000Z') + count * 60_000).toISOString()

export const offer = (left, id = 31, profile = 12) => entry(id, profile, classes.tumble, 'notified', { response_deadline: minutes(left) })

export const waiting = [
  entry(32, 11, classes.beam, 'waiting', { position: 2, chance: 0.712 }),
  entry(33, 11, classes.friday, 'waiting', { position: 1, chance: 0.934 }),
  entry(34, 12, classes.floor, 'waiting', { position: 8, chance: 0.031 }),
]

export const ended = [
  entry(35, 11, classes.saturday, 'confirmed'),
  entry(36, 12, classes.lastWeek, 'expired', { response_deadline: minutes(-6000), last_notified_at: minutes(-6030) }),
  entry(37, 11, classes.lastWeek, 'cancelled'),
]

export const bookings = [
  booking(51, 11, classes.saturday, { source: 'waitlist' }),
  booking(52, 12, classes.tomorrow),
  booking(53, 11, classes.lastWeek, { status: 'completed' }),
  booking(54, 12, classes.morning, { status: 'cancelled' }),
]

/** Two classes missed, one of them nearly too late to make up; one made up already. */
export const missedBookings = [missed(61, 12, classes.sunday), missed(62, 11, classes.twelveDaysAgo, 'cancelled_by_gym'), missed(63, 11, classes.lastWeek)]
export const makeups = [
  makeup(71, classes.saturday, missedBookings[2]),
  makeup(72, classes.lastWeek, missed(64, 12, classes.twelveDaysAgo), { status: 'completed' }),
]

/** Credit of 林小满 that runs out on three days, the soonest the day after tomorrow. */
export const grants = [
  grant(81, 11, 30, 2, { remaining_minutes: 15 }),
  grant(82, 11, 30, 6),
  grant(83, 11, 15, 11),
  grant(84, 12, 15, 5),
  grant(85, 11, 45, -3, { remaining_minutes: 0, status: 'expired' }),
]
export const movements = [
  movement(-1, '20:12', 11, 'granted', 15, 15, 83),
  movement(-2, '09:40', 11, 'restored', 15, 15, 81),
  movement(-3, '18:00', 11, 'expired', 45, 0, 85),
  movement(-4, '12:05', 11, 'used', 30, 0, 81),
  movement(-8, '19:30', 11, 'granted', 30, 30, 82),
  movement(-12, '08:55', 11, 'granted', 30, 30, 81),
  movement(-17, '21:03', 11, 'granted', 45, 45, 85),
  movement(-9, '19:30', 12, 'granted', 15, 15, 84),
]

const flowEnded = (reason) => ({ flow: { flow_start_time: minutes(-40), flow_completion_time: minutes(-40), expiration_reason: reason } })
export const messages = [
  message(91, offer(22), 8, '林小雨候补的少儿体操启蒙（3月4日 17:30）有名额了，请在 10:22 前确认'),
  message(92, ended[0], 60, '林小满候补的蹦床（3月7日 10:00）有名额了，请在 09:30 前确认', { status: 'responded', response_time: minutes(-50) }),
  message(93, ended[1], 6030, '林小雨候补的少儿体操启蒙（2月27日 18:00）有名额了，请在 22:00 前确认', {
    status: 'expired',
    delivery: 'undeliverable',
    ...flowEnded('timeout'),
  }),
  message(94, ended[2], 7200, '林小满的少儿体操启蒙（2月27日 18:00）：已退出候补，名额将留给后面的家庭', {
    notification_type: 'queue_update',
    response_deadline: null,
  }),
  message(95, ended[2], 8000, '林小满候补的少儿体操启蒙（2月27日 18:00）有名额了，请在 22:30 前确认', { status: 'responded', ...flowEnded('user_cancelled') }),
]

/** A class session as a message names it. */
const classOf = (of) => ({ course_schedule_id: of.course_schedule_id, booking_date: of.booking_date })
const readAt = { read_at: minutes(-30) }

/** Everything that was said to the family; the newest three are unread. */
export const saidToAll = [
  said(201, 12, 'spot_available', 8, '有名额了', '林小雨候补的少儿体操启蒙（3月4日 周三 17:30）有名额了，请在 3月4日 周三 10:22 前确认', {
    waitlist_id: 31,
    ...classOf(classes.tumble),
  }),
  said(202, 12, 'class_cancelled', 45, '课程已取消', '林小雨的艺术体操（3月4日 周三 16:30）：本节课已由场馆取消，敬请谅解', {
    booking_id: 66,
    ...classOf(classes.off),
  }),
  said(
    203,
    11,
    'makeup_expiring',
    70,
    '补课资格即将到期',
    '林小满缺的自由体操提高（2月20日 周五 18:00）请在 3月6日 周五 18:00 前补课',
    { booking_id: 62, ...classOf(classes.twelveDaysAgo) },
    { delivery: 'undeliverable' },
  ),
  said(
    204,
    11,
    'waitlist_front',
    130,
    '排到第一位了',
    '林小满的平衡木基础（3月6日 周五 18:30）：你已排到第一位，有名额会马上通知',
    { waitlist_id: 33, ...classOf(classes.friday) },
    readAt,
  ),
  said(205, 11, 'credit_expiring', 900, '补偿时长即将到期', '林小满有15分钟补偿时长将于 3月6日 周五 18:00 到期，请尽快使用', { grant_id: 81 }, readAt),
  said(
    206,
    11,
    'staff_change',
    1000,
    '场馆更改了安排',
    '林小满的蹦床（3月7日 周六 10:00）：场馆已为你约上这节课',
    { booking_id: 51, ...classOf(classes.saturday) },
    { ...readAt, delivery: 'app_only' },
  ),
  said(
    207,
    12,
    'offer_expired',
    6000,
    '名额已失效',
    '林小雨的少儿体操启蒙（2月27日 周五 18:00）：没有及时确认，名额已失效',
    { waitlist_id: 36, ...classOf(classes.lastWeek) },
    { ...readAt, delivery: 'app_only' },
  ),
  said(
    208,
    11,
    'waitlist_left',
    7200,
    '已退出候补',
    '林小满的少儿体操启蒙（2月27日 周五 18:00）：已退出候补，名额将留给后面的家庭',
    { waitlist_id: 37, ...classOf(classes.lastWeek) },
    readAt,
  ),
]

/** A family with everything: an offer, what is owed, what is made up, credit, messages. */
export const everything = {
  profiles,
  sessions,
  bookings: [...bookings, ...missedBookings, missed(64, 12, classes.twelveDaysAgo)],
  entries: [offer(22), ...waiting, ...ended],
  makeups,
  grants,
  movements,
  messages,
  said: saidToAll,
}
