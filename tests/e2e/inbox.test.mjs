// 消息 through the whole stack: what the service says appears, is counted and read, and opens what it is about, whether or
// not WeChat carried it. WeChat is a server here that a test can make refuse.
import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, test } from 'node:test'
import { client, login } from '../../tools/stack/client.mjs'
import { until } from '../../tools/stack/wait.mjs'
import { dayAfter, startWhole } from './whole.mjs'

const then = dayAfter(2)
const date = then.toISOString().slice(0, 10)
const weekday = then.getUTCDay() || 7

const people = ['holder', 'staff', 'family', 'silent', 'first', 'second']
const idOf = (openid) => people.indexOf(openid) + 1
const [RINGS, BEAM, LAST] = [1, 2, 3]

const world = {
  courses: [
    { id: RINGS, name: '吊环入门', category: '体操', duration_minutes: 60 },
    { id: BEAM, name: '平衡木', category: '体操', duration_minutes: 60 },
    { id: LAST, name: '蹦床', category: '体操', duration_minutes: 60 },
  ],
  schedules: [RINGS, BEAM, LAST].map((id) => ({ id, course_id: id, weekday, start_time: `${10 + id}:00`, capacity: 1 })),
  accounts: people.map((openid) => ({ id: idOf(openid), openid, role: openid === 'staff' ? 'staff' : 'member' })),
  profiles: people.map((openid) => ({ id: idOf(openid), account_id: idOf(openid), name: '林小满' })),
  bookings: [RINGS, BEAM].map((id) => ({ id, profile_id: idOf('holder'), course_schedule_id: id, booking_date: date, status: 'booked' })),
}

/** What WeChat says to a message to each openid; 0 where it takes it. */
const refusals = {}
let wechat, whole

/** WeChat: logins by our dev codes, an access token, and subscribe messages. */
function startWechat() {
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://wechat')
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const say = (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/sns/jscode2session') return say({ openid: url.searchParams.get('js_code').replace('dev:', ''), session_key: 'k' })
    if (url.pathname === '/cgi-bin/message/subscribe/send') {
      const errcode = refusals[JSON.parse(Buffer.concat(chunks)).touser] ?? 0
      return say({ errcode, errmsg: errcode ? 'user refuse to accept the msg' : 'ok' })
    }
    return say({ access_token: 'token', expires_in: 7200 })
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

const templates = Object.fromEntries(
  ['spot_available', 'expiry_reminder', 'waitlist_front', 'waitlist_left', 'waitlist_closed', 'waitlist_lapsed', 'class_cancelled', 'credit_expiring', 'makeup_expiring'].map(
    (name) => [name, { id: name, fields: { course: 'thing1', note: 'thing5' } }],
  ),
)

before(async () => {
  wechat = await startWechat()
  whole = await startWhole(people.map((openid) => ({ openid, name: openid })), { wechat: `http://127.0.0.1:${wechat.address().port}`, templates })
  await whole.load(world)
})

after(async () => {
  await whole?.stop()
  wechat?.close()
})

const INBOX = 'pages/notifications/waitlist'

/** Joins the full class as `openid`. */
async function joins(openid, schedule) {
  const parent = await login(whole.edge, openid)
  const entry = await parent.post('/waitlist/join', { profile_id: idOf(openid), course_schedule_id: schedule, booking_date: date })
  return { parent, entry }
}

/** Waits until the newest message of a kind has been tried; returns what became of it. */
async function delivered(parent, kind) {
  let delivery
  await until(`the delivery of ${kind}`, async () => {
    await client(whole.edge).post('/dev/sweep')
    delivery = (await parent.get('/messages/my')).items.find((one) => one.kind === kind)?.delivery
    return delivery && delivery !== 'pending'
  })
  return delivery
}

test('an offer that WeChat refused is in 消息, is counted, read once it was shown, and opens the entry that it is about', async () => {
  refusals.family = 43101
  const { parent, entry } = await joins('family', RINGS)
  await (await login(whole.edge, 'holder')).delete(`/bookings/${RINGS}`)
  assert.equal(await delivered(parent, 'spot_available'), 'undeliverable')
  const { page, top, button, close, screenshot } = await whole.phone('family', 'pages/classes/index')
  await button('消息，1 条未读').click()
  const offer = top.getByRole('link', { name: /^未读，有名额了，.*吊环入门/ })
  await offer.waitFor()
  await offer.getByText('微信没有通知到：当时没有打开提醒').waitFor()
  await screenshot('e2e-inbox')
  await until('the mark as read', async () => (await parent.get('/messages/my')).unread === 0)
  await offer.click()
  await button('立即预约').first().waitFor()
  assert.deepEqual(await page.evaluate(() => host.stack().at(-1)), 'pages/waitlist/detail')
  assert.equal(await page.evaluate(() => String(host.page().entryId)), String(entry.id))
  await page.evaluate(() => host.open('pages/classes/index'))
  await button('消息', { exact: true }).waitFor()
  await close()
})

test('a class that is called off is told to who booked it, and the message leads to what became of it', async () => {
  const { page, top, button, close } = await whole.phone('holder', INBOX)
  await (await login(whole.edge, 'staff')).post(`/sessions/${BEAM}/${date}/cancel`)
  assert.equal(await delivered(await login(whole.edge, 'holder'), 'class_cancelled'), 'delivered')
  await page.evaluate(() => host.show())
  const message = top.getByRole('link', { name: /课程已取消，.*平衡木/ })
  await message.waitFor()
  await message.click()
  await top.getByText('已停课').first().waitFor()
  await button('查看预约').waitFor()
  await close()
})

test('two parents tap the last seat: one has it, the other joins the waitlist in the same breath', async () => {
  const address = `pages/classes/detail?schedule=${LAST}&date=${date}`
  const phones = await Promise.all(['first', 'second'].map((openid) => whole.phone(openid, address)))
  for (const { button } of phones) await button('预约').waitFor()
  await Promise.all(phones.map(({ button }) => button('预约').click()))
  const lost = await Promise.race(
    phones.map(async (phone) => {
      await phone.dialog.getByText('名额刚刚约满了，可以加入候补。').waitFor()
      return phone
    }),
  )
  const won = phones.find((phone) => phone !== lost)
  await won.button('查看预约').waitFor()
  await lost.dialog.getByRole('button', { name: '加入候补' }).click()
  await lost.top.getByText('候补中 第 1 位').waitFor()
  await lost.screenshot('e2e-last-seat')
  assert.equal(await lost.dialog.count(), 0)
  for (const { close } of phones) await close()
  const rows = await Promise.all(['first', 'second'].map(async (openid) => {
    const parent = await login(whole.edge, openid)
    return [(await parent.get('/bookings/my')).items.length, (await parent.get('/waitlist/my')).items.length]
  }))
  assert.deepEqual(rows.sort(), [[0, 1], [1, 0]])
  await whole.backend.gym('doctor', '--dev-clock')
})
