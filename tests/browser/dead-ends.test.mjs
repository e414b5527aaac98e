// Where outsiders found no way on: a seat lost at the last moment, an offer that ran out, a class called off, a family
// that is new. On WeChat's component framework in a DOM without a browser.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { domPhone, startDom } from './lib/dom.mjs'
import { classes, ended, everything, offer, profiles, sessions, waiting } from '../../tools/browser/mock/people.mjs'
import { booking, entry, grant, problem } from '../../tools/browser/mock/service.mjs'

const MINUTE = 60_000
const LIST = 'pages/waitlist/index'
const CLASSES = 'pages/classes/index'
const DETAIL = 'pages/classes/detail?schedule=3&date=2026-03-04'
const BOOKINGS = 'pages/bookings/index'

before(() => startDom(build({ name: 'miniprogram' })))

const dialogs = () => [...document.querySelectorAll('#overlay [role="dialog"], .mp-page:not([hidden]) [role="dialog"]')].map((one) => one.textContent)
const press = (button) => document.querySelector(`#overlay .modal__${button}`).click()

/** A service in which somebody else takes the last seat of 吊环入门 at the moment of the booking. */
function lastSeat() {
  const last = { ...classes.rings, booked: 7, free: 1 }
  let taken = false
  const now = () => ({ ...last, booked: taken ? 8 : 7, free: taken ? 0 : 1 })
  const intercept = ({ method, path }) => {
    if (method === 'POST' && path === '/bookings') {
      taken = true
      return problem(409, 'session_full')
    }
    if (taken && path === '/sessions/3/2026-03-04') return { status: 200, body: now() }
    if (taken && path === '/sessions') return { status: 200, body: { items: [now()], next_cursor: null } }
    return undefined
  }
  return { sessions: [last], intercept }
}

test('who loses the last seat joins the waitlist in one step, on fresh facts, and is asked for consent', async () => {
  for (const path of [CLASSES, DETAIL]) {
    await domPhone({ path, scenario: lastSeat() }, async ({ tap, loaded, seen, text }) => {
      await tap('button', '预约')
      await loaded()
      assert.match(dialogs().join(), /名额刚刚约满了，可以加入候补。/)
      press('confirm')
      await loaded()
      assert.deepEqual(dialogs(), [], path)
      assert.equal(seen('POST /bookings'), 1, path)
      assert.equal(seen('POST /waitlist/join'), 1, path)
      assert.equal(seen('POST /subscriptions'), 2, 'once for the booking, once for the waitlist')
      assert.match(text(), /候补中 第 1 位/, path)
    })
  }
})

test('a makeup that loses the last seat can be waited for', () => {
  const intercept = ({ method, path }) => (method === 'POST' && path === '/makeup/book' ? problem(409, 'session_full') : undefined)
  return domPhone(
    { path: 'pages/makeup/select?booking=61&class=3_2026-03-04', scenario: { ...everything, entries: [], intercept } },
    async ({ tap, loaded, seen }) => {
      await tap('button', '确认补课')
      await loaded()
      press('confirm')
      await loaded()
      assert.equal(seen('POST /waitlist/join'), 1)
      assert.deepEqual(globalThis.host.stack(), ['pages/waitlist/detail'])
    },
  )
})

test('a seat whose offer ran out went to the next in line only where somebody is next', async () => {
  const missed = entry(31, 12, classes.tumble, 'expired', { response_deadline: '2026-03-04T01:50:00.000Z' })
  for (const [seats, words, button] of [
    [{ free: 0, held: 1, waiting: 0 }, '名额已被释放，已为下一位保留。要继续候补吗？', '重新候补，'],
    [{ free: 0, held: 0, waiting: 2 }, '名额已被释放，已为下一位保留。要继续候补吗？', '重新候补，'],
    [{ free: 0, held: 0, waiting: 0 }, '名额已过期。要继续候补吗？', '重新候补，'],
    [{ free: 1, held: 0, waiting: 0 }, '名额已过期，现在还有空位。要直接预约吗？', '直接预约，'],
  ]) {
    const scenario = { entries: [missed], sessions: [{ ...classes.tumble, ...seats }] }
    await domPhone({ path: LIST, scenario }, async ({ text, names }) => {
      assert.ok(text().includes(words), text())
      assert.ok(names('button').some((name) => name.startsWith(button)))
    })
    await domPhone({ path: 'pages/waitlist/detail?id=31', scenario }, async ({ names }) => {
      assert.ok(names('button').some((name) => name.startsWith(button)))
    })
  }
})

test('an answer that comes too late offers the seat itself where it is free', () => {
  const free = { ...classes.tumble, waiting: 0, held: 0, free: 1 }
  const intercept = ({ method }) => (method === 'PUT' ? problem(410, 'response_deadline_passed') : undefined)
  return domPhone({ path: LIST, scenario: { entries: [offer(22)], sessions: [free], intercept } }, async ({ tap, loaded, seen }) => {
    await tap('button', '立即预约')
    await loaded()
    assert.match(dialogs().join(), /名额已过期，不过现在还有空位。要直接预约吗？/)
    press('confirm')
    await loaded()
    assert.equal(seen('POST /bookings'), 1)
    assert.deepEqual(globalThis.host.stack(), [BOOKINGS])
  })
})

test('a seat that is given up is not said to go to somebody', () =>
  domPhone({ path: LIST, scenario: { entries: [offer(22)] } }, async ({ tap, loaded }) => {
    await tap('button', '放弃')
    assert.match(dialogs().join(), /放弃后名额会让出来，不能撤回。/)
    press('confirm')
    await loaded()
    assert.match(document.querySelector('#overlay').textContent, /已放弃林小雨的名额/)
  }))

test('who answers an offer after another guardian answered otherwise is told so, and sees what became of it', async () => {
  for (const button of ['立即预约', '放弃']) {
    let now = offer(22)
    const intercept = ({ method, path }) => {
      if (path === '/waitlist/my') return { status: 200, body: { items: [now], next_cursor: null } }
      if (method !== 'PUT') return undefined
      now = { ...now, status: button === '放弃' ? 'confirmed' : 'cancelled', response_deadline: null }
      return problem(409, 'conflict')
    }
    await domPhone({ path: LIST, scenario: { entries: [now], intercept } }, async ({ tap, loaded, names }) => {
      await tap('button', button)
      if (button === '放弃') press('confirm')
      await loaded()
      assert.match(dialogs().join(), /这个名额刚刚已经答复过了，可能是家人点的。以现在显示的为准。/)
      press('confirm')
      await loaded()
      assert.ok(!names('button').some((name) => name.startsWith('立即预约')), button)
    })
  }
})

test('a booking asks for the message about a class that is called off, in the tap, also where credit pays', async () => {
  const rich = { ...everything, entries: [], grants: [grant(81, 11, 60, 6)] }
  await domPhone({ path: CLASSES, scenario: { sessions } }, async ({ tap, loaded, seen }) => {
    await tap('button', '预约，吊环入门')
    await loaded()
    assert.equal(seen('POST /subscriptions'), 1)
  })
  await domPhone({ path: CLASSES, scenario: rich }, async ({ tap, loaded, seen, text }) => {
    await tap('button', '预约，吊环入门')
    assert.equal(seen('POST /subscriptions'), 0, 'nothing is decided yet')
    await tap('button', '用补偿时长抵扣 45 分钟，可用 60 分钟')
    await loaded()
    assert.equal(seen('POST /bookings'), 1)
    assert.equal(seen('POST /subscriptions'), 1)
    assert.match(text(), /吊环入门.*已预约/)
  })
})

test('credit that is gone, or too small by now, is named with its numbers, and the class can be booked without it', async () => {
  for (const [available, words] of [
    [15, '补偿时长不够：要用 45 分钟，可用 15 分钟。可以不用补偿时长，直接预约。'],
    [0, '没有可用的补偿时长。可以直接预约。'],
  ]) {
    const intercept = ({ method, path, body }) =>
      method === 'POST' && path === '/bookings' && body.pay_with_compensation
        ? problem(409, 'insufficient_compensation', { required: 45, available })
        : undefined
    const scenario = { ...everything, entries: [], grants: [grant(81, 11, 60, 6)], intercept }
    await domPhone({ path: CLASSES, scenario }, async ({ tap, loaded, seen }) => {
      await tap('button', '预约，吊环入门')
      await tap('button', '用补偿时长抵扣')
      await loaded()
      assert.ok(dialogs().join().includes(words), dialogs().join())
      press('confirm')
      await loaded()
      assert.equal(seen('POST /bookings'), 2)
      assert.deepEqual(dialogs(), [])
    })
  }
})

test('credit too small for any class says what it needs', () =>
  domPhone({ path: 'pages/makeup/compensation?profile=12', scenario: everything }, async ({ text }) => {
    assert.match(text(), /满 45 分钟可抵一节课，还差 30 分钟。/)
  }))

test('the reminder says what WeChat and the service know, and the way on', async () => {
  const remaining =
    (count) =>
    ({ method, path }) =>
      method === 'GET' && path === '/subscriptions' ? { status: 200, body: { remaining: { spot_available: count } } } : undefined
  for (const [count, words] of [
    [2, '还可提醒 2 次'],
    [0, '没有剩余次数'],
  ]) {
    await domPhone({ path: 'pages/me/index', scenario: { intercept: remaining(count) } }, async ({ names }) => {
      assert.ok(names('link').includes(`消息提醒，${words}，每次同意可收到 1 条提醒`), names('link').join())
    })
  }
  await domPhone({ path: 'pages/me/index', scenario: { intercept: remaining(2) } }, async ({ tap, names, loaded }) => {
    globalThis.host.settings.messages = 'off'
    await globalThis.host.page().refresh()
    await loaded()
    assert.ok(
      names('link').some((name) => name.startsWith('消息提醒，已关闭')),
      names('link').join(),
    )
    await tap('link', '消息提醒')
    await loaded()
    assert.equal(globalThis.host.settings.messages, 'on', "WeChat's settings were opened")
    assert.ok(
      names('link').some((name) => name.startsWith('消息提醒，还可提醒 2 次')),
      names('link').join(),
    )
  })
})

test('the badge of open offers is right on every tab, whichever page heard of them', () =>
  domPhone({ path: BOOKINGS, scenario: everything }, async ({ tap, names, loaded, pass, sleep }) => {
    const badge = () => names('tab').find((name) => name.startsWith('候补'))
    assert.equal(badge(), '候补，1 个名额待确认')
    await tap('tab', '候补')
    await loaded()
    await tap('link', '少儿体操启蒙，今天 17:30')
    await loaded()
    await tap('button', '立即预约')
    await loaded()
    await tap('button', '查看预约')
    assert.equal(badge(), '候补', 'at once, before the page has asked')
    await sleep(MINUTE)
    await pass(MINUTE)
    assert.equal(badge(), '候补')
  }))

test('a class that was called off stands where it was, in red, with the way to a makeup', async () => {
  const off = booking(66, 12, classes.off, { status: 'cancelled_by_gym', makeup_until: '2026-03-18T08:30:00.000Z' })
  const scenario = { ...everything, bookings: [...everything.bookings, off] }
  await domPhone({ path: BOOKINGS, scenario }, async ({ text, tap }) => {
    const red = document.querySelector('.mp-page:not([hidden]) [class*="--card"][class*="--off"]')
    assert.match(red.textContent, /^已停课林小雨艺术体操今天 16:3060 分钟 · 可以补课选补课$/)
    assert.ok(text().indexOf('艺术体操') < text().indexOf('明天 18:00'), 'in its place')
    assert.equal(text().split('艺术体操').length, 2, 'once')
    await tap('button', '选补课，艺术体操')
    assert.deepEqual(globalThis.host.stack(), [BOOKINGS, 'pages/makeup/select'])
  })
  await domPhone({ path: CLASSES, scenario: { ...scenario, profiles: [profiles[1]] } }, async ({ text }) => {
    assert.match(text(), /可以预约.*我的安排.*艺术体操.*已停课.*满员，可以候补/)
  })
  const path = 'pages/classes/detail?schedule=7&date=2026-03-04'
  await domPhone({ path, scenario: { ...scenario, profiles: [profiles[1]] } }, async ({ text, tap }) => {
    assert.equal(text().split('已停课').length, 2, 'said once')
    await tap('button', '查看预约')
    assert.deepEqual(globalThis.host.stack(), [BOOKINGS])
  })
})

test('what can be booked stands before what cannot, each part by time', () =>
  domPhone({ path: CLASSES, scenario: { sessions } }, async ({ text }) => {
    const order = ['可以预约', '吊环入门', '满员，可以候补', '少儿体操启蒙', '平衡木基础', '不能预约', '幼儿感统', '艺术体操', '自由体操提高', '亲子体操']
    const places = order.map((word) => text().indexOf(word))
    assert.ok(
      places.every((place) => place >= 0),
      text(),
    )
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
      text(),
    )
  }))

test('a booking opens its class, and the class leads back', () =>
  domPhone({ path: BOOKINGS, scenario: everything }, async ({ tap, loaded, text }) => {
    await tap('link', '少儿体操启蒙，明天 18:00')
    await loaded()
    assert.deepEqual(globalThis.host.stack(), [BOOKINGS, 'pages/classes/detail'])
    assert.match(text(), /少儿体操启蒙明天 18:00/)
  }))

test('a list with nothing but what has ended says so, and the way on', () =>
  domPhone({ path: LIST, scenario: { entries: [ended[1], ended[2]] } }, async ({ text, tap }) => {
    assert.match(text(), /现在没有候补看看课程已结束 2/)
    await tap('button', '看看课程')
    assert.deepEqual(globalThis.host.stack(), [CLASSES])
  }))

test('an account without a child sees the timetable and what to do next', async () => {
  await domPhone({ path: CLASSES, scenario: { profiles: [], sessions } }, async ({ text, tap, loaded, seen }) => {
    assert.match(text(), /先看看课表用前台给的添加码添加孩子/)
    assert.match(text(), /吊环入门/)
    await tap('button', '预约，吊环入门')
    await loaded()
    assert.match(dialogs().join(), /还没有添加孩子/)
    assert.equal(seen('POST /bookings'), 0)
  })
  for (const path of [BOOKINGS, LIST, 'pages/me/index', 'pages/makeup/index', 'pages/makeup/compensation']) {
    await domPhone({ path, scenario: { profiles: [], sessions } }, async ({ data, text }) => {
      assert.notEqual(data().view, 'error', path)
      assert.match(text(), /看看课程|看看预约|看看补课|添加孩子/, path)
    })
  }
})

test('what is owed shows the classes that can be taken now, with the credit beside them, and leads to one', () =>
  domPhone({ path: 'pages/makeup/index', scenario: { ...everything, entries: [] } }, async ({ tap, names, loaded, text }) => {
    const rings = names('link').find((name) => name.includes('吊环入门'))
    assert.match(rings, /^补 自由体操提高，周五 2月20日 18:00，林小满，今天 19:30，吊环入门，45 分钟，余 3 位，补偿 15 分钟$/)
    await tap('link', rings)
    await loaded()
    assert.match(text(), /吊环入门.*补偿的 15 分钟 14 天内有效确认补课/)
  }))

test('the makeup selector shows the credit there is, and its button', () =>
  domPhone({ path: 'pages/makeup/select?booking=62', scenario: { ...everything, entries: [] } }, async ({ text, tap, names }) => {
    assert.match(text(), /可用补偿时长：60 分钟/)
    assert.equal(
      names('button').some((name) => name.startsWith('确认补课')),
      false,
    )
    await tap('radio', '吊环入门')
    assert.ok(names('button').some((name) => name.startsWith('确认补课，今天 19:30，吊环入门')))
  }))

test('both addresses of an entry show its countdown with both buttons, or its place and how long it has waited', async () => {
  for (const page of ['detail', 'status']) {
    await domPhone({ path: `pages/waitlist/${page}?id=31`, scenario: everything }, async ({ names, pass }) => {
      await pass(250)
      assert.match(names('timer').join(), /^确认剩余时间 2[12] 分 \d+ 秒$/)
      assert.ok(names('button').includes('立即预约，少儿体操启蒙，今天 17:30，林小雨'))
      assert.ok(names('button').includes('放弃这个名额，少儿体操启蒙，今天 17:30，林小雨'))
    })
    await domPhone({ path: `pages/waitlist/${page}?id=32`, scenario: { entries: waiting } }, async ({ text, names, pass }) => {
      await pass(250)
      assert.match(text(), /第2位前面还有 1 人 · 已等待 1 天/)
      assert.match(names('timer').join(), /^离候补截止还有 (2 小时 0|1 小时 59) 分/)
    })
  }
})

test("a family with more children than WeChat's sheet takes can choose each of them", () => {
  const many = Array.from({ length: 9 }, (_, index) => ({ id: 20 + index, name: `孩子${'一二三四五六七八九'[index]}` }))
  const items = () => [...document.querySelectorAll('#overlay .sheet__item')]
  return domPhone({ path: CLASSES, scenario: { profiles: many, sessions } }, async ({ tap, text, loaded }) => {
    await tap('button', '切换孩子')
    assert.deepEqual(
      items().map((one) => one.textContent),
      ['孩子一', '孩子二', '孩子三', '孩子四', '孩子五', '更多…', '取消'],
    )
    items()[5].click()
    await loaded()
    items()
      .find((one) => one.textContent === '孩子八')
      .click()
    await loaded()
    assert.match(text(), /^课程孩子八/)
  })
})

test('a class can be shared, and the card leads to it', () =>
  domPhone({ path: DETAIL, scenario: everything }, async ({ loaded, text }) => {
    const card = globalThis.host.page().onShareAppMessage()
    assert.deepEqual(card, { title: '吊环入门 3月4日 周三 19:30', path: '/pages/classes/detail?schedule=3&date=2026-03-04' })
    globalThis.host.open(card.path)
    await loaded()
    assert.match(text(), /吊环入门今天 19:30/)
  }))

test("我的 leads to what is known of a family, and from there to WeChat's own page about it", () =>
  domPhone({ path: 'pages/me/index', scenario: everything }, async ({ tap, text }) => {
    await tap('link', '隐私说明')
    assert.deepEqual(globalThis.host.stack(), ['pages/me/index', 'pages/me/privacy'])
    assert.match(text(), /用到哪些信息.*不读取手机号、位置、相册和通讯录/)
    await tap('button', '用户隐私保护指引')
    assert.equal(globalThis.host.settings.contract, 'opened')
  }))

test('what no longer exists, or leads nowhere, has a way on', async () => {
  for (const [path, words, way] of [
    ['pages/makeup/select?booking=99', /没有找到这条记录，它可能已被取消。/, '看看课程'],
    ['pages/waitlist/detail?id=99', /没有找到这条记录，它可能已被取消。/, '看看课程'],
    ['pages/classes/detail?schedule=7&date=2026-03-04', /已停课本节课由场馆取消，敬请谅解/, '看看其他课'],
  ]) {
    await domPhone({ path, scenario: everything }, async ({ text, tap, loaded, names }) => {
      assert.match(text(), words, path)
      assert.equal(names('button').includes('重试'), false, path)
      await tap('button', way)
      await loaded()
      assert.deepEqual(globalThis.host.stack(), [CLASSES], path)
    })
  }
  const none = { ...everything, sessions: sessions.filter((one) => one.course_schedule_id === 15) }
  await domPhone({ path: 'pages/makeup/select?booking=61', scenario: none }, async ({ text, tap, loaded }) => {
    assert.match(text(), /这段时间没有能补的课/)
    await tap('button', '看看课程')
    await loaded()
    assert.deepEqual(globalThis.host.stack(), [CLASSES])
  })
})

test('a page that this version does not have leads to the timetable', () =>
  domPhone({ path: LIST, scenario: everything }, async ({ loaded }) => {
    globalThis.host.app().onPageNotFound()
    await loaded()
    assert.deepEqual(globalThis.host.stack(), [CLASSES])
  }))

test('of more missed classes than a page of the service holds, the one whose right ends first is shown first', async () => {
  const missed = (id, of, until) => ({ ...booking(id, 11, of), status: 'leave', makeup_until: until })
  const many = Array.from({ length: 120 }, (_, index) => missed(500 + index, classes.lastWeek, '2026-03-20T10:00:00.000Z'))
  const oldest = missed(499, classes.twelveDaysAgo, '2026-03-06T10:00:00.000Z')
  const scenario = { ...everything, bookings: [...many, oldest], makeups: [], entries: [] }
  for (const path of ['pages/makeup/index', BOOKINGS]) {
    await domPhone({ path, scenario }, async ({ names, seen, data }) => {
      assert.equal(seen('GET /makeup/owed'), 2, path)
      const owed = [...(data().owedSoon ?? []), ...data().owed]
      assert.equal(owed.length, 121, path)
      assert.equal(owed[0].id, 499, path)
      const first = names('button').find((name) => name.startsWith('选补课'))
      assert.match(first, /2月20日/, path)
    })
  }
})

test('a chance that nothing is known of yet is not shown', async () => {
  const guess = { ...waiting[0], chance: 0.9, chance_known: false }
  for (const path of [LIST, 'pages/waitlist/detail?id=32']) {
    await domPhone({ path, scenario: { entries: [guess] } }, async ({ text }) => {
      assert.match(text(), /第2位/, path)
      assert.doesNotMatch(text(), /机会|估计|%/, path)
    })
    const { chance_known: _, ...older } = guess
    await domPhone({ path, scenario: { entries: [older] } }, async ({ text }) => assert.match(text(), /机会较大（约 90%）/, path))
  }
})
