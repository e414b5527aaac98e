// More stories of parents through the whole stack: the mini-program (Chromium, WASM), the edge, the backend, the database.
// They share one stack; each story has its own accounts and its own class, two days ahead.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { client, login } from '../../tools/stack/client.mjs'
import { dayAfter, startWhole } from './whole.mjs'

const DAY = 24 * 60 * 60 * 1000
const ZONE = 8 * 60 * 60 * 1000
const then = dayAfter(2)
const date = then.toISOString().slice(0, 10)
const weekday = then.getUTCDay() || 7

/** Each story's class has one seat, which the holder has booked. */
const STORIES = ['decline', 'expire', 'queue', 'lost', 'network', 'stale', 'refuse']
const HOLDER = 1
const people = ['holder', 'staff', 'family', 'off', ...STORIES.flatMap((story) => [story, `${story}-next`])]
const profileOf = (openid) => people.indexOf(openid) + 1
const fullClass = (story) => 100 + STORIES.indexOf(story)
const [MISSED, SHORT, TINY, CALLED_OFF] = [201, 202, 203, 204]

const world = {
  courses: [
    ...STORIES.map((story) => ({ id: fullClass(story), name: `体操 ${story}`, category: '体操', duration_minutes: 60 })),
    { id: MISSED, name: '少儿体操', category: '体操', duration_minutes: 60 },
    { id: SHORT, name: '体操小班', category: '体操', duration_minutes: 45 },
    { id: TINY, name: '体能小课', category: '体能', duration_minutes: 15 },
    { id: CALLED_OFF, name: '蹦床', category: '蹦床', duration_minutes: 45 },
  ],
  schedules: [
    ...STORIES.map((story, index) => ({ id: fullClass(story), course_id: fullClass(story), weekday, start_time: `${String(10 + index)}:00`, capacity: 1 })),
    { id: MISSED, course_id: MISSED, weekday, start_time: '08:00', capacity: 4 },
    { id: SHORT, course_id: SHORT, weekday, start_time: '19:00', capacity: 4 },
    { id: TINY, course_id: TINY, weekday, start_time: '20:30', capacity: 4 },
    { id: CALLED_OFF, course_id: CALLED_OFF, weekday, start_time: '21:00', capacity: 1 },
  ],
  accounts: people.map((openid) => ({ id: profileOf(openid), openid, role: openid === 'staff' ? 'staff' : 'member' })),
  profiles: people.filter((openid) => openid !== 'staff').map((openid) => ({ id: profileOf(openid), account_id: profileOf(openid), name: openid === 'off' ? '欧小可' : '林小满' })),
  bookings: [
    // The holder's classes touch but do not overlap.
    ...STORIES.map((story) => ({ id: fullClass(story), profile_id: HOLDER, course_schedule_id: fullClass(story), booking_date: date, status: 'booked' })),
    { id: MISSED, profile_id: profileOf('family'), course_schedule_id: MISSED, booking_date: date, status: 'booked' },
    { id: CALLED_OFF, profile_id: profileOf('off'), course_schedule_id: CALLED_OFF, booking_date: date, status: 'booked' },
  ],
}

let whole, holder

before(async () => {
  whole = await startWhole(people.map((openid) => ({ openid, name: openid })))
  await whole.load(world)
  holder = await login(whole.edge, 'holder')
})

after(() => whole?.stop())

const LIST = 'pages/waitlist/index'

/** Joins the story's class as `openid`; returns the entry and a client of that parent. */
async function joins(openid, story) {
  const parent = await login(whole.edge, openid)
  const entry = await parent.post('/waitlist/join', { profile_id: profileOf(openid), course_schedule_id: fullClass(story), booking_date: date })
  return { parent, entry, read: () => parent.get(`/waitlist/${entry.id}`) }
}

/** The label of the classes' day in the strip of days; the clock may have passed midnight meanwhile. */
async function dayName() {
  const { now } = await client(whole.edge).get('/time')
  const tomorrow = new Date(Date.parse(now) + ZONE + DAY).toISOString().slice(0, 10) === date
  return tomorrow ? '明天' : `${then.getUTCMonth() + 1}月${then.getUTCDate()}日`
}

/** Frees the seat of the story's class. */
const frees = (story) => holder.delete(`/bookings/${fullClass(story)}`)

/** Advances the service's clock; the phone learns it with its next request. */
const advance = (seconds) => client(whole.edge).post('/dev/clock/advance', { seconds })

const bookingsOf = async (parent) => (await parent.get('/bookings/my')).items

test('a decline offers the seat to the next entry at once', async () => {
  const first = await joins('decline', 'decline')
  const second = await joins('decline-next', 'decline')
  await frees('decline')
  const { button, dialog, top, close } = await whole.phone('decline', LIST)
  await button('放弃').click()
  await dialog.getByRole('button', { name: '放弃' }).click()
  await top.getByText('已结束 1').waitFor()
  await close()
  assert.deepEqual([(await first.read()).status, (await second.read()).status], ['cancelled', 'notified'])
})

test('an offer that expires on screen updates the page, and the next entry is offered the seat', async () => {
  const first = await joins('expire', 'expire')
  const second = await joins('expire-next', 'expire')
  await frees('expire')
  const { page, top, button, close, screenshot } = await whole.phone('expire', LIST)
  await button('立即预约').waitFor()
  // Two seconds are left when the parent returns; then the service's clock advances without any tap.
  const { now } = await client(whole.edge).get('/time')
  const left = (Date.parse((await first.read()).response_deadline) - Date.parse(now)) / 1000
  await advance(Math.floor(left) - 2)
  await page.evaluate(() => host.show())
  await top.getByRole('timer', { name: /^确认剩余时间 [0-3] 秒$/ }).waitFor()
  await advance(10)
  await top.getByText('名额已被释放，已为下一位保留。要继续候补吗？').waitFor()
  await screenshot('e2e-expired')
  assert.equal(await button('立即预约').count(), 0)
  assert.equal((await second.read()).status, 'notified')
  // Joins again at the tail.
  await button('重新候补').click()
  await top.getByText('候补中 1').waitFor()
  await close()
  assert.deepEqual(await first.read().then(({ status, position }) => [status, position]), ['waiting', 1])
})

test('leaving the queue moves the entries behind up', async () => {
  const first = await joins('queue', 'queue')
  const second = await joins('queue-next', 'queue')
  assert.equal((await second.read()).position, 2)
  const { button, dialog, close } = await whole.phone('queue', `pages/waitlist/detail?id=${first.entry.id}`)
  await button('退出候补').click()
  await dialog.getByRole('button', { name: '退出候补' }).click()
  await button('重新候补').waitFor()
  await close()
  assert.deepEqual([(await first.read()).status, (await second.read()).position], ['cancelled', 1])
})

test('a confirm whose answer was lost is repeated with its key and shows the outcome', async () => {
  const { parent } = await joins('lost', 'lost')
  await frees('lost')
  const { page, button, top, close } = await whole.phone('lost', LIST)
  const keys = []
  const replayed = []
  await page.route('**/respond', async (route) => {
    keys.push(route.request().headers()['idempotency-key'])
    const answer = await route.fetch()
    replayed.push(answer.headers()['idempotency-replayed'])
    return keys.length === 1 ? route.abort() : route.fulfill({ response: answer })
  })
  await button('立即预约').click()
  await top.getByText('预约成功').waitFor()
  await close()
  assert.deepEqual([keys.length, keys[0] === keys[1], replayed], [2, true, [undefined, 'true']])
  assert.deepEqual((await bookingsOf(parent)).map((one) => [one.status, one.source]), [['booked', 'waitlist']])
})

test('offline, nothing is sent; back online, the page updates by itself', async () => {
  const { read } = await joins('network', 'network')
  const { page, top, button, dialog, close } = await whole.phone('network', LIST)
  await top.getByText('候补中 1').waitFor()
  await page.evaluate(() => host.setNetwork('off'))
  await frees('network')
  await top.getByText('离线 · 刚刚的数据').waitFor()
  await top.getByText('候补中 1').waitFor()
  await page.evaluate(() => host.setNetwork('on'))
  await button('立即预约').waitFor()
  await page.evaluate(() => host.setNetwork('off'))
  await top.getByText('离线 · 刚刚的数据').waitFor()
  await button('立即预约').click()
  await dialog.getByText('没有网络，操作没有发送').waitFor()
  assert.equal((await read()).status, 'notified')
  // The dialog's button works once the network is back.
  await page.evaluate(() => host.setNetwork('on'))
  await dialog.getByRole('button', { name: '重试' }).click()
  await top.getByText('预约成功').waitFor()
  await close()
  assert.equal((await read()).status, 'confirmed')
})

test('an expired session logs in again silently, once', async () => {
  await joins('stale', 'stale')
  const { page, top, dialog, close } = await whole.phone('stale', LIST)
  await top.getByText('候补中 1').waitFor()
  await page.evaluate(() => {
    const key = Object.keys(localStorage).find((name) => name.endsWith('gym:login'))
    const login = JSON.parse(localStorage.getItem(key))
    localStorage.setItem(key, JSON.stringify({ ...login, token: login.token.replace(/.{8}$/, 'AAAAAAAA') }))
  })
  const logins = []
  const refused = []
  page.on('response', (response) => {
    if (response.url().endsWith('/auth/login')) logins.push(response.status())
    if (response.status() === 401) refused.push(response.url())
  })
  // Stored data is shown at once, so wait for the update.
  const news = page.waitForResponse((response) => response.url().includes('/waitlist/my') && response.ok())
  await page.reload()
  await news
  await top.getByText('候补中 1').waitFor()
  assert.equal(await dialog.count(), 0)
  await close()
  assert.ok(refused.length > 0)
  assert.deepEqual(logins, [200])
})

test('refusing messages keeps the entry and says how to allow them later', async () => {
  const { page, top, button, dialog, close } = await whole.phone('refuse', 'pages/classes/index', { subscribe: 'reject' })
  const reported = page.waitForResponse((response) => response.url().endsWith('/subscriptions'))
  await top.getByRole('tab', { name: await dayName() }).click()
  await button(/^加入候补，体操 refuse/).click()
  await dialog.getByText(/有名额时微信不会提醒你/).waitFor()
  await dialog.getByText('知道了').click()
  await top.getByText('候补中 第 1 位').waitFor()
  assert.equal((await reported).status(), 200)
  await close()
  const { items } = await (await login(whole.edge, 'refuse')).get('/waitlist/my')
  assert.deepEqual(items.map((one) => one.status), ['waiting'])
})

test('a missed class is made up in a shorter one: the preview is correct, and the credit is spent, restored and revoked with the makeup', async () => {
  const family = await login(whole.edge, 'family')
  const credit = async () => (await family.get(`/compensation/balance?profile_id=${profileOf('family')}`)).available_minutes
  const { page, top, button, dialog, close, screenshot } = await whole.phone('family', 'pages/bookings/index')
  await button(/^不去了，少儿体操/).click()
  await dialog.getByRole('button', { name: '请假' }).click()
  await button(/^选补课，少儿体操/).click()
  await top.getByRole('radio', { name: /体操小班，原 60 分钟，补 45 分钟，补偿 15 分钟/ }).click()
  await screenshot('e2e-makeup-preview')
  assert.equal(await credit(), 0, 'a preview changes nothing')
  await button(/^确认补课/).click()
  await button(/^取消补课，体操小班/).waitFor()
  const { items: [makeup] } = await family.get('/makeup/my')
  assert.deepEqual([makeup.duration_difference, makeup.completion_type, await credit()], [15, 'partial', 15])

  await page.evaluate((address) => host.open(address), `pages/classes/detail?schedule=${TINY}&date=${date}`)
  await button('预约').click()
  await button(/^用补偿时长抵扣 15 分钟/).click()
  await button('查看预约').waitFor()
  assert.equal(await credit(), 0)

  await page.evaluate(() => host.open('pages/makeup/index'))
  await button(/^取消补课，体操小班/).click()
  await dialog.getByRole('button', { name: '取消补课' }).click()
  await dialog.getByText(/先取消用它的预约/).waitFor()
  await dialog.getByRole('button', { name: '查看预约' }).click()
  await button(/^不去了，体能小课/).click()
  await dialog.getByText(/抵扣的 15 分钟退回/).waitFor()
  await dialog.getByRole('button', { name: '取消预约' }).click()
  await button(/^不去了，体能小课/).waitFor({ state: 'detached' })
  assert.equal(await credit(), 15)

  await page.evaluate(() => host.open('pages/makeup/index'))
  await button(/^取消补课，体操小班/).click()
  await dialog.getByText(/补偿 15 分钟会收回/).waitFor()
  await dialog.getByRole('button', { name: '取消补课' }).click()
  await button(/^选补课，少儿体操/).waitFor()
  await close()
  assert.equal(await credit(), 0)
  const { items } = await family.get(`/compensation/history?profile_id=${profileOf('family')}`)
  assert.deepEqual(items.map((one) => one.kind), ['revoked', 'restored', 'used', 'granted'])
})

test('a class that is called off: everyone is told, the booking can be made up, and the waitlist ends', async () => {
  const waiting = await login(whole.edge, 'family')
  const entry = await waiting.post('/waitlist/join', { profile_id: profileOf('family'), course_schedule_id: CALLED_OFF, booking_date: date })
  const { page, top, button, close } = await whole.phone('off', 'pages/bookings/index')
  await button(/^不去了，蹦床/).waitFor()
  await (await login(whole.edge, 'staff')).post(`/sessions/${CALLED_OFF}/${date}/cancel`)
  await page.evaluate(() => host.show())
  await button(/^选补课，蹦床/).waitFor()
  await top.getByText('45 分钟 · 可以补课').waitFor()
  assert.equal(await button(/^不去了，蹦床/).count(), 0)
  await page.evaluate((address) => host.open(address), `pages/classes/detail?schedule=${CALLED_OFF}&date=${date}`)
  await top.getByText('已停课').waitFor()
  await close()
  assert.equal((await waiting.get(`/waitlist/${entry.id}`)).status, 'cancelled')
  const { items } = await client(whole.edge).get('/dev/messages')
  assert.deepEqual(items.filter((one) => one.template === 'class_cancelled').map((one) => one.openid).sort(), ['family', 'off'])
  await whole.backend.gym('doctor', '--dev-clock')
})
