// The desk through the whole stack: the page in Chromium, which the edge serves, the backend, the database. Each story has
// its own class, on the day of the service's clock.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accounts, startDesk, WIDTHS } from './desk.mjs'

const NAMES = ['王小一', '李小二', '张小三', '<b>粗体</b>', `长${'名'.repeat(98)}子`, '👩‍👧 小朋友', '赵小七', '钱小八', '孙小九', '周小十', '吴十一', '郑十二']
const SIZES = Object.keys(WIDTHS)
/** A class of each story, and of each width where both play it. */
const [TWELVE, UNTOLD, WALK_IN, QUEUE] = [[1, 2], [3, 4], [5, 6], [7, 8]].map(([phone, desk]) => ({ phone, desk }))
const KEYS = { phone: 9, desk: 13 }
const [ROLE, TWO, CHILD, NIGHT] = [10, 12, 14, 15]
const LATE = { phone: 16, desk: 17 }
/** Children without a family. */
const ALONE = { phone: 41, desk: 42 }

let gym

before(async () => {
  gym = await startDesk(({ date, weekday }) => {
    const slot = (id, start_time, capacity) => ({ id, course_id: 1, weekday, start_time, capacity, coach_name: '王教练', room: '大厅' })
    const booked = (id, profile_id, course_schedule_id) => ({ id, profile_id, course_schedule_id, booking_date: date, status: 'booked' })
    return {
      courses: [{ id: 1, name: '体操基础', category: '体操', duration_minutes: 60 }],
      schedules: [
        slot(TWELVE.phone, '14:30', 12), slot(TWELVE.desk, '16:00', 12), slot(UNTOLD.phone, '17:15', 4), slot(UNTOLD.desk, '18:15', 4),
        slot(WALK_IN.phone, '19:15', 2), slot(WALK_IN.desk, '20:15', 2), slot(QUEUE.phone, '21:15', 1), slot(QUEUE.desk, '22:15', 1),
        slot(ROLE, '21:40', 4), slot(KEYS.phone, '13:15', 3), slot(KEYS.desk, '13:30', 3), slot(TWO, '15:30', 2), slot(CHILD, '21:50', 4), slot(LATE.phone, '16:01', 4), slot(LATE.desk, '16:02', 4),
        // On the next day.
        { ...slot(NIGHT, '18:00', 1), weekday: (weekday % 7) + 1 },
      ],
      accounts,
      profiles: [
        ...NAMES.map((name, index) => ({ id: 11 + index, account_id: 1, name })),
        ...SIZES.map((size) => ({ id: ALONE[size], name: '没有家长' })),
      ],
      bookings: [
        ...SIZES.flatMap((size) => NAMES.map((_, index) => booked(100 * TWELVE[size] + index, 11 + index, TWELVE[size]))),
        ...[11, 12].map((child) => booked(child, child, TWO)),
      ],
    }
  })
})

after(() => gym?.stop())

test('the edge serves the files of the page as the backend does, and everything else as before', async () => {
  const headers = ['cache-control', 'content-security-policy', 'content-type', 'referrer-policy', 'x-content-type-options']
  const html = await (await fetch(`${gym.edge}/desk/`)).text()
  const [script] = html.match(/\/desk\/assets\/[^"]+\.js/)
  const [style] = html.match(/\/desk\/assets\/[^"]+\.css/)
  for (const file of ['/desk/', script, style, '/desk/icon.svg']) {
    const [here, there] = await Promise.all([gym.edge, gym.backend.url].map((base) => fetch(base + file)))
    assert.equal(here.status, 200, file)
    // A charset or a letter's case says nothing else.
    const said = (answer) => headers.map((name) => `${name}: ${answer.headers.get(name)?.toLowerCase().replace('; charset=utf-8', '')}`)
    assert.deepEqual(said(here), said(there), file)
    assert.equal(await here.text(), await there.text(), file)
    assert.equal(here.headers.get('strict-transport-security'), 'max-age=31536000', file)
  }
  assert.equal((await fetch(gym.edge + script)).headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.equal((await fetch(`${gym.edge}/desk/`)).headers.get('cache-control'), 'no-cache')
  // What is no file of the page is the worker's to answer.
  for (const path of ['/desk/assets/gone.js', '/desk/nowhere', '/_headers', '/']) {
    const answer = await fetch(gym.edge + path)
    assert.deepEqual([answer.status, (await answer.json()).code], [404, 'not_found'], path)
  }
  const coach = await gym.as('coach')
  const read = (etag) =>
    fetch(`${gym.edge}/api/v1/desk/day?date=${gym.day}`, { headers: { authorization: `Bearer ${coach.token}`, ...(etag && { 'if-none-match': etag }) } })
  const day = await read()
  assert.deepEqual([day.status, day.headers.get('cache-control')], [200, 'private, no-store'])
  assert.equal((await read(day.headers.get('etag'))).status, 304)
})

/** A story that is played on a phone and on a computer. */
function story(title, play) {
  for (const size of SIZES) test(`${title} (${size})`, () => play(size))
}

story('the day shows every class, and nothing is wider than the page', async (size) => {
  const coach = await gym.open('coach', { size })
  await coach.page.getByText('体操基础').first().waitFor()
  assert.equal(await coach.page.getByText('体操基础').count(), 15)
  await coach.look(`day-${size}`)
  await coach.close()
})

story('a walk-in is booked, and the booking of the wrong child taken back', async (size) => {
  const front = await gym.open('front', { size })
  await front.class(WALK_IN[size])
  await front.button('加人').click()
  await front.page.getByLabel('按名字或电话找孩子').fill('王小')
  await front.dialog.getByText('王小一').waitFor()
  await front.look(`find-${size}`, { fullPage: false })
  await front.button('预约').click()
  await front.page.getByText('给 王小一 预约：已约好').waitFor()
  await front.button('王小一 不来了').click()
  await front.look(`give-up-${size}`, { fullPage: false })
  await front.dialog.getByRole('button', { name: '取消预约' }).click()
  await front.page.getByText('取消 王小一 的预约：已取消').waitFor()
  await front.page.getByText('还没有人。').waitFor()
  await front.close()
})

story('a class is called off after the desk has said whom it cannot reach', async (size) => {
  const staff = await gym.as('front')
  for (const profile_id of [11, ALONE[size]]) {
    await staff.post('/bookings', { profile_id, course_schedule_id: UNTOLD[size], booking_date: gym.day })
  }
  const front = await gym.open('front', { size })
  await front.class(UNTOLD[size])
  await front.button('停课').click()
  await front.dialog.getByText('1 个孩子通知不到').waitFor()
  await front.dialog.getByText('没有家长').waitFor()
  await front.look(`call-off-${size}`, { fullPage: false })
  await front.dialog.getByRole('button', { name: '停课', exact: true }).click()
  await front.page.getByText('这节课已停课。').waitFor()
  await front.close()
})

story('the first in the queue is offered the seat that staff add, and the desk counts down', async (size) => {
  const staff = await gym.as('front')
  const place = { course_schedule_id: QUEUE[size], booking_date: gym.day }
  await staff.post('/bookings', { profile_id: 12, ...place })
  await staff.post('/waitlist/join', { profile_id: 13, ...place })
  const front = await gym.open('front', { size })
  await front.class(QUEUE[size])
  await front.page.getByLabel('第 1 位').waitFor()
  await front.button('改人数').click()
  await front.page.getByLabel('名额', { exact: true }).fill('2')
  await front.look(`seats-${size}`, { fullPage: false })
  await front.dialog.getByRole('button', { name: '改', exact: true }).click()
  await front.page.getByText('等待确认').waitFor()
  assert.match(await front.page.getByRole('timer').innerText(), /\d/)
  await front.look(`offer-${size}`)
  await front.close()
})

const later = (days) => new Date(Date.parse(gym.day) + days * 86_400_000)

story('a child is shown as its family sees it, and is given minutes and a longer right to a makeup', async (size) => {
  const [child, name] = size === 'phone' ? [20, '周小十'] : [21, '吴十一']
  const staff = await gym.as('front')
  const { id } = await staff.post('/bookings', { profile_id: child, course_schedule_id: CHILD, booking_date: gym.day })
  await staff.post(`/bookings/${id}/leave`)
  const front = await gym.open('front', { size })
  const { page, dialog } = front
  await front.goto('/families')
  await page.getByLabel('按名字或电话找孩子').fill(name)
  await page.getByRole('link', { name: `打开 ${name}` }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
  await page.getByText('微信已送达').first().waitFor()
  await front.look(`child-${size}`)

  await front.button(/^补偿 今天 21:50 体操基础$/).click()
  await dialog.getByLabel('分钟').fill('20')
  await dialog.getByRole('button', { name: '补偿' }).click()
  assert.equal(await dialog.getByLabel('原因').evaluate((one) => one.matches(':focus:invalid')), true, 'a reason is asked for')
  await dialog.getByLabel('原因').fill('教练迟到')
  await front.look(`goodwill-${size}`, { fullPage: false })
  await dialog.getByRole('button', { name: '补偿' }).click()
  await page.getByText('20 / 20 分钟').waitFor()
  await page.getByText('场馆补偿').waitFor()

  const until = later(60)
  await front.button(/^补课期限 今天 21:50 体操基础$/).click()
  await dialog.getByLabel('最晚补到这一天').fill(until.toISOString().slice(0, 10))
  await dialog.getByLabel('原因').fill('住院')
  await front.look(`right-${size}`, { fullPage: false })
  await dialog.getByRole('button', { name: '确定' }).click()
  await page.getByText(`可补课至 ${until.getUTCMonth() + 1}月${until.getUTCDate()}日`, { exact: true }).waitFor()
  await front.look(`child-given-${size}`)
  await front.close()
})

/** Presses Tab until what `locator` names has the focus. */
async function tabTo(page, locator) {
  await locator.waitFor()
  for (let left = 80; left > 0; left -= 1) {
    if (await locator.evaluate((one) => one.contains(document.activeElement))) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`Tab never reaches ${locator}`)
}

story('with the keyboard alone: a child is found, a child is added to a class, a class is called off', async (size) => {
  const front = await gym.open('front', { size })
  const { page, dialog } = front
  const search = page.getByLabel('按名字或电话找孩子')
  await tabTo(page, page.getByRole('link', { name: '家庭', exact: true }))
  await page.keyboard.press('Enter')
  await tabTo(page, search)
  await page.keyboard.type('赵小')
  await tabTo(page, front.button('赵小七 的添加码'))
  await page.keyboard.press('Enter')
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.equal(await front.button('赵小七 的添加码').evaluate((one) => one === document.activeElement), true)

  await front.class(KEYS[size])
  await tabTo(page, front.button('加人'))
  await page.keyboard.press('Enter')
  await search.waitFor()
  // A dialog that one opens to search begins in its search field.
  assert.equal(await search.evaluate((one) => one === document.activeElement), true)
  await page.keyboard.type('张小')
  await tabTo(page, dialog.getByRole('button', { name: '预约' }))
  await page.keyboard.press('Enter')
  await page.getByText('给 张小三 预约：已约好').waitFor()
  await dialog.waitFor({ state: 'detached' })
  assert.equal(await front.button('加人').evaluate((one) => one === document.activeElement), true)

  await tabTo(page, front.button('停课'))
  await page.keyboard.press('Enter')
  await tabTo(page, dialog.getByRole('button', { name: '停课', exact: true }))
  await page.keyboard.press('Enter')
  await page.getByText('这节课已停课。').waitFor()
  await front.close()
})

test('two coaches on one class see what the other does, and agree where both tap at once', async () => {
  await gym.at('15:35')
  const [phone, desk] = await Promise.all([gym.open('coach', { size: 'phone' }), gym.open('coach2')])
  const mark = (coach, name, word, options) =>
    coach.page.getByRole('group', { name: new RegExp(name) }).getByRole('button', { name: word, exact: true, ...options })
  const shows = (name, word) => Promise.all([phone, desk].map((coach) => mark(coach, name, word, { pressed: true }).waitFor()))
  await Promise.all([phone.class(TWO), desk.class(TWO)])
  await mark(phone, '王小一', '到').click()
  await shows('王小一', '到')
  await mark(desk, '王小一', '缺').click()
  await shows('王小一', '缺')
  await Promise.all([mark(phone, '李小二', '到').click(), mark(desk, '李小二', '缺').click()])
  await Promise.all([phone, desk].map((coach) => coach.page.getByText(/李小二(到了|缺课)/).waitFor()))
  const staff = await gym.as('front')
  const { roster } = await staff.get(`/desk/sessions/${TWO}/${gym.day}`)
  const { status } = roster.find((row) => row.profile.name === '李小二').booking
  await shows('李小二', status === 'completed' ? '到' : '缺')
  await phone.close()
  await desk.close()
})

/** Gives the account a role on the owner's page. */
async function giveRole(account, role) {
  const owner = await gym.open('owner')
  await owner.page.getByRole('link', { name: '人员' }).click()
  await owner.page.getByLabel('按名字或账号找人').fill(String(account))
  await owner.button('查找').click()
  const row = owner.page.getByRole('listitem').filter({ hasText: String(account) })
  await row.waitFor()
  await row.getByRole('button', { name: '改角色' }).click()
  await owner.look(`role-${role}`, { fullPage: false })
  await owner.dialog.getByText(role, { exact: true }).click()
  await owner.button('确定').click()
  await owner.page.getByText(new RegExp(`设为${role}`)).waitFor()
  await owner.close()
}

test('a coach whose role is taken logs in again and sees what is left to see', async () => {
  const coach = await gym.open('coach')
  await coach.class(ROLE)
  await coach.page.getByRole('heading', { name: /体操基础/ }).waitFor()
  await giveRole(3, '家长')
  await coach.page.getByRole('heading', { name: '前台登录' }).waitFor({ timeout: 60_000 })
  await coach.page.getByText('登录已失效，请重新登录。').waitFor()
  await coach.close()
})

test('a parent who becomes staff while the login page is open is let in by the phone', async () => {
  const page = await gym.open(null)
  const code = (await page.page.getByLabel(/^登录码/).innerText()).replace('-', '')
  await page.look('login')
  await page.enter('newcomer')
  await page.page.getByText(/这是家长的账号/).waitFor()
  const parent = await gym.as('newcomer')
  await assert.rejects(parent.post('/auth/device/approve', { user_code: code, approve: true }), (error) => error.problem.code === 'forbidden')
  await giveRole(6, '前台')
  const phone = await gym.phone('newcomer', 'pages/me/index')
  await phone.top.getByText('登录前台').click()
  await phone.top.locator('input').fill(code)
  await phone.button('下一步').click()
  await phone.button('允许登录').click()
  await phone.top.getByText('已允许登录').waitFor()
  await phone.close()
  await page.page.getByRole('link', { name: '家庭', exact: true }).waitFor()
  assert.equal(await page.page.getByRole('link', { name: '人员', exact: true }).count(), 0)
  await page.close()
})

story('twelve children are marked in one request, and a line that is cut in the middle loses nothing', async (size) => {
  await gym.at(size === 'phone' ? '16:05' : '16:06')
  const front = await gym.open('front', { size })
  await front.class(TWELVE[size])
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
  await front.look(`cut-${size}`, { fullPage: false })
  await front.button('再试一次').click()
  await front.page.getByText('12 个孩子到了：已完成').waitFor()
  await front.page.getByRole('group', { name: /王小一/ }).getByRole('button', { name: '到', pressed: true }).waitFor()
  assert.equal(await front.page.getByRole('button', { name: '到', pressed: true }).count(), 12)
  await front.look(`marked-${size}`)
  await front.close()
})

story('a child who comes late is booked with a reason, and taken off again where it was the wrong one', async (size) => {
  const front = await gym.open('front', { size })
  const { page, dialog } = front
  await front.class(LATE[size])
  await front.button('加人').click()
  await page.getByLabel('按名字或电话找孩子').fill('没有')
  const book = dialog.getByRole('button', { name: '预约' }).first()
  await book.waitFor()
  assert.equal(await book.isDisabled(), true, 'a reason is asked for')
  await dialog.getByLabel('原因').fill('路上堵车')
  await front.look(`late-${size}`, { fullPage: false })
  await book.click()
  await page.getByText('给 没有家长 预约：已约好').waitFor()
  await page.getByText('“路上堵车”').waitFor()
  await front.button('没有家长 不来了').click()
  await dialog.getByRole('button', { name: '取消预约' }).click()
  await page.getByText('还没有人。').waitFor()
  await front.close()
})

test('leave that is too late is taken with a reason, and can be made up', async () => {
  const staff = await gym.as('front')
  await staff.post('/bookings', { profile_id: 19, course_schedule_id: ROLE, booking_date: gym.day })
  const front = await gym.open('front', { size: 'phone' })
  const { page, dialog, button } = front
  await front.class(ROLE)
  await button('孙小九 不来了').click()
  await dialog.getByRole('button', { name: '请假', exact: true }).click()
  await dialog.getByLabel('原因').fill('发烧')
  await front.look('leave-late', { fullPage: false })
  await dialog.getByRole('button', { name: '仍按请假处理' }).click()
  await page.getByText('给 孙小九 请假：已登记').waitFor()
  await page.getByText('“发烧”').waitFor()
  await page.getByText('请假', { exact: true }).waitFor()
  await front.close()
})

test('at night the desk offers a seat out of turn, and the record keeps why', async () => {
  const date = later(1).toISOString().slice(0, 10)
  const place = { course_schedule_id: NIGHT, booking_date: date }
  const staff = await gym.as('front')
  await staff.post('/bookings', { profile_id: 14, ...place })
  for (const profile_id of [15, 16]) await staff.post('/waitlist/join', { profile_id, ...place })
  await gym.at('23:00')
  const front = await gym.open('front', { size: 'phone' })
  const { page, dialog } = front
  await front.class(NIGHT, date)
  await page.getByLabel('第 2 位').waitFor()
  assert.equal(await front.button('越序通知').count(), 0, 'no seat is free')
  await staff.put(`/sessions/${NIGHT}/${date}/capacity`, { capacity: 2 })
  await front.button('越序通知').click()
  await dialog.getByLabel('原因').fill('明天早上要坐飞机')
  await front.look('out-of-turn', { fullPage: false })
  await dialog.getByRole('button', { name: '通知' }).click()
  await page.getByText('等待确认').waitFor()
  await page.getByText('“明天早上要坐飞机”').waitFor()
  await front.close()
  const owner = await gym.open('owner')
  await owner.goto('/record')
  await owner.page.getByRole('listitem').filter({ hasText: '通知了候补' }).getByText('“明天早上要坐飞机”').waitFor()
  await owner.look('record')
  await owner.close()
})
