// One seat through the whole stack: a tap in the mini-program (Chromium, WASM), the edge (wrangler dev on workerd), the
// backend, the database, a message, and the booking.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { client, login } from '../../tools/stack/client.mjs'
import { people, playDemo } from '../../tools/stack/demo.mjs'
import { dayAfter, startWhole } from './whole.mjs'

/** Tomorrow in the gym's time zone. */
const tomorrow = dayAfter(1)
const date = tomorrow.toISOString().slice(0, 10)

/** A class with one seat, which another family has booked. */
const world = {
  courses: [{ id: 901, name: '吊环入门', category: '体操', duration_minutes: 60 }],
  schedules: [{ id: 901, course_id: 901, weekday: tomorrow.getUTCDay() || 7, start_time: '18:00', capacity: 1 }],
  accounts: [{ id: 901, openid: 'parent', role: 'member' }, { id: 902, openid: 'other', role: 'member' }],
  profiles: [{ id: 901, account_id: 901, name: '林小满' }, { id: 902, account_id: 902, name: '周一鸣' }],
  bookings: [{ id: 901, profile_id: 902, course_schedule_id: 901, booking_date: date, status: 'booked' }],
}

let whole

before(async () => {
  whole = await startWhole([{ openid: 'parent', name: '林妈妈' }, ...people])
})

after(() => whole?.stop())

test('a parent joins a full class, another family cancels, and the offer becomes a booking', async () => {
  const { backend, edge } = whole
  await whole.load(world)

  const phone = await whole.phone('parent', 'pages/classes/index')
  const { top, button } = phone
  await top.getByText('明天').first().click()
  await phone.screenshot('e2e-1-a-full-class')
  await button(/^加入候补，吊环入门/).click()
  await top.getByText('候补中 第 1 位').waitFor()
  await phone.screenshot('e2e-2-waiting')

  const other = await login(edge, 'other')
  const cancelled = await other.delete('/bookings/901')
  assert.equal(cancelled.status, 'cancelled')

  // The message was written with the offer; a tap on it opens the entry.
  const { items: messages } = await client(edge).get('/dev/messages')
  const message = messages.find((one) => one.template === 'spot_available')
  assert.equal(message.openid, 'parent')
  await phone.page.evaluate((address) => host.open(`/${address}`, 1107), message.page)
  await phone.dialog.getByRole('timer', { name: /^确认剩余时间 (30 分 0 秒|29 分 \d+ 秒)$/ }).waitFor()
  await phone.screenshot('e2e-3-the-offer')
  await phone.dialog.getByRole('button', { name: '立即预约' }).click()
  await top.getByText('预约成功').waitFor()
  await phone.screenshot('e2e-4-confirmed')
  await button('查看预约').click()
  await button(/^不去了，吊环入门/).waitFor()
  await phone.screenshot('e2e-5-the-booking')
  await phone.close()

  const parent = await login(edge, 'parent')
  const { items: [booking, ...more] } = await parent.get('/bookings/my')
  assert.deepEqual([booking.status, booking.source, booking.booking_date, more.length], ['booked', 'waitlist', date, 0])
  const { items: [entry] } = await parent.get('/waitlist/my')
  assert.equal(entry.status, 'confirmed')
  const session = await parent.get(`/sessions/901/${date}`)
  assert.deepEqual([session.booked, session.held, session.waiting, session.free], [1, 0, 0, 0])
  await backend.gym('doctor', '--dev-clock')
})

test('the demo data shows every part of the story', async () => {
  const { backend, edge } = whole
  await playDemo(whole)
  const phone = await whole.phone('demo-lin', 'pages/waitlist/index')
  const { top } = phone
  await top.getByRole('timer', { name: /^确认剩余时间 [56] 分 \d+ 秒$/ }).waitFor()
  await top.getByText('候补中 1').waitFor()
  await phone.screenshot('demo-waitlist')
  for (const tab of ['pages/classes/index', 'pages/bookings/index']) {
    await phone.page.evaluate((address) => host.open(`/${address}`), tab)
    await top.getByRole('button').first().waitFor()
    await phone.screenshot(`demo-${tab.split('/')[1]}`)
  }
  // A missed class to make up, and credit that expires soon.
  await top.getByText('待补课').first().waitFor()
  const lin = await login(edge, 'demo-lin')
  const [full] = lin.profiles
  const balance = await lin.get(`/compensation/balance?profile_id=${full.id}`)
  assert.deepEqual([balance.available_minutes, balance.expiring_soon_minutes], [15, 15])
  await phone.close()
  await backend.gym('doctor', '--dev-clock')
})
