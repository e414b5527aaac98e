// What a parent does with release 0.1.0, in the words that it shows.
// `stack` is what `startWhole` gives, with `login` and `client` of tests/stack/client.mjs.
import assert from 'node:assert/strict'

const DAY = 24 * 60 * 60 * 1000
const ZONE = 8 * 60 * 60 * 1000
const inTwoDays = new Date(Date.now() + ZONE + 2 * DAY)
const date = inTwoDays.toISOString().slice(0, 10)
const weekday = inTwoDays.getUTCDay() || 7

const people = ['holder', 'staff', 'offer', 'decline', 'expire', 'expire-next', 'lost', 'book', 'family', 'off']
const idOf = (openid) => people.indexOf(openid) + 1
const FULL = { offer: 101, decline: 102, expire: 103, lost: 104 }
const [FREE, MISSED, SHORT, TINY, CALLED_OFF] = [201, 202, 203, 204, 205]

/** Accounts that may hold the phone. */
export const accounts = people.map((openid) => ({ openid, name: openid }))

/** Fixtures: one class of one seat for each story of the waitlist, which `holder` has; classes with free seats. */
export const world = {
  courses: [
    ...Object.entries(FULL).map(([story, id]) => ({ id, name: `体操 ${story}`, category: '体操', duration_minutes: 60 })),
    { id: FREE, name: '蹦床', category: '蹦床', duration_minutes: 45 },
    { id: MISSED, name: '少儿体操', category: '体操', duration_minutes: 60 },
    { id: SHORT, name: '体操小班', category: '体操', duration_minutes: 45 },
    { id: TINY, name: '体能小课', category: '体能', duration_minutes: 15 },
    { id: CALLED_OFF, name: '吊环', category: '体操', duration_minutes: 45 },
  ],
  schedules: [
    ...Object.values(FULL).map((id, index) => ({ id, course_id: id, weekday, start_time: `${10 + index}:00`, capacity: 1 })),
    { id: FREE, course_id: FREE, weekday, start_time: '15:00', capacity: 4 },
    { id: MISSED, course_id: MISSED, weekday, start_time: '08:00', capacity: 4 },
    { id: SHORT, course_id: SHORT, weekday, start_time: '19:00', capacity: 4 },
    { id: TINY, course_id: TINY, weekday, start_time: '20:30', capacity: 4 },
    { id: CALLED_OFF, course_id: CALLED_OFF, weekday, start_time: '21:00', capacity: 1 },
  ],
  accounts: people.map((openid) => ({ id: idOf(openid), openid, role: openid === 'staff' ? 'staff' : 'member' })),
  profiles: people.filter((openid) => openid !== 'staff').map((openid) => ({ id: idOf(openid), account_id: idOf(openid), name: '林小满' })),
  bookings: [
    ...Object.values(FULL).map((id) => ({ id, profile_id: idOf('holder'), course_schedule_id: id, booking_date: date, status: 'booked' })),
    { id: MISSED, profile_id: idOf('family'), course_schedule_id: MISSED, booking_date: date, status: 'booked' },
    { id: CALLED_OFF, profile_id: idOf('off'), course_schedule_id: CALLED_OFF, booking_date: date, status: 'booked' },
  ],
}

const LIST = 'pages/waitlist/index'

const join = async (stack, openid, story) => {
  const parent = await stack.login(stack.edge, openid)
  const entry = await parent.post('/waitlist/join', { profile_id: idOf(openid), course_schedule_id: FULL[story], booking_date: date })
  return { parent, read: () => parent.get(`/waitlist/${entry.id}`) }
}
const freeTheSeat = async (stack, story) => (await stack.login(stack.edge, 'holder')).delete(`/bookings/${FULL[story]}`)
const advance = (stack, seconds) => stack.client(stack.edge).post('/dev/clock/advance', { seconds })
const openClass = (page, schedule) =>
  page.evaluate((address) => host.open(address), `pages/classes/detail?schedule=${schedule}&date=${date}`)

/** Each is one test; later ones may find the clock moved by earlier ones. */
export const stories = {
  async 'a free class is booked and cancelled'(stack) {
    const { page, top, button, dialog, close } = await stack.phone('book', 'pages/classes/index')
    await openClass(page, FREE)
    await button('预约').click()
    await button('查看预约').click()
    await button(/^取消预约，蹦床/).click()
    await dialog.getByRole('button', { name: '取消预约' }).click()
    await button(/^取消预约，蹦床/).waitFor({ state: 'detached' })
    await top.getByText(/已取消|过去的|历史/).first().waitFor()
    await close()
    const { items } = await (await stack.login(stack.edge, 'book')).get('/bookings/my')
    assert.deepEqual(items.map((one) => one.status), ['cancelled'])
  },

  async 'a full class is waited for, the offer comes, and the seat becomes a booking'(stack) {
    const { page, top, button, close } = await stack.phone('offer', 'pages/classes/index')
    await openClass(page, FULL.offer)
    await button(/^加入候补/).click()
    await top.getByText(/候补中/).first().waitFor()
    await page.evaluate((address) => host.open(address), LIST)
    await top.getByText('候补中 1').waitFor()
    await freeTheSeat(stack, 'offer')
    await page.evaluate(() => host.show())
    await top.getByRole('timer', { name: /^确认剩余时间/ }).waitFor()
    await button('立即预约').click()
    await top.getByText('预约成功').waitFor()
    await close()
    const { items } = await (await stack.login(stack.edge, 'offer')).get('/bookings/my')
    assert.deepEqual(items.map((one) => [one.status, one.source]), [['booked', 'waitlist']])
  },

  async 'an offer is declined'(stack) {
    const { read } = await join(stack, 'decline', 'decline')
    await freeTheSeat(stack, 'decline')
    const { top, button, dialog, close } = await stack.phone('decline', LIST)
    await button('放弃').click()
    await dialog.getByRole('button', { name: '放弃' }).click()
    await top.getByText('已结束 1').waitFor()
    await close()
    assert.equal((await read()).status, 'cancelled')
  },

  async 'a confirm whose answer was lost is repeated with its key'(stack) {
    const { parent } = await join(stack, 'lost', 'lost')
    await freeTheSeat(stack, 'lost')
    const { page, button, top, close } = await stack.phone('lost', LIST)
    const keys = []
    await page.route('**/respond', async (route) => {
      keys.push(route.request().headers()['idempotency-key'])
      const answer = await route.fetch()
      return keys.length === 1 ? route.abort() : route.fulfill({ response: answer })
    })
    await button('立即预约').click()
    await top.getByText('预约成功').waitFor()
    await close()
    assert.deepEqual([keys.length, keys[0] === keys[1]], [2, true])
    assert.deepEqual((await parent.get('/bookings/my')).items.map((one) => one.status), ['booked'])
  },

  async 'a missed class is made up in a shorter one, and the credit pays for another'(stack) {
    const family = await stack.login(stack.edge, 'family')
    const credit = async () => (await family.get(`/compensation/balance?profile_id=${idOf('family')}`)).available_minutes
    const { page, top, button, dialog, close } = await stack.phone('family', 'pages/bookings/index')
    await button(/^请假，少儿体操/).click()
    await dialog.getByRole('button', { name: '请假' }).click()
    await button(/^选补课，少儿体操/).click()
    await top.getByRole('radio', { name: /体操小班，原 60 分钟，补 45 分钟，补偿 15 分钟/ }).click()
    await button(/^确认补课/).click()
    await button(/^取消补课，体操小班/).waitFor()
    assert.equal(await credit(), 15)
    await openClass(page, TINY)
    await button('预约').click()
    await page.getByRole('button', { name: '用补偿抵扣 15 分钟' }).click()
    await button('查看预约').waitFor()
    await close()
    assert.equal(await credit(), 0)
  },

  async 'a class that the gym calls off can be made up'(stack) {
    const { page, top, button, close } = await stack.phone('off', 'pages/bookings/index')
    await button(/^取消预约，吊环/).waitFor()
    await (await stack.login(stack.edge, 'staff')).post(`/sessions/${CALLED_OFF}/${date}/cancel`)
    await page.evaluate(() => host.show())
    await button(/^选补课，吊环/).waitFor()
    await top.getByText(/45 分钟 · 已停课/).waitFor()
    await close()
  },

  async 'an offer runs out while it is on the screen, and the child waits again'(stack) {
    const first = await join(stack, 'expire', 'expire')
    const second = await join(stack, 'expire-next', 'expire')
    await freeTheSeat(stack, 'expire')
    const { page, top, button, close } = await stack.phone('expire', LIST)
    await button('立即预约').waitFor()
    await advance(stack, 30 * 60 + 1)
    await page.evaluate(() => host.show())
    await button('重新候补').click()
    await top.getByText('候补中 1').waitFor()
    await close()
    assert.deepEqual([(await first.read()).status, (await second.read()).status], ['waiting', 'notified'])
  },
}
