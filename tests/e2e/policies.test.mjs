// A version of the policy for next month through the whole stack: what was promised this month stays, next month's classes
// show the new numbers, each offer its own window, and the phone knows all of it without a network.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { client, login } from '../../tools/stack/client.mjs'
import { dayAfter, startWhole } from './whole.mjs'

const MINUTE = 60 * 1000
const DAY = 24 * 60 * MINUTE
const ZONE = 8 * 60 * MINUTE
const dateOf = (at) => new Date(at).toISOString().slice(0, 10)

/** Two days from now, as the gym's wall clock. */
const then = dayAfter(2)
const soon = dateOf(then)
/** The month after, and the first class in it. */
const nextMonth = Date.UTC(then.getUTCFullYear(), then.getUTCMonth() + 1, 1)
const weeks = Math.ceil((nextMonth - Date.parse(soon)) / (7 * DAY))
const later = dateOf(Date.parse(soon) + weeks * 7 * DAY)

const people = ['holder', 'owner', 'family']
const idOf = (openid) => people.indexOf(openid) + 1
const [RINGS, BEAM] = [1, 2]

const world = {
  courses: [
    { id: RINGS, name: '吊环入门', category: '体操', duration_minutes: 60 },
    { id: BEAM, name: '平衡木', category: '体操', duration_minutes: 60 },
  ],
  schedules: [RINGS, BEAM].map((id) => ({ id, course_id: id, weekday: then.getUTCDay() || 7, start_time: `${15 + 2 * id}:00`, capacity: 1 })),
  accounts: people.map((openid) => ({ id: idOf(openid), openid, role: openid === 'owner' ? 'owner' : 'member' })),
  profiles: ['holder', 'family'].map((openid) => ({ id: idOf(openid), account_id: idOf(openid), name: '林小满' })),
  bookings: [],
}

let whole, holder, family, owner

before(async () => {
  whole = await startWhole(people.map((openid) => ({ openid, name: openid })))
  await whole.load(world)
  ;[holder, family, owner] = await Promise.all(['holder', 'family', 'owner'].map((openid) => login(whole.edge, openid)))
})

after(() => whole?.stop())

/** The holder takes the one seat of a class, the family waits, and the holder gives the seat back: the family is offered it. */
async function offered(schedule, date) {
  const place = { course_schedule_id: schedule, booking_date: date }
  const booking = await holder.post('/bookings', { profile_id: idOf('holder'), ...place })
  const entry = await family.post('/waitlist/join', { profile_id: idOf('family'), ...place })
  await holder.delete(`/bookings/${booking.id}`)
  return entry.id
}

/** Minutes that an offer was open when it was made. */
async function windowOf(id) {
  const entry = await family.get(`/waitlist/${id}`)
  assert.equal(entry.status, 'notified')
  return (Date.parse(entry.response_deadline) - Date.parse(entry.last_notified_at)) / MINUTE
}

const classPage = (schedule, date) => `pages/classes/detail?schedule=${schedule}&date=${date}`
const clock = (at) => new Date(Date.parse(at) + ZONE).toISOString().slice(11, 16)

test('a version for next month moves no promise of this month, and next month shows it', async () => {
  const today = await offered(RINGS, soon)
  const before = await family.get(`/waitlist/${today}`)
  const { page, top, close, screenshot } = await whole.phone('family', `pages/waitlist/detail?id=${today}`)
  const promised = `请在 ${clock(before.response_deadline)} 前确认（30 分钟）`
  await top.getByText(promised).waitFor()

  const set = await owner.post('/policies', {
    effective_from: new Date(nextMonth - ZONE).toISOString(),
    policy: { decision_window: 45, last_notification_lead: 480, free_cancellation_lead: 1440 },
  })
  assert.deepEqual([set.id, set.older], [2, 0])

  // The offer keeps its deadline, in the database and on the phone, which asks again as it is shown.
  const read = page.waitForResponse((response) => response.url().endsWith(`/waitlist/${today}`) && response.ok())
  await page.evaluate(() => host.show())
  await read
  await top.getByText(promised).waitFor()
  await top.getByRole('timer', { name: /^确认剩余时间 2\d 分 \d+ 秒$/ }).waitFor()
  const kept = await family.get(`/waitlist/${today}`)
  assert.deepEqual([kept.response_deadline, kept.policy_id], [before.response_deadline, 1])
  await screenshot('e2e-policy-offer-of-this-month')

  // This month's other class, which nobody has touched, is judged by the old version; next month's by the new one.
  const open = (address) => page.evaluate((to) => host.open(to), address)
  await holder.post('/bookings', { profile_id: idOf('holder'), course_schedule_id: BEAM, booking_date: soon })
  await open(classPage(BEAM, soon))
  await top.getByText('收到通知后 30 分钟内确认').waitFor()
  await top.getByText('至少提前 6 小时').waitFor()
  await holder.post('/bookings', { profile_id: idOf('holder'), course_schedule_id: BEAM, booking_date: later })
  await open(classPage(BEAM, later))
  await top.getByText('收到通知后 45 分钟内确认').waitFor()
  await top.getByText('至少提前 24 小时').waitFor()
  // The class starts at 19:00, and its list closes eight hours before.
  await top.getByText(/ 11:00$/).waitFor()
  await screenshot('e2e-policy-class-of-next-month')
  const sessions = await Promise.all([soon, later].map((date) => family.get(`/sessions/${BEAM}/${date}`)))
  assert.deepEqual(sessions.map((one) => [one.policy_id, one.policy_fixed]), [[1, true], [2, true]])

  // Both are known without a network, also to a phone that has just been started.
  await page.evaluate(() => host.setNetwork('off'))
  await open(classPage(BEAM, soon))
  await top.getByText('收到通知后 30 分钟内确认').waitFor()
  await open(classPage(BEAM, later))
  await top.getByText('收到通知后 45 分钟内确认').waitFor()
  await top.getByText(/^离线/).waitFor()
  await close()
})

test("an offer of next month's class has the new window in words, in its countdown and in its deadline", async () => {
  const id = await offered(RINGS, later)
  assert.equal(await windowOf(id), 45)
  const entry = await family.get(`/waitlist/${id}`)
  assert.equal(entry.policy_id, 2)
  const { top, button, close, screenshot } = await whole.phone('family', 'pages/waitlist/index')
  await top.getByText(`请在 ${clock(entry.response_deadline)} 前确认（45 分钟）`).waitFor()
  await top.getByRole('timer', { name: /^确认剩余时间 (45 分 0 秒|44 分 \d+ 秒)$/ }).waitFor()
  await screenshot('e2e-policy-offer-of-next-month')
  // The offer of this month stands beside it as it was promised.
  await top.getByText('（30 分钟）').waitFor()
  await button(/^立即预约，吊环入门.*/).last().click()
  await top.getByText('预约成功').waitFor()
  await close()
  const { items } = await family.get('/bookings/my')
  assert.deepEqual(items.map((one) => [one.booking_date, one.policy_id]), [[later, 2]])
  await whole.backend.gym('doctor', '--dev-clock')
})

test('a booking of each month is given up by the version of its class', async () => {
  const place = { profile_id: idOf('family'), course_schedule_id: BEAM }
  const { items } = await holder.get('/bookings/my')
  for (const { id } of items.filter((one) => one.status === 'booked')) await holder.delete(`/bookings/${id}`)
  for (const date of [soon, later]) await family.post('/bookings', { ...place, booking_date: date })
  // Twelve hours before a class, version 1 still gives leave, version 2 does not.
  for (const [date, words] of [[soon, '请假（推荐）'], [later, '离开课已不到 24 小时，不能请假了']]) {
    await client(whole.backend.url).put('/dev/clock', { now: `${date}T07:00:00+08:00` })
    const { button, dialog, close } = await whole.phone('family', 'pages/bookings/index')
    await button(/^不去了，平衡木，今天/).click()
    await dialog.getByText(words).waitFor()
    await close()
  }
})
