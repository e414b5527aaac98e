// Messages in the mini-program: the list, the popup that a message opens, the live standing, consent.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { everything, offer, waiting } from '../../tools/browser/mock/people.mjs'
import { phone, start, stop } from './lib/phone.mjs'

before(start)
after(stop)

const over = (path, scenario = everything) => ({ path, scenario })
const FROM_MESSAGE = over('pages/waitlist/detail?id=31&message=91')

test('everything that was said, what waits for an answer first, days as they are called today', () =>
  phone(over('pages/notifications/waitlist'), async ({ top }) => {
    await top.getByText('待确认 1').waitFor()
    const labels = await top.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('aria-label')))
    assert.deepEqual(labels.slice(0, 3), [
      '未读，有名额了，林小雨候补的少儿体操启蒙（今天 17:30）有名额了，请在今天 10:22 前确认，今天 09:52，查看',
      '未读，课程已取消，林小雨的艺术体操（今天 16:30）：本节课已由场馆取消，敬请谅解，今天 09:15，查看',
      '未读，补课资格即将到期，林小满缺的自由体操提高（2月20日 周五 18:00）请在 3月6日 周五 18:00 前补课，今天 08:50，查看',
    ])
    assert.equal(labels.length, 8)
    for (const day of ['今天', '昨天', '周六 2月28日']) await top.getByText(day, { exact: true }).waitFor()
    assert.equal(await top.getByText('微信没有通知到：当时没有打开提醒').count(), 1)
  }))

test('a message opens its entry with the popup, and the seat is taken from there', () =>
  phone(over('pages/notifications/waitlist'), async ({ page, top, dialog, named }) => {
    await top.getByRole('link', { name: /^未读，有名额了/ }).click()
    await dialog.getByRole('timer', { name: /^确认剩余时间 2[01] 分 \d+ 秒$/ }).waitFor()
    await dialog.getByRole('button', { name: '立即预约' }).click()
    await top.getByText('已为林小雨预约').waitFor()
    assert.equal(await dialog.count(), 0)
    assert.equal(named('PUT /waitlist/31/respond').length, 1)
    assert.deepEqual(await page.evaluate(() => host.stack()), ['pages/notifications/waitlist', 'pages/waitlist/detail'])
  }))

test('the popup is put off without an answer, and stays away', () =>
  phone(FROM_MESSAGE, async ({ page, top, button, dialog, named }) => {
    await dialog.getByRole('button', { name: '稍后再说' }).click()
    await dialog.waitFor({ state: 'detached' })
    const reads = named('GET /waitlist/31').length
    await page.evaluate(() => host.show())
    await page.evaluate(() => host.page().refresh())
    assert.ok(named('GET /waitlist/31').length > reads)
    assert.equal(await dialog.count(), 0)
    await button('立即预约').waitFor()
    await top.getByRole('timer').waitFor()
  }))

test('a message opened too late says what became of the seat', () =>
  phone(over('pages/waitlist/detail?id=31&message=91', { ...everything, entries: [offer(-5)] }), async ({ dialog }) => {
    await dialog.getByText('名额已被释放，已为下一位保留').waitFor()
    await dialog.getByRole('button', { name: '重新候补' }).waitFor()
    assert.equal(await dialog.getByRole('button', { name: '立即预约' }).count(), 0)
  }))

test('an offer that runs out in the popup stops being one there too', () =>
  phone(FROM_MESSAGE, async ({ page, dialog, advance }) => {
    await dialog.getByRole('button', { name: '立即预约' }).waitFor()
    advance(23 * 60_000)
    await page.evaluate(() => host.show())
    await dialog.getByRole('button', { name: '重新候补' }).waitFor()
  }))

test('the live standing: the rank, the queue, how long and until when, at both addresses', async () => {
  for (const page of ['detail', 'status']) {
    await phone(over(`pages/waitlist/${page}?id=32`), async ({ top }) => {
      await top.getByText('前面还有 1 人 · ').waitFor()
      await top.getByText('机会较大（约 70%）').waitFor()
      await top.getByText('约 1 小时 35 分').waitFor()
      await top.getByRole('img', { name: '前面 1 人，后面 1 人' }).waitFor()
      await top.getByRole('timer', { name: /^离候补截止还有 [12] 小时 \d+ 分 \d+ 秒$/ }).waitFor()
    })
  }
})

test('an entry that has ended has no standing, and says how it came to this', () =>
  phone(over('pages/waitlist/status?id=37'), async ({ top, button }) => {
    await top.getByText('已退出候补').first().waitFor()
    assert.equal(await button('立即预约').count(), 0)
    assert.equal(await top.getByRole('timer').count(), 0)
  }))

const JOIN = { path: 'pages/classes/index', scenario: { entries: waiting.slice(1) } }

test('the tap that joins asks for consent, and the answer is reported', () =>
  phone(JOIN, async ({ top, button, named, dialog }) => {
    await button(/^加入候补，平衡木基础/)
      .first()
      .click()
    await top.getByText('候补中 第 4 位').waitFor()
    assert.deepEqual(
      named('POST /subscriptions').map((one) => one.body),
      [{ results: { spot_available: 'accept', expiry_reminder: 'accept', waitlist_closed: 'accept' } }],
    )
    assert.equal(await dialog.count(), 0)
  }))

test('a parent who refuses messages joins all the same, is told once what that means, and can accept them in 我的', () =>
  phone({ ...JOIN, open: { subscribe: 'reject' } }, async ({ page, top, button, dialog, named }) => {
    await button(/^加入候补，平衡木基础/)
      .first()
      .click()
    await dialog.getByText('有名额时微信不会提醒你，要自己回来看候补。想打开时：我的 → 消息提醒。').waitFor()
    await dialog.getByText('知道了').click()
    await top.getByText('候补中 第 4 位').waitFor()
    assert.equal(named('POST /subscriptions')[0].body.results.spot_available, 'reject')

    await button(/^加入候补，少儿体操启蒙/).click()
    await top.getByText('候补中 第 3 位').waitFor()
    await page.waitForFunction(() => host.data().busy === '')
    assert.equal(await dialog.count(), 0, 'said once')

    await page.evaluate(() => host.open('pages/me/index'))
    await page.evaluate(() => {
      host.settings.subscribe = 'accept'
    })
    await top.getByRole('link', { name: /^消息提醒/ }).click()
    await page.waitForFunction(() => host.data().busy === '')
    await top.getByRole('link', { name: /^消息提醒，没有剩余次数/ }).waitFor()
    assert.equal(named('POST /subscriptions').at(-1).body.results.spot_available, 'accept')
  }))

test('what the rules refuse does not ask for consent', () => {
  const full = everything.sessions.map((one) => ({ ...one }))
  const five = Array.from({ length: 5 }, (_, index) => ({ ...waiting[0], id: 60 + index, course_schedule_id: 300 + index }))
  return phone({ path: 'pages/classes/index', scenario: { sessions: full, entries: five } }, async ({ button, dialog, named }) => {
    await button(/^加入候补，平衡木基础/)
      .first()
      .click()
    await dialog.getByText('候补的课已到上限。先退出一个，再加入这一节。').waitFor()
    assert.equal(named('POST /subscriptions').length, 0)
  })
})

test('我的 leads to makeups, credit and messages, and changes the child', () =>
  phone(over('pages/me/index'), async ({ page, top }) => {
    await top.getByRole('radio', { name: '林小雨' }).click()
    await top.getByRole('radio', { name: '林小雨，当前孩子' }).waitFor()
    for (const [name, route] of [
      [/^补课，待补 2 节，最早一节后天到期/, 'pages/makeup/index'],
      [/^林小满的补偿时长，60 分钟，其中 15 分钟 后天到期/, 'pages/makeup/compensation'],
      [/^消息(，3 条未读)?$/, 'pages/notifications/waitlist'],
    ]) {
      await top.getByRole('link', { name }).click()
      await page.waitForFunction((wanted) => host.stack().at(-1) === wanted, route)
      await top.getByRole('button', { name: '返回' }).click()
      await page.waitForFunction(() => host.stack().length === 1)
    }
  }))
