// Missed classes, makeups and credit in the mini-program, over the scenarios in mock/.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { classes, everything, missedBookings, profiles } from '../../tools/browser/mock/people.mjs'
import { phone, start, stop } from './lib/phone.mjs'
import { booking, grant, problem } from '../../tools/browser/mock/service.mjs'

before(start)
after(stop)

const over = (path, scenario = everything) => ({ path, scenario })
const SELECT = over('pages/makeup/select?booking=61', { ...everything, entries: [] })
/** A service from before makeups, credit and messages: it does not know their addresses. */
const older = ({ path }) => (/^\/(makeup|compensation|notifications)\//.test(path) ? problem(404, 'not_found') : undefined)

test('我的预约 lists missed classes, those that expire soon first, and opens the choice of a makeup', () =>
  phone(over('pages/bookings/index'), async ({ page, top, button }) => {
    await top.getByText('可补课至后天').waitFor()
    await top.getByText('可补课至 3月15日').waitFor()
    await button(/^选补课，少儿体操启蒙/).click()
    await top.getByText('补课：周日 3月1日 17:00', { exact: true }).waitFor()
    assert.deepEqual(await page.evaluate(() => host.stack()), ['pages/bookings/index', 'pages/makeup/select'])
  }))

test('leave is chosen in 不去了, and earns a makeup', () =>
  phone(over('pages/bookings/index', { ...everything, bookings: [booking(52, 12, classes.tomorrow)] }), async ({ top, button, dialog, named }) => {
    await button(/^不去了，少儿体操启蒙/).click()
    await dialog.getByText(/原课后 14 天内可以补课/).waitFor()
    await dialog.getByRole('button', { name: '请假' }).click()
    await button(/^选补课，少儿体操启蒙，明天 18:00/).waitFor()
    await top.getByText('可补课至 3月19日').waitFor()
    assert.equal(named('POST /bookings/52/leave').length, 1)
  }))

test('leave that the service refuses as too late is explained', () => {
  const intercept = ({ path }) => (path.endsWith('/leave') ? problem(409, 'leave_too_late') : undefined)
  return phone(over('pages/bookings/index', { ...everything, intercept }), async ({ button, dialog }) => {
    await button(/^不去了，少儿体操启蒙/).click()
    await dialog.getByRole('button', { name: '请假' }).click()
    await dialog.getByText('离开课太近，已不能请假。仍可以取消预约。').waitFor()
  })
})

test('the difference in minutes is shown before anything is sent, and the result equals what was shown', () =>
  phone(SELECT, async ({ top, button, named }) => {
    await top.getByRole('tab', { name: '周六 3月7日' }).click()
    await top.getByRole('radio', { name: /蹦床，原 60 分钟，补 45 分钟，补偿 15 分钟，余 1 位$/ }).waitFor()
    await top.getByRole('radio', { name: /体操提高，原 60 分钟，补 90 分钟，多 30 分钟，免费，余 3 位$/ }).waitFor()
    await top.getByRole('radio', { name: /少儿体操启蒙，原 60 分钟，补 60 分钟，时长相同，余 2 位$/ }).waitFor()
    await top.getByRole('radio', { name: /蹦床/ }).click()
    await top.getByText('补偿的 15 分钟 14 天内有效').waitFor()
    assert.equal(named('POST /makeup/book').length, 0)
    assert.equal(named('POST /compensation/preview').length, 0)
    await button('确认补课').dblclick()
    await button(/^取消补课，蹦床，周六 3月7日 10:00，林小雨/).waitFor()
    await top.getByText('补课：周日 3月1日 17:00 少儿体操启蒙').waitFor()
    assert.deepEqual(
      named('POST /makeup/book').map((one) => one.body),
      [{ profile_id: 12, original_booking_id: 61, course_schedule_id: 10, booking_date: '2026-03-07' }],
    )
    assert.equal(await top.getByText('待补课 2').count(), 0)
  }))

test('joining the waitlist of a full class names the missed booking', () =>
  phone(SELECT, async ({ page, top, button, named }) => {
    await top.getByRole('tab', { name: '周六 3月7日' }).click()
    await top.getByRole('radio', { name: /平衡木基础.*满员 · 候补 2 人$/ }).click()
    await button('候补补课').click()
    await top.getByText('前面还有 2 人').waitFor()
    await top.getByText('周六 3月7日 18:30 · 补课').waitFor()
    assert.deepEqual(
      named('POST /waitlist/join').map((one) => one.body),
      [{ profile_id: 12, course_schedule_id: 14, booking_date: '2026-03-07', makeup_for: 61 }],
    )
    assert.deepEqual(named('POST /subscriptions').length, 1)
    assert.deepEqual(await page.evaluate(() => host.stack()), ['pages/waitlist/detail'])
  }))

test('a class that overlaps another booking cannot be chosen, by the rules on the phone', () => {
  const busy = {
    ...everything,
    entries: [],
    bookings: [...missedBookings, booking(55, 12, { ...classes.saturday, course_schedule_id: 99, starts_at: '2026-03-07T02:30:00.000Z' })],
  }
  busy.sessions = [...everything.sessions, { ...classes.saturday, course_schedule_id: 99, starts_at: '2026-03-07T02:30:00.000Z', category: 'other' }]
  return phone(over('pages/makeup/select?booking=61', busy), async ({ top, button }) => {
    await top.getByRole('tab', { name: '周六 3月7日' }).click()
    const shut = top.getByRole('radio', { name: /蹦床.*和已约的课时间冲突$/ })
    await shut.click({ force: true })
    assert.equal(await button('确认补课').count(), 0)
  })
})

test('a makeup that is already made says so', () => {
  const intercept = ({ path }) => (path === '/makeup/book' ? problem(409, 'already_made_up') : undefined)
  return phone({ ...SELECT, scenario: { ...SELECT.scenario, intercept } }, async ({ top, button, dialog }) => {
    await top.getByRole('radio', { name: /吊环入门/ }).click()
    await button('确认补课').click()
    await dialog.getByText('这节课已经安排过补课了。').waitFor()
  })
})

test('a makeup is cancelled after asking, and what was missed is owed again', () =>
  phone(over('pages/makeup/index'), async ({ top, button, dialog, named }) => {
    await button(/^取消补课，蹦床/).click()
    await dialog.getByText(/补偿 15 分钟会收回，原来的课可以重新补/).waitFor()
    await dialog.getByText('保留').click()
    assert.equal(named('DELETE /makeup/71/cancel').length, 0)
    await button(/^取消补课，蹦床/).click()
    await dialog.getByRole('button', { name: '取消补课' }).click()
    await top.getByText('待补课 3').waitFor()
    assert.equal(named('DELETE /makeup/71/cancel').length, 1)
  }))

test('a makeup whose credit is spent cannot be cancelled, and leads to the booking that spent it', () => {
  const intercept = ({ method }) => (method === 'DELETE' ? problem(409, 'compensation_already_used', { bookings: [1] }) : undefined)
  return phone(over('pages/makeup/index', { ...everything, intercept }), async ({ page, button, dialog }) => {
    await button(/^取消补课，蹦床/).click()
    await dialog.getByRole('button', { name: '取消补课' }).click()
    await dialog.getByText(/这次补课得到的补偿时长已用掉一部分/).waitFor()
    await dialog.getByRole('button', { name: '查看预约' }).click()
    await page.waitForFunction(() => host.stack().join() === 'pages/bookings/index')
  })
})

test('the credit: what there is, what runs out when, and every movement; each child has its own', () =>
  phone(over('pages/makeup/compensation'), async ({ page, top, button }) => {
    await top.getByLabel('可用补偿时长 60 分钟').waitFor()
    for (const text of ['后天到期', '3月10日到期', '3月15日到期', '2026年3月', '2026年2月']) await top.getByText(text, { exact: true }).waitFor()
    await top.getByLabel('周日 3月1日 18:00，到期失效，减少 45 分钟，本笔剩余 0 分钟').waitFor()
    await button(/^切换孩子/).click()
    await page.getByRole('button', { name: '林小雨' }).click()
    await top.getByLabel('可用补偿时长 15 分钟').waitFor()
  }))

const rich = { ...everything, entries: [], grants: [grant(81, 11, 30, 2), grant(82, 11, 30, 6)] }

test('credit that is enough pays for a class, where the parent wants it', () =>
  phone(over('pages/classes/index', rich), async ({ page, button, named, top }) => {
    await button(/^预约，吊环入门/).click()
    await button('用补偿时长抵扣 45 分钟，可用 60 分钟，先用快到期的').click()
    await top.getByText('已预约').first().waitFor()
    assert.deepEqual(
      named('POST /bookings').map((one) => one.body),
      [{ profile_id: 11, course_schedule_id: 3, booking_date: '2026-03-04', pay_with_compensation: true }],
    )
    await page.evaluate(() => host.open('pages/bookings/index'))
    await top.getByText('45 分钟 · 抵扣 45 分钟').waitFor()
    await top.getByRole('link', { name: /^林小满的补偿时长，15 分钟/ }).waitFor()
  }))

test('dismissing the choice books nothing', () =>
  phone(over('pages/classes/index', rich), async ({ button, named }) => {
    await button(/^预约，吊环入门/).click()
    await button('再想想').click()
    await button(/^预约，吊环入门/).waitFor()
    assert.equal(named('POST /bookings').length, 0)
  }))

test('with an older service 我的预约 still shows until when a class can be made up, and leaves the rest out', () =>
  phone(over('pages/bookings/index', { ...everything, intercept: older }), async ({ top, button }) => {
    await top.getByText('可补课至 3月15日').waitFor()
    await top.getByText('补课请联系前台安排').first().waitFor()
    assert.equal(await button(/^选补课/).count(), 0)
    assert.equal(await top.getByText('补偿时长').count(), 0)
  }))

test('the pages of a new family say what to do next', async () => {
  const scenario = { profiles: profiles.slice(0, 1), sessions: [] }
  for (const [path, text, next] of [
    ['pages/makeup/index', '没有要补的课', '看看预约'],
    ['pages/makeup/compensation', '还没有补偿时长', '看看补课'],
  ]) {
    await phone({ path, scenario }, async ({ top, button }) => {
      await top.getByText(text).waitFor()
      await button(next).waitFor()
    })
  }
})

test('offline the choice is still shown, and confirming sends nothing', () =>
  phone(SELECT, async ({ page, top, button, dialog, named }) => {
    await top.getByRole('radio', { name: /吊环入门/ }).waitFor()
    await page.evaluate(() => host.setNetwork('off'))
    await top.getByText('离线 · 刚刚的数据').waitFor()
    await top.getByRole('radio', { name: /吊环入门/ }).click()
    await button('确认补课').click()
    await dialog.getByText('没有网络，操作没有发送').waitFor()
    assert.equal(named('POST /makeup/book').length, 0)
  }))

test('without WXWebAssembly the service is asked for the minutes, and the choice is the same', () =>
  phone({ ...SELECT, prepare: (page) => page.route('**/*.wasm.br', (route) => route.fulfill({ status: 404, body: '' })) }, async ({ top, named }) => {
    await top.getByRole('radio', { name: /吊环入门，原 60 分钟，补 45 分钟，补偿 15 分钟，余 3 位$/ }).waitFor()
    assert.ok(named('POST /rules/durationDifference').length > 0)
    assert.ok(named('POST /rules/checkMakeup').length > 0)
  }))
