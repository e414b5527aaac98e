// The demo data: two weeks at a small gym with every situation of the product, created through the contract.
// The service's clock ends twelve days later, so that credit from the first day expires soon.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { login, client } from './client.mjs'

const DAY = 24 * 60 * 60 * 1000
/** How many days pass before the demo's today; credit is valid for fourteen. */
const PLAYED = 12
/** The demo gym's time zone, which has no daylight saving time. */
const ZONE = 8 * 60 * 60 * 1000

/** The date and weekday (1 Monday to 7 Sunday) `days` after the gym's today. */
function day(now, days) {
  const at = new Date(now + ZONE + days * DAY)
  return { date: at.toISOString().slice(0, 10), weekday: at.getUTCDay() || 7 }
}

export const people = [
  { openid: 'demo-lin', name: '林妈妈', note: 'an offer about to run out; a missed class; a credit', children: ['林小满', '林小雨'] },
  { openid: 'demo-wang', name: '王爸爸', note: 'first in line for the full class', children: ['王一诺'] },
  { openid: 'demo-chen', name: '陈妈妈', note: 'has a place that she can give back', children: ['陈可'] },
  { openid: 'demo-zhao', name: '赵爸爸', note: 'waits behind 王一诺', children: ['赵子墨'] },
]
/** The staff account, which calls classes off. */
export const staff = 'demo-staff'
/** The gym's other people, who log in at the desk. */
const desk = { coach: 'demo-coach', owner: 'demo-owner' }
const others = ['周一鸣', '吴梓涵', '郑可欣', '孙浩然', '钱朵朵', '冯雨桐', '蒋沐阳', '韩书瑶']

/** Courses, slots, families and bookings around the gym's today. */
function fixtures(now) {
  const [missed, madeUp, before, today, tomorrow, later, weekend] = [-14, -7, -3, 0, 1, 2, 4].map((days) => day(now, days))
  const courses = [
    { id: 1, name: '体操基础', category: '体操', duration_minutes: 60 },
    { id: 2, name: '体操提高', category: '体操', duration_minutes: 90 },
    { id: 3, name: '体操小班', category: '体操', duration_minutes: 45 },
    { id: 4, name: '蹦床启蒙', category: '蹦床', duration_minutes: 45, queue_capacity: 4 },
  ]
  let lastSchedule = 0
  const COACHES = { 1: '王教练', 2: '李教练', 3: '王教练', 4: '陈教练' }
  const at = (course_id, weekday, start_time, capacity) => ({
    id: (lastSchedule += 1),
    course_id,
    weekday,
    start_time,
    capacity,
    coach_name: COACHES[course_id],
    room: course_id === 4 ? '蹦床区' : '大厅',
  })
  const schedules = [
    at(1, tomorrow.weekday, '18:00', 4), // 1: full, people waiting
    at(2, later.weekday, '18:30', 3), // 2: full, an offer about to run out
    at(1, before.weekday, '17:00', 8), // 3: the class that was missed
    at(3, weekend.weekday, '10:00', 6), // 4: a shorter one to make it up in
    at(4, tomorrow.weekday, '16:30', 6), // 5: seats free
    at(4, later.weekday, '16:30', 6), // 6: seats free
    at(2, weekend.weekday, '14:00', 5), // 7: seats free
    at(1, today.weekday, '21:30', 8), // 8: tonight
    at(3, later.weekday, '10:30', 6), // 9: seats free
    at(3, today.weekday, '09:00', 6), // 10: the shorter class that made up for one of 8
  ]
  const accounts = []
  const profiles = []
  const add = (openid, names, role = 'member') => {
    const account = { id: accounts.length + 1, openid, role }
    accounts.push(account)
    for (const name of names) profiles.push({ id: profiles.length + 1, account_id: account.id, name })
  }
  for (const person of people) add(person.openid, person.children)
  add(staff, [], 'staff')
  for (const [role, openid] of Object.entries(desk)) add(openid, [], role)
  for (const name of others) add(`demo-${accounts.length}`, [name])
  const profile = (name) => profiles.find((one) => one.name === name).id
  let booking = 0
  const booked = (name, course_schedule_id, { date }, status = 'booked') => ({ id: (booking += 1), profile_id: profile(name), course_schedule_id, booking_date: date, status })
  const bookings = [
    ...['陈可', '周一鸣', '吴梓涵', '郑可欣'].map((name) => booked(name, 1, tomorrow)),
    ...['孙浩然', '钱朵朵', '冯雨桐'].map((name) => booked(name, 2, later)),
    booked('林小雨', 3, before, 'leave'),
    booked('林小满', 3, before, 'completed'),
    booked('林小满', 8, missed, 'leave'),
    booked('蒋沐阳', 5, tomorrow),
    booked('韩书瑶', 4, weekend),
  ]
  const bookingOf = (name, schedule) =>
    bookings.find((one) => one.profile_id === profile(name) && one.course_schedule_id === schedule).id
  return { file: { courses, schedules, accounts, profiles, bookings }, madeUp, tomorrow, later, profile, bookingOf }
}

/** Loads the demo into the service behind `edge` and replays its past. */
export async function playDemo({ backend, edge, varDir }) {
  const start = Date.parse((await client(edge).get('/time')).now)
  const { file, madeUp, tomorrow, later, profile, bookingOf } = fixtures(start + PLAYED * DAY)
  const json = path.join(varDir, 'demo.json')
  writeFileSync(json, JSON.stringify(file, null, 1))
  await backend.gym('fixtures', 'load', json)

  const parent = async (openid) => login(edge, openid)
  const join = async (openid, name, course_schedule_id, { date }) =>
    (await parent(openid)).post('/waitlist/join', { profile_id: profile(name), course_schedule_id, booking_date: date })
  // A missed class of 60 minutes, made up in 45: a grant of 15 minutes.
  await (await parent('demo-lin')).post('/makeup/book', {
    profile_id: profile('林小满'),
    original_booking_id: bookingOf('林小满', 8),
    course_schedule_id: 10,
    booking_date: madeUp.date,
  })
  await client(edge).post('/dev/clock/advance', { seconds: (PLAYED * DAY) / 1000 })
  await client(edge).post('/dev/sweep')
  // A full class with waiting entries.
  await join('demo-wang', '王一诺', 1, tomorrow)
  await join('demo-zhao', '赵子墨', 1, tomorrow)
  await join('demo-lin', '林小雨', 1, tomorrow)
  // An offer that expires soon: a booking was cancelled 24 minutes ago.
  await join('demo-lin', '林小满', 2, later)
  await join('demo-wang', '王一诺', 2, later)
  const giver = file.accounts.find((account) => account.id === file.profiles.find((one) => one.name === '孙浩然').account_id)
  await (await parent(giver.openid)).delete(`/bookings/${bookingOf('孙浩然', 2)}`)
  await client(edge).post('/dev/clock/advance', { seconds: 24 * 60 })
}
