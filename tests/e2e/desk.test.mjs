// The desk through the whole stack: the page in Chromium, the backend, the database. Each story has its own class, on the
// day of the service's clock.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { launch } from '../../tools/browser/lib/browser.mjs'
import { root, startBackend } from '../../tools/stack/backend.mjs'
import { client, login } from '../../tools/stack/client.mjs'

const ZONE = 8 * 60 * 60 * 1000
const WIDTHS = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 860 } }
const NAMES = ['王小一', '李小二', '张小三', '<b>粗体</b>', `长${'名'.repeat(98)}子`, '👩‍👧 小朋友', '赵小七', '钱小八', '孙小九', '周小十', '吴十一', '郑十二']
const [TWELVE, UNTOLD, WALK_IN, QUEUE, ROLE] = [1, 2, 3, 4, 5]

let varDir, backend, browser, day

before(async () => {
  varDir = mkdtempSync(path.join(os.tmpdir(), 'gym-desk-'))
  backend = await startBackend({ varDir, args: ['--desk', path.join(root, 'desk/dist')] })
  browser = await launch()
  const { now } = await client(backend.url).get('/time')
  const local = new Date(Date.parse(now) + ZONE)
  // The next day at noon: every class is still to come, and quiet hours are over.
  const tomorrow = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + 1))
  day = tomorrow.toISOString().slice(0, 10)
  await client(backend.url).put('/dev/clock', { now: new Date(tomorrow.getTime() - ZONE + 8 * 3600_000).toISOString() })
  const weekday = tomorrow.getUTCDay() || 7
  const slot = (id, start_time, capacity) => ({ id, course_id: 1, weekday, start_time, capacity, coach_name: '王教练', room: '大厅' })
  const world = {
    courses: [{ id: 1, name: '体操基础', category: '体操', duration_minutes: 60 }],
    schedules: [slot(TWELVE, '16:00', 12), slot(UNTOLD, '17:30', 4), slot(WALK_IN, '19:00', 2), slot(QUEUE, '20:30', 1), slot(ROLE, '21:40', 4)],
    accounts: [
      { id: 1, openid: 'family', role: 'member' },
      { id: 2, openid: 'front', role: 'staff' },
      { id: 3, openid: 'coach', role: 'coach' },
      { id: 4, openid: 'owner', role: 'owner' },
    ],
    profiles: [...NAMES.map((name, index) => ({ id: 11 + index, account_id: 1, name })), { id: 40, name: '没有家长' }],
    bookings: NAMES.map((_, index) => ({ id: 11 + index, profile_id: 11 + index, course_schedule_id: TWELVE, booking_date: day, status: 'booked' })),
  }
  const file = path.join(varDir, 'world.json')
  writeFileSync(file, JSON.stringify(world))
  await backend.gym('fixtures', 'load', file)
})

after(async () => {
  await browser?.close()
  await backend?.stop()
  rmSync(varDir, { recursive: true, force: true })
})

/** Opens the desk in a browser profile of its own, logged in by the dev clock's way. */
async function desk(openid, { size = 'desk' } = {}) {
  const context = await browser.newContext({ viewport: WIDTHS[size], locale: 'zh-CN' })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(`${backend.url}/desk/`)
  await page.getByLabel('以某个账号登录').fill(openid)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await page.getByRole('heading', { name: '今天' }).waitFor()
  return {
    page,
    button: (name) => page.getByRole('button', { name }),
    open: (slot) => page.goto(`${backend.url}/desk/#/class/${slot}/${day}`),
    async close() {
      await context.close()
      assert.deepEqual(errors, [])
    },
  }
}

const at = (time) => client(backend.url).put('/dev/clock', { now: new Date(Date.parse(`${day}T${time}:00+08:00`)).toISOString() })

for (const size of Object.keys(WIDTHS)) {
  test(`the day shows every class, and nothing is wider than the page (${size})`, async () => {
    const { page, close } = await desk('coach', { size })
    await page.getByText('体操基础').first().waitFor()
    assert.equal(await page.getByText('体操基础').count(), 5)
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
    await close()
  })
}

test('a walk-in is booked, and the booking of the wrong child taken back', async () => {
  const front = await desk('front')
  await front.open(WALK_IN)
  await front.button('加人').click()
  await front.page.getByLabel('按名字或电话找孩子').fill('王小')
  await front.button('预约').click()
  await front.page.getByText('给 王小一 预约：已约好').waitFor()
  await front.button('取消 王小一 的预约').click()
  await front.page.getByText('取消 王小一 的预约', { exact: true }).first().waitFor()
  await front.page.getByText('还没有人。').waitFor()
  await front.close()
})

test('a class is called off after the desk has said whom it cannot reach', async () => {
  const staff = await login(backend.url, 'front')
  for (const profile_id of [11, 40]) await staff.post('/bookings', { profile_id, course_schedule_id: UNTOLD, booking_date: day })
  const front = await desk('front')
  await front.open(UNTOLD)
  await front.button('停课').click()
  const dialog = front.page.getByRole('dialog')
  await dialog.getByText('1 个孩子通知不到').waitFor()
  await dialog.getByText('没有家长').waitFor()
  await dialog.getByRole('button', { name: '停课', exact: true }).click()
  await front.page.getByText('这节课已停课。').waitFor()
  await front.close()
})

test('the first in the queue is offered the seat that staff add, and the desk counts down', async () => {
  const staff = await login(backend.url, 'front')
  await staff.post('/bookings', { profile_id: 12, course_schedule_id: QUEUE, booking_date: day })
  await staff.post('/waitlist/join', { profile_id: 13, course_schedule_id: QUEUE, booking_date: day })
  const front = await desk('front')
  await front.open(QUEUE)
  await front.page.getByText('张小三').waitFor()
  await front.button('改人数').click()
  await front.page.getByLabel('名额', { exact: true }).fill('2')
  await front.page.getByRole('dialog').getByRole('button', { name: '改', exact: true }).click()
  await front.page.getByText('等待确认').waitFor()
  assert.match(await front.page.getByRole('timer').innerText(), /\d/)
  await front.close()
})

test('a coach whose role is taken logs in again and sees what is left to see', async () => {
  const coach = await desk('coach')
  await coach.open(ROLE)
  await coach.page.getByRole('heading', { name: /体操基础/ }).waitFor()
  const owner = await desk('owner')
  await owner.page.getByRole('link', { name: '人员' }).click()
  await owner.page.getByLabel('按名字或账号找人').fill('3')
  await owner.button('查找').click()
  await owner.page.getByRole('listitem').filter({ hasText: '教练' }).getByRole('button', { name: '改角色' }).click()
  await owner.page.getByText('家长', { exact: true }).last().click()
  await owner.button('确定').click()
  await owner.page.getByText(/设为家长/).waitFor()
  await coach.page.getByRole('heading', { name: '前台登录' }).waitFor({ timeout: 60_000 })
  await owner.close()
  await coach.close()
})

test('twelve children are marked in one request, and a line that is cut in the middle loses nothing', async () => {
  await at('16:05')
  const front = await desk('front')
  await front.open(TWELVE)
  await front.page.getByText('王小一').waitFor()
  assert.equal(await front.page.locator('b').filter({ hasText: '粗体' }).innerText(), '<b>粗体</b>')
  let cut = true
  await front.page.route('**/attendance', async (route) => {
    if (!cut) return route.continue()
    cut = false
    // The service hears the request and does it; the page hears nothing.
    await route.fetch()
    await route.abort('connectionreset')
  })
  await front.button('其余 12 人都到了').click()
  await front.page.getByText('还不知道有没有成功').first().waitFor()
  await front.button('再试一次').click()
  await front.page.getByText('12 个孩子到了：已完成').waitFor()
  await front.page.getByRole('group', { name: /王小一/ }).getByRole('button', { name: '到', pressed: true }).waitFor()
  const marked = await front.page.getByRole('button', { name: '到', pressed: true }).count()
  assert.equal(marked, 12)
  await front.close()
})
