// Who may do what, through the whole stack: a family comes in by a code, invites the second parent, and both act for the
// child; a coach lets the front desk's page in, and cannot any more once the role is taken.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { client, login } from '../../tools/stack/client.mjs'
import { dayAfter, startWhole } from './whole.mjs'

const then = dayAfter(2)
const date = then.toISOString().slice(0, 10)
const weekday = then.getUTCDay() || 7

const roles = { staff: 'staff', owner: 'owner', coach: 'coach', leaving: 'coach' }
/** `newcomer` and `father` have no account before they open the mini-program. */
const people = ['holder', 'mother', 'staff', 'owner', 'coach', 'leaving']
const idOf = (openid) => people.indexOf(openid) + 1
const [FULL, FREE] = [1, 2]
const [HOLDER, MAN, YU] = [1, 2, 3]

const world = {
  courses: [
    { id: FULL, name: '吊环入门', category: '体操', duration_minutes: 60 },
    { id: FREE, name: '蹦床', category: '体操', duration_minutes: 60 },
  ],
  schedules: [
    { id: FULL, course_id: FULL, weekday, start_time: '18:00', capacity: 1 },
    { id: FREE, course_id: FREE, weekday, start_time: '20:00', capacity: 4 },
  ],
  accounts: people.map((openid) => ({ id: idOf(openid), openid, role: roles[openid] ?? 'member' })),
  profiles: [
    { id: HOLDER, account_id: idOf('holder'), name: '周一鸣' },
    { id: MAN, account_id: idOf('mother'), name: '林小满' },
    // Nobody's child yet: its family comes with a code.
    { id: YU, name: '欧小雨' },
  ],
  bookings: [{ id: 1, profile_id: HOLDER, course_schedule_id: FULL, booking_date: date, status: 'booked' }],
}

const ADD = 'pages/me/add-child'
const CLASS = `pages/classes/detail?schedule=${FREE}&date=${date}`
const LIST = 'pages/waitlist/index'
const ME = 'pages/me/index'
const DESK = 'pages/me/desk-login'

let whole

before(async () => {
  whole = await startWhole([...people, 'newcomer', 'father'].map((openid) => ({ openid, name: openid })))
  await whole.load(world)
})

after(() => whole?.stop())

test('a family without a child adds it by the code of the front desk, however it is typed, and books', async () => {
  const staff = await login(whole.edge, 'staff')
  const { code } = await staff.post(`/profiles/${YU}/claim-code`)
  const { page, top, button, dialog, close, screenshot } = await whole.phone('newcomer', 'pages/classes/index')
  await button('添加孩子').click()
  const field = top.locator('input')
  await field.fill('BBBB-BBBB')
  await button('添加孩子').click()
  await top.getByText('没有找到这个添加码').waitFor()
  await screenshot('e2e-wrong-code')
  await field.fill(code.toLowerCase())
  await button('添加孩子').click()
  await top.getByText('已添加欧小雨').waitFor()
  await screenshot('e2e-added')
  await page.evaluate((address) => host.open(address), CLASS)
  await button('预约').click()
  await button('查看预约').waitFor()
  assert.equal(await dialog.count(), 0)
  await close()
  const family = await login(whole.edge, 'newcomer')
  assert.deepEqual(family.profiles.map((one) => one.id), [YU])
  assert.deepEqual((await family.get('/bookings/my')).items.map((one) => [one.profile_id, one.status]), [[YU, 'booked']])
  const { items } = await staff.get(`/profiles/${YU}/guardians`)
  assert.deepEqual(items.map((one) => [one.account_id, one.first, one.told]), [[family.account, true, true]])
})

test('the second parent is invited by a card, and answers an offer first: the first parent, who taps too, has the same booking', async () => {
  const mother = await login(whole.edge, 'mother')
  const entry = await mother.post('/waitlist/join', { profile_id: MAN, course_schedule_id: FULL, booking_date: date })

  const inviting = await whole.phone('mother', `pages/me/guardians?profile=${MAN}`)
  await inviting.button('邀请家人').click()
  await inviting.button('发给家人').click()
  await inviting.dialog.getByText('邀请你一起照看林小满的体操课').waitFor()
  await inviting.dialog.getByRole('button', { name: '发送' }).click()
  await inviting.screenshot('e2e-invitation')
  const card = await inviting.page.evaluate(() => host.shared())

  const invited = await whole.phone('father', card.path.slice(1))
  await invited.button('添加孩子').click()
  await invited.top.getByText('已添加林小满').waitFor()
  await invited.screenshot('e2e-invited')
  const father = await login(whole.edge, 'father')
  await inviting.page.evaluate(() => host.show())
  await inviting.button(`移除账号 ${father.account}`).waitFor()
  await inviting.screenshot('e2e-both-parents')

  await (await login(whole.edge, 'holder')).delete('/bookings/1')
  const { items: told } = await client(whole.edge).get('/dev/messages')
  assert.deepEqual(told.filter((one) => one.template === 'spot_available').map((one) => one.openid).sort(), ['father', 'mother'])
  for (const { page } of [inviting, invited]) await page.evaluate((address) => host.open(address), LIST)
  await inviting.button('立即预约').waitFor()
  // From here on the mother's list hears nothing new: she taps what she saw.
  await inviting.page.route('**/waitlist/my**', (route) => route.abort())
  await invited.button('立即预约').click()
  await invited.top.getByText('预约成功').waitFor()
  await inviting.button('立即预约').click()
  await inviting.top.getByText('预约成功').waitFor()
  await inviting.screenshot('e2e-same-answer')
  for (const { close } of [inviting, invited]) await close()
  for (const parent of [mother, father]) {
    assert.equal((await parent.get(`/waitlist/${entry.id}`)).status, 'confirmed')
    assert.deepEqual((await parent.get('/bookings/my')).items.map((one) => [one.profile_id, one.status]), [[MAN, 'booked']])
  }
  await whole.backend.gym('doctor', '--dev-clock')
})

/** A page of the front desk that asks to be logged in, and its one question about the token. */
async function deskPage() {
  const response = await fetch(`${whole.edge}/api/v1/auth/device`, {
    method: 'POST',
    headers: { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36' },
  })
  const { device_code: device, user_code: code } = await response.json()
  const token = () => client(whole.edge).post('/auth/device/token', { device_code: device }).catch(({ problem }) => problem)
  return { code, token }
}

/** The phone of somebody who works at the gym, which asks whether the page with `code` may log in. */
async function atTheQuestion(openid, code) {
  const phone = await whole.phone(openid, ME)
  await phone.top.getByRole('link', { name: '登录前台' }).click()
  await phone.top.locator('input').fill(code)
  await phone.button('下一步').click()
  await phone.top.getByText('Windows 电脑 · Chrome').waitFor()
  return phone
}

test("a coach lets the front desk's page in by its code, and sends another one away", async () => {
  const welcome = await deskPage()
  const approving = await atTheQuestion('coach', welcome.code)
  await approving.screenshot('e2e-desk-login')
  await approving.button('允许登录').click()
  await approving.top.getByText('已允许登录').waitFor()
  await approving.close()
  const { token, role, account_id: account } = await welcome.token()
  assert.deepEqual([role, account], ['coach', idOf('coach')])
  assert.deepEqual((await client(whole.edge, token).get('/profiles')).items, [])
  assert.equal((await welcome.token()).code, 'expired_token', 'one login a code')

  const stranger = await deskPage()
  const denying = await atTheQuestion('coach', stranger.code)
  await denying.button('拒绝').click()
  await denying.top.getByText('已拒绝').waitFor()
  await denying.close()
  assert.equal((await stranger.token()).code, 'access_denied')
  assert.equal((await stranger.token()).code, 'expired_token')
})

test('a coach who loses the role while logged in lets nobody in any more, and the way there is gone', async () => {
  const before = await login(whole.edge, 'leaving')
  const { code, token } = await deskPage()
  const { page, top, button, close, screenshot } = await atTheQuestion('leaving', code)
  const owner = await login(whole.edge, 'owner')
  assert.equal((await owner.put(`/accounts/${idOf('leaving')}/role`, { role: 'member' })).role, 'member')
  await button('允许登录').click()
  await top.getByText('你的账号现在不能登录前台').waitFor()
  await screenshot('e2e-role-lost')
  assert.equal((await token()).code, 'authorization_pending')
  await button('返回').click()
  await top.getByText('添加孩子').waitFor()
  await top.getByRole('link', { name: '登录前台' }).waitFor({ state: 'detached' })
  assert.equal(await page.evaluate(() => host.stack().at(-1)), ME)
  await close()
  await assert.rejects(before.get('/profiles'), ({ problem }) => problem.code === 'unauthenticated', 'the token of the lost role')
})
