// The rows that several scenarios share: two children, a fortnight of classes, entries in every state.

import { booking, entry, session } from './service.mjs'

export const profiles = [
  { id: 11, name: '林小满' },
  { id: 12, name: '林小雨' },
]

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
  lastWeek: session(11, -5, '18:00', '少儿体操启蒙'),
}

export const sessions = Object.values(classes)

const minutes = (count) => new Date(Date.parse('2026-03-04T02:00:00.000Z') + count * 60_000).toISOString()

export const offer = (left, id = 31, profile = 12) =>
  entry(id, profile, classes.tumble, 'notified', { response_deadline: minutes(left) })

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
  booking(54, 12, classes.morning, { status: 'leave' }),
]
