// Every page in every state, and with parts of the service missing. In a DOM without a browser.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { domPhone, startDom } from './lib/dom.mjs'
import { everything, offer, waiting } from '../../tools/browser/mock/people.mjs'
import { problem } from '../../tools/browser/mock/service.mjs'

const MISSING = '有些内容没有加载出来，下拉刷新再试'
const CREDIT = 'pages/makeup/compensation'
const CLASS = 'pages/classes/detail?schedule=2&date=2026-03-04'

before(() => startDom(build({ name: 'miniprogram' })))

/** A service that faults on these paths while `broken.now`. */
function faulty(pattern) {
  const broken = { now: true }
  const intercept = ({ path }) => (broken.now && pattern.test(path) ? problem(500, 'internal') : undefined)
  return { broken, scenario: { ...everything, intercept } }
}

test('credit: where the balance fails the movements are shown, and 重试 loads it', () => {
  const { broken, scenario } = faulty(/^\/compensation\/balance/)
  return domPhone({ path: CREDIT, scenario }, async ({ text, tap, loaded }) => {
    assert.ok(text().includes(MISSING))
    assert.match(text(), /余额暂时看不到重试2026年3月补课存入昨天 20:12\+15/)
    broken.now = false
    await tap('button', '重新加载补偿时长的余额')
    await loaded()
    assert.match(text(), /可用补偿时长60分钟/)
    assert.equal(text().includes(MISSING), false)
  })
})

test('credit: where the movements fail the balance is shown', () =>
  domPhone({ path: CREDIT, scenario: faulty(/^\/compensation\/history/).scenario }, async ({ text }) => {
    assert.match(text(), /可用补偿时长60分钟.*明细暂时看不到重试$/)
    assert.equal(text().includes('还没有补偿时长'), false)
  }))

test('credit: where both fail the page shows an error', () =>
  domPhone({ path: CREDIT, scenario: faulty(/^\/compensation/).scenario }, async ({ data }) => {
    assert.equal(data().view, 'error')
  }))

test('a part that fails later keeps its last known data', () => {
  const { broken, scenario } = faulty(/^\/(compensation|makeup\/owed)/)
  broken.now = false
  return domPhone({ path: 'pages/bookings/index', scenario }, async ({ text, loaded }) => {
    assert.match(text(), /快到期的补课.*林小满的补偿时长/)
    broken.now = true
    await globalThis.host.page().refresh()
    await loaded()
    assert.match(text(), /快到期的补课.*林小满的补偿时长/)
    assert.ok(text().includes(MISSING))
  })
})

test('a part that fails at first is left out, and the rest of the page is shown', async () => {
  for (const [path, pattern, shown] of [
    ['pages/bookings/index', /^\/(makeup|compensation)\//, /已预约林小雨少儿体操启蒙明天 18:00/],
    ['pages/classes/index', /^\/compensation/, /19:3045 分钟吊环入门余 3 位预约/],
    ['pages/waitlist/detail?id=32', /^\/(sessions|waitlist\/position)\//, /第2位前面还有 1 人/],
    ['pages/me/index', /^\/(messages|makeup|compensation)\//, /林小满.*补课.*消息/],
    [CLASS, /^\/compensation/, /平衡木基础今天 18:30 – 19:30/],
  ]) {
    await domPhone({ path, scenario: faulty(pattern).scenario }, async ({ text }) => {
      assert.match(text(), shown, path)
      assert.ok(text().includes(MISSING), `${path} does not say that something is missing`)
    })
  }
})

test('without WXWebAssembly the service is asked, and the page says nothing of it', () =>
  domPhone({ path: 'pages/waitlist/index', scenario: { entries: [offer(22)] }, wasm: 'off' }, async ({ pass, names, seen, text, tap }) => {
    await pass(1250)
    assert.deepEqual(names('timer'), ['确认剩余时间 21 分 59 秒'])
    assert.ok(seen('POST /rules/countdown') > 0 && seen('POST /rules/mayRespond') > 0)
    assert.doesNotMatch(text(), /离线|服务|规则/)
    await tap('button', '立即预约')
    assert.deepEqual(globalThis.host.stack(), ['pages/waitlist/index', 'pages/waitlist/detail'])
  }))

test('the first paint does not wait for the rules to load', async () => {
  let load
  const wasm = new Promise((go) => {
    load = go
  })
  await domPhone({ path: 'pages/waitlist/index', scenario: { entries: [offer(22)] }, wasm, wait: false }, async ({ text, names, loaded }) => {
    assert.match(text(), /^候补.*课程候补预约我的$/)
    assert.deepEqual(names('status'), ['正在加载'])
    load()
    await loaded()
    assert.ok(text().includes('立即预约'))
  })
})

test('the clock is measured again when the parent comes back, and the countdown follows', () =>
  domPhone({ path: 'pages/waitlist/index', scenario: { entries: [offer(22)] } }, async ({ pass, names, seen, move }) => {
    await pass(250)
    globalThis.host.hide()
    // The phone's own clock was put right meanwhile: ten minutes less than it had said.
    move(-10 * 60_000)
    const asked = seen('GET /time')
    globalThis.host.show()
    await pass(500)
    assert.ok(seen('GET /time') > asked)
    assert.deepEqual(names('timer'), ['确认剩余时间 22 分 0 秒'])
  }))

test("the class's page: seats one by one, how waiting works, and what this child can do", () =>
  domPhone({ path: CLASS, scenario: { ...everything, entries: waiting } }, async ({ text, names }) => {
    assert.match(text(), /平衡木基础今天 18:30 – 19:3060 分钟满员8 人班 · 已约 8 人候补中 第 2 位查看候补/)
    assert.match(text(), /候补3 人在等候补截止今天 12:00有名额时收到通知后 30 分钟内确认请假可补课至少提前 6 小时/)
    assert.equal(document.querySelectorAll('.seat.taken').length, 8)
    assert.ok(names('button').includes('查看候补，平衡木基础，今天 18:30，林小满'), names('button').join())
  }))

test("the class's page is reached from the list, and knows without a network what the list knew", () =>
  domPhone({ path: 'pages/classes/index', scenario: everything }, async ({ tap, text, seen, loaded }) => {
    globalThis.host.setNetwork('off')
    await tap('link', '吊环入门，今天 19:30，45 分钟，余 3 位，查看课程详情')
    await loaded()
    assert.equal(globalThis.host.stack().at(-1), 'pages/classes/detail')
    assert.match(text(), /离线 · 刚刚的数据/)
    assert.match(text(), /吊环入门今天 19:30 – 20:1545 分钟余 3 位8 人班 · 已约 5 人预约/)
    assert.equal(seen('GET /sessions/3/2026-03-04'), 0)
  }))

test("the class's page joins, books, and leads back to the entry that it came from", async () => {
  await domPhone(
    { path: 'pages/classes/detail?schedule=3&date=2026-03-04', scenario: { profiles: everything.profiles } },
    async ({ tap, text, loaded, seen }) => {
      await tap('button', '预约')
      await loaded()
      assert.equal(seen('POST /bookings'), 1)
      assert.match(text(), /余 2 位8 人班 · 已约 6 人已预约查看预约/)
    },
  )
  await domPhone({ path: 'pages/waitlist/detail?id=32', scenario: { entries: waiting } }, async ({ tap, loaded }) => {
    await tap('link', '查看课程详情')
    await loaded()
    await tap('button', '查看候补')
    assert.deepEqual(globalThis.host.stack(), ['pages/waitlist/detail'])
  })
})

test('a class whose waitlist is closed shows no facts about waiting', () =>
  domPhone({ path: 'pages/classes/detail?schedule=5&date=2026-03-04', scenario: everything }, async ({ text }) => {
    assert.match(text(), /幼儿感统今天 15:00 – 15:4545 分钟满员8 人班 · 已约 8 人候补已截止请假可补课/)
    assert.doesNotMatch(text(), /候补截止|收到通知后/)
  }))

test('a class that is called off or has begun offers nothing', async () => {
  for (const [id, word] of [
    [7, '已停课'],
    [6, '已开课'],
  ]) {
    await domPhone({ path: `pages/classes/detail?schedule=${id}&date=2026-03-04`, scenario: everything }, async ({ text, names }) => {
      assert.ok(text().includes(word))
      assert.deepEqual(
        names('button').filter((name) => /预约|候补|确认/.test(name)),
        [],
      )
      assert.doesNotMatch(text(), /余 \d|候补\d/)
    })
  }
})

const PAGES = [
  'pages/classes/index',
  CLASS,
  'pages/waitlist/index',
  'pages/waitlist/detail?id=31',
  'pages/waitlist/detail?id=32',
  'pages/waitlist/detail?id=35',
  'pages/waitlist/status?id=32',
  'pages/bookings/index',
  'pages/makeup/index',
  'pages/makeup/select?booking=61',
  CREDIT,
  'pages/notifications/waitlist',
  'pages/me/index',
  'pages/me/guardians?profile=11',
]
const open = ['/auth/login', '/time', '/policy', '/policies/1', '/profiles']
const except =
  (answer) =>
  ({ path }) =>
    open.includes(path) || path.startsWith('/rules/') ? undefined : answer()

for (const path of PAGES) {
  test(`${path}: shows a skeleton at first, an error with 重试, and the last known data without a network`, async () => {
    let answer
    const slow = except(
      () =>
        new Promise((go) => {
          answer = go
        }),
    )
    await domPhone({ path, scenario: { ...everything, intercept: slow }, wait: false }, async ({ names }) => {
      assert.deepEqual(names('status'), ['正在加载'])
      assert.ok(answer, 'the service was asked')
    })
    let broken = true
    const intercept = except(() => (broken ? problem(500, 'internal') : undefined))
    await domPhone({ path, scenario: { ...everything, intercept } }, async ({ text, tap, data, loaded }) => {
      assert.match(text(), /服务出了点问题，已经记录。请过一会儿再试，或联系前台。.*重试/)
      broken = false
      await tap('button', '重试')
      await loaded()
      assert.equal(data().view, 'ready')
      globalThis.host.setNetwork('off')
      assert.ok(text().includes('离线 · 刚刚的数据'))
      assert.equal(data().view, 'ready')
    })
  })
}

test('every control has a Chinese label of its own, distinct from the others on its page', async () => {
  for (const path of [...PAGES, 'pages/waitlist/detail?id=31&message=91']) {
    await domPhone({ path, scenario: everything }, async () => {
      const page = document.querySelector('.mp-page:not([hidden])')
      for (const fold of page.querySelectorAll('[class*="--fold"][role="button"], .fold[role="button"]'))
        assert.match(fold.getAttribute('aria-label'), /^展开.*已收起$/)
      const within = page.querySelector('[role="dialog"]') ?? page
      const acting = [...within.querySelectorAll('[role="button"], [role="link"], [role="tab"], [role="radio"]')]
      const names = acting.map((one) => one.getAttribute('aria-label') ?? '')
      for (const name of names) {
        assert.match(name, /[\u4e00-\u9fff]{2}/, `${path}: 「${name}」`)
        assert.doesNotMatch(name, /undefined|null|NaN|，，|^，|，$/, path)
      }
      assert.deepEqual(
        names.filter((name, index) => names.indexOf(name) !== index),
        [],
        `${path}: names that stand twice`,
      )
    })
  }
})
