// The mini-program's own behaviour with classes and the waitlist, over the scenarios in mock/. The way through the edge
// and the backend is tested in tests/e2e.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { classes, offer, waiting } from '../../tools/browser/mock/people.mjs'
import { phone, start, stop } from './lib/phone.mjs'
import { entry, problem } from '../../tools/browser/mock/service.mjs'

before(start)
after(stop)

const dialog = (page) => page.getByRole('dialog')
const CONFIRM = 'PUT /waitlist/31/respond'
const OFFER = { path: 'pages/waitlist/index', scenario: { entries: [offer(22)] } }

test("the countdown runs on the server's clock, whatever the phone's says", () =>
  phone(OFFER, async ({ top }) => {
    // The scenario's clock stands months away from this computer's.
    await top.getByRole('timer', { name: /^确认剩余时间 2[01] 分 \d+ 秒$/ }).waitFor()
  }))

test('two taps on 立即预约 confirm once and make one booking', () =>
  phone(OFFER, async ({ page, top, button, named }) => {
    await button('立即预约').dblclick()
    await top.getByText('已为林小雨预约').waitFor()
    assert.equal(named(CONFIRM).length, 1)
    assert.deepEqual(named(CONFIRM)[0].body, { action: 'confirm' })
    assert.match(named(CONFIRM)[0].headers['idempotency-key'], /^[!-~]{1,64}$/)
    await button('查看预约').click()
    await button(/^不去了，少儿体操启蒙/).waitFor()
    assert.deepEqual(await page.evaluate(() => host.stack()), ['pages/bookings/index'])
  }))

test('a confirm whose answer was lost is asked again with the same key', () =>
  phone(OFFER, async ({ page, top, button, named }) => {
    let lost = 0
    await page.route('**/waitlist/31/respond', async (route) => {
      if (lost++ > 0) return route.continue()
      await route.fetch()
      return route.abort()
    })
    await button('立即预约').click()
    await top.getByText('已为林小雨预约').waitFor()
    const keys = named(CONFIRM).map((one) => one.headers['idempotency-key'])
    assert.equal(keys.length, 2)
    assert.equal(keys[0], keys[1])
  }))

test('a late answer is told that the seat went on, and is offered to wait again', () =>
  phone(
    {
      path: 'pages/waitlist/detail?id=31',
      scenario: {
        entries: [offer(22)],
        intercept: ({ method, path }) => (method === 'PUT' && path.endsWith('/respond') ? problem(410, 'response_deadline_passed') : undefined),
      },
    },
    async ({ page, button }) => {
      await button('立即预约').click()
      await dialog(page).getByText('名额已被释放，已为下一位保留。要继续候补吗？').waitFor()
      await dialog(page).getByText('重新候补').waitFor()
    },
  ))

test('an offer that expires while on screen can no longer be confirmed, and its class can be waited for again', () =>
  phone(OFFER, async ({ page, top, button, named, advance }) => {
    await button('立即预约').waitFor()
    advance(23 * 60_000)
    await page.evaluate(() => host.show())
    await top.getByText('名额已被释放，已为下一位保留。要继续候补吗？').waitFor()
    assert.equal(await button('立即预约').count(), 0)
    assert.equal(named(CONFIRM).length, 0)
  }))

test('declining asks first; keeping the seat sends nothing', () =>
  phone(OFFER, async ({ page, top, button, named }) => {
    await button('放弃').click()
    await dialog(page).getByText('再想想').click()
    assert.equal(named(CONFIRM).length, 0)
    await button('放弃').click()
    await dialog(page).getByRole('button', { name: '放弃' }).click()
    await top.getByText('已结束 1').waitFor()
    assert.deepEqual(
      named(CONFIRM).map((one) => one.body),
      [{ action: 'decline' }],
    )
  }))

test('leaving the waitlist asks first', () =>
  phone({ path: 'pages/waitlist/detail?id=32', scenario: { entries: waiting } }, async ({ page, top, button, named }) => {
    await top.getByText('前面还有 1 人').waitFor()
    await button('退出候补').click()
    await dialog(page).getByRole('button', { name: '退出候补' }).click()
    await button('重新候补').waitFor()
    assert.equal(named('DELETE /waitlist/32').length, 1)
  }))

test('joining a full class shows the rank; the chosen child is the one who waits', () =>
  phone({ path: 'pages/classes/index' }, async ({ page, top, button, named }) => {
    await button(/^切换孩子/).click()
    await page.getByRole('button', { name: '林小雨' }).click()
    await button(/^加入候补，平衡木基础/)
      .first()
      .click()
    await top.getByText('候补中 第 4 位').waitFor()
    const [join] = named('POST /waitlist/join')
    assert.deepEqual(join.body, { profile_id: 12, course_schedule_id: 2, booking_date: '2026-03-04' })
  }))

test('what the rules refuse is refused without a request', () => {
  const five = ['tomorrow', 'friday', 'saturday', 'floor', 'rings'].map((name, index) => entry(60 + index, 11, classes[name], 'waiting'))
  return phone({ path: 'pages/classes/index', scenario: { entries: five } }, async ({ page, button, named }) => {
    await button(/^加入候补，平衡木基础/).click()
    await dialog(page).getByText('候补的课已到上限。先退出一个，再加入这一节。').waitFor()
    assert.equal(named('POST /waitlist/join').length, 0)
  })
})

test('offline: the last data with its age, nothing sent, and back online it refreshes by itself', () =>
  phone(OFFER, async ({ page, top, button, named }) => {
    await button('立即预约').waitFor()
    await page.evaluate(() => host.setNetwork('off'))
    await top.getByText('离线 · 刚刚的数据').waitFor()
    await button('立即预约').click()
    await dialog(page).getByText('没有网络，操作没有发送').waitFor()
    await dialog(page).getByText('知道了').click()
    assert.equal(named(CONFIRM).length, 0)
    await button('立即预约').waitFor()
    const reads = named('GET /waitlist/my').length
    await page.evaluate(() => host.setNetwork('on'))
    await top.getByText('离线').waitFor({ state: 'detached' })
    assert.ok(named('GET /waitlist/my').length > reads)
    assert.equal(named(CONFIRM).length, 0, 'nothing was queued')
  }))

test('a page opened without a network shows the last known data', () =>
  phone(
    {
      ...OFFER,
      prepare: async (page) => {
        await page.evaluate(() => host.open('pages/waitlist/index'))
        await page.locator('.mp-page:visible').getByRole('button', { name: '立即预约' }).waitFor()
        await page.route('**/api/**', (route) => route.abort())
      },
    },
    async ({ top, button }) => {
      await top.getByText(/^离线 · /).waitFor()
      await button('立即预约').waitFor()
    },
  ))

test('a refused token leads to one new login, without asking the parent', () => {
  let refusals = 0
  const intercept = ({ path }) => (path === '/waitlist/my' && refusals++ === 0 ? problem(401, 'unauthenticated') : undefined)
  return phone({ ...OFFER, scenario: { entries: [offer(22)], intercept } }, async ({ page, button, named }) => {
    await button('立即预约').waitFor()
    assert.equal(named('POST /auth/login').length, 2)
    assert.equal(await dialog(page).count(), 0)
  })
})

test('without WXWebAssembly the service is asked for the rules, and the page says nothing of it', () =>
  phone({ ...OFFER, prepare: (page) => page.route('**/*.wasm.br', (route) => route.fulfill({ status: 404, body: '' })) }, async ({ top, button, named }) => {
    await top.getByRole('timer', { name: /^确认剩余时间 2[01] 分 \d+ 秒$/ }).waitFor()
    assert.ok(named('POST /rules/countdown').length > 0)
    await button('立即预约').click()
    await top.getByText('已为林小雨预约').waitFor()
  }))

test('an error page says what to do, and 重试 loads again', () => {
  let broken = true
  const intercept = ({ path }) => (path === '/waitlist/my' && broken ? problem(500, 'internal') : undefined)
  return phone({ ...OFFER, scenario: { entries: [offer(22)], intercept } }, async ({ top, button }) => {
    await top.getByText('（编号 mock-1）').waitFor()
    broken = false
    await button('重试').click()
    await button('立即预约').waitFor()
  })
})

test('everything that can be tapped is at least 88 rpx high', () =>
  phone({ path: 'pages/waitlist/index', scenario: { entries: [offer(22), ...waiting] } }, async ({ page, button }) => {
    await button('立即预约').waitFor()
    const low = await page.evaluate(() =>
      [...document.querySelectorAll('[role="button"], [role="tab"], [role="link"]')]
        .map((element) => [element.getAttribute('aria-label'), element.getBoundingClientRect().height])
        .filter(([, height]) => height > 0 && height < (88 / 750) * innerWidth - 0.5),
    )
    assert.deepEqual(low, [])
  }))

test('a confirmed seat that was given up is not called booked', () =>
  phone({ path: 'pages/waitlist/detail?id=35', scenario: { entries: [entry(35, 11, classes.saturday, 'confirmed')] } }, async ({ top, button }) => {
    await top.getByText('已取消这次预约').waitFor()
    assert.equal(await button('查看预约').count(), 0)
  }))

test('a seat that is free again is booked, not waited for', () => {
  const missed = entry(31, 11, classes.tomorrow, 'expired', { response_deadline: '2026-03-04T01:50:00.000Z' })
  return phone({ path: 'pages/waitlist/index', scenario: { entries: [missed] } }, async ({ top, button, named }) => {
    await top.getByText('名额已过期，现在还有空位。要直接预约吗？').waitFor()
    await button('直接预约').click()
    await button(/^不去了，少儿体操启蒙/).waitFor()
    assert.equal(await top.getByText('候补成功').count(), 0)
    assert.equal(named('POST /waitlist/join').length, 0)
    assert.deepEqual(named('POST /bookings')[0].body, { profile_id: 11, course_schedule_id: 8, booking_date: '2026-03-05' })
  })
})

test('who loses the last seat waits for the next one: one booking, one join, consent for both', () => {
  const last = { ...classes.rings, booked: 7, free: 1 }
  const full = { ...last, booked: 8, free: 0 }
  let taken = false
  const intercept = ({ method, path }) => {
    if (method === 'POST' && path === '/bookings') {
      taken = true
      return problem(409, 'session_full')
    }
    if (taken && path === '/sessions/3/2026-03-04') return { body: full }
    return taken && path === '/sessions' ? { body: { items: [full], next_cursor: null } } : undefined
  }
  return phone({ path: 'pages/classes/index', scenario: { sessions: [last], intercept } }, async ({ page, top, button, named }) => {
    await button(/^预约，吊环入门/).click()
    await dialog(page).getByText('名额刚刚约满了，可以加入候补。').waitFor()
    await dialog(page).getByRole('button', { name: '加入候补' }).click()
    await top.getByText('候补中 第 1 位').waitFor()
    assert.equal(await dialog(page).count(), 0)
    assert.equal(named('POST /bookings').length, 1)
    assert.equal(named('POST /waitlist/join').length, 1)
    assert.deepEqual(
      named('POST /subscriptions').map((one) => Object.keys(one.body.results)),
      [['class_cancelled'], ['spot_available', 'expiry_reminder', 'waitlist_closed']],
    )
  })
})

test('a class that has begun offers no seat', () =>
  phone({ path: 'pages/classes/index' }, async ({ top }) => {
    await top.getByText('已开课').waitFor()
    assert.equal(await top.getByText('余 2 位').count(), 0)
  }))
