// Edge cases of pages: a deadline has passed, an answer fails, a tap comes twice, the phone slept. In a DOM without a
// browser.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { domPhone, startDom } from './lib/dom.mjs'
import { classes, everything, offer, waiting } from '../../tools/browser/mock/people.mjs'
import { booking, movement, problem } from '../../tools/browser/mock/service.mjs'

const MINUTE = 60_000
const LIST = 'pages/waitlist/index'
const CLASSES = 'pages/classes/index'
const BOOKINGS = 'pages/bookings/index'

before(() => startDom(build({ name: 'miniprogram' })))

/** The dialogs of WeChat and of the page on top. */
const dialogs = () => [...document.querySelectorAll('#overlay [role="dialog"], .mp-page:not([hidden]) [role="dialog"]')].map((one) => one.textContent)

test('an expired offer that the service has not swept yet does not show a place in the queue', async () => {
  const scenario = { ...everything, entries: [offer(-1, 31, 11)] }
  await domPhone({ path: CLASSES, scenario }, async ({ text }) => {
    assert.doesNotMatch(text(), /候补中 第/)
    assert.match(text(), /少儿体操启蒙满员 · 候补 2 人名额已过期/)
  })
  await domPhone({ path: 'pages/classes/detail?schedule=1&date=2026-03-04', scenario }, async ({ text }) => {
    assert.match(text(), /名额已过期查看候补/)
  })
})

test('a class that would make up a missed one says that its offer ran out', () =>
  domPhone({ path: 'pages/makeup/select?booking=61', scenario: { ...everything, entries: [offer(-1, 31, 12)] } }, async ({ names }) => {
    assert.ok(
      names('link').some((name) => /少儿体操启蒙.*名额已过期$/.test(name)),
      names('link').join(),
    )
  }))

test('an offer missed after the list has closed does not offer to wait again', () =>
  // The class begins at 16:05: its list closed at 09:35.
  domPhone(
    { path: LIST, scenario: { entries: [{ ...offer(-1), starts_at: '2026-03-04T08:05:00.000Z', expires_at: '2026-03-04T01:35:00.000Z' }] } },
    async ({ text, names }) => {
      assert.match(text(), /名额已被释放，已为下一位保留/)
      assert.doesNotMatch(text(), /要继续候补吗/)
      assert.equal(
        names('button').some((name) => name.startsWith('重新候补')),
        false,
      )
    },
  ))

test('a failed refresh is announced, and the data is not passed off as live', () => {
  let broken
  const intercept = ({ path }) => (path === '/waitlist/my' ? broken : undefined)
  return domPhone({ path: LIST, scenario: { entries: waiting, intercept } }, async ({ text, pass }) => {
    for (const fault of [problem(500, 'internal'), problem(503, 'unavailable')]) {
      broken = fault
      await pass(3 * MINUTE)
      assert.match(text(), /更新失败 · [23] 分钟前的数据/, "the parent's own network is not to blame")
      broken = undefined
      await pass(MINUTE / 2)
      assert.doesNotMatch(text(), /更新失败|的数据/)
    }
  })
})

test('a slow refresh shows the age of the data meanwhile', () => {
  let answer
  let slow = false
  const intercept = ({ path }) =>
    slow && path === '/waitlist/my'
      ? new Promise((go) => {
          answer = go
        })
      : undefined
  return domPhone({ path: LIST, scenario: { entries: waiting, intercept } }, async ({ text, pass, sleep, loaded }) => {
    globalThis.host.hide()
    await sleep(12 * MINUTE)
    slow = true
    globalThis.host.show()
    await pass(1000)
    assert.doesNotMatch(text(), /的数据/, 'a quick answer needs no words')
    await pass(1250)
    assert.match(text(), /正在更新 · 12 分钟前的数据/)
    slow = false
    answer(undefined)
    await loaded()
    assert.doesNotMatch(text(), /的数据/)
  })
})

test('without a network a class that has begun is no longer offered', () =>
  domPhone({ path: CLASSES, scenario: { ...everything, entries: [] } }, async ({ names, pass, sleep }) => {
    const book = () => names('button').filter((name) => name.startsWith('预约，吊环入门'))
    assert.equal(book().length, 1)
    globalThis.host.setNetwork('off')
    await sleep(9.6 * 60 * MINUTE)
    await pass(MINUTE)
    assert.equal(book().length, 0)
  }))

test('a missed class that was made up elsewhere meanwhile is not offered any more', () => {
  let madeUp = false
  const { bookings } = everything
  const left = (row) => (row.id === 61 ? { ...row, makeup_until: null } : row)
  const intercept = ({ path }) => {
    if (madeUp && path === '/makeup/owed') return { status: 200, body: { items: [], next_cursor: null } }
    return madeUp && path === '/bookings/my' ? { status: 200, body: { items: bookings.map(left), next_cursor: null } } : undefined
  }
  return domPhone({ path: 'pages/makeup/select?booking=61', scenario: { ...everything, entries: [], intercept } }, async ({ text, tap, pass }) => {
    await tap('radio', '吊环入门')
    assert.match(text(), /确认补课/)
    madeUp = true
    await pass(MINUTE)
    assert.match(text(), /这节课没有请假，也没有停课，不需要补课。/)
    assert.doesNotMatch(text(), /确认补课|吊环入门/)
  })
})

test('the day tapped last is shown, whatever order the rules answer in', () => {
  const held = []
  let hold = false
  const intercept = ({ path }) => (hold && path === '/rules/checkJoin' ? new Promise((go) => held.push(go)) : undefined)
  return domPhone({ path: CLASSES, scenario: { ...everything, entries: [], intercept }, wasm: 'off' }, async ({ tap, text, data, loaded }) => {
    await tap('tab', '明天')
    hold = true
    await tap('tab', '今天')
    hold = false
    await tap('tab', '周六')
    held.forEach((go) => go(undefined))
    await loaded()
    assert.equal(data().date, '2026-03-07')
    assert.match(text(), /蹦床/)
    assert.doesNotMatch(text(), /吊环入门/)
  })
})

test('不去了 says what leave and a cancel cost now, the better first, before anything is done', async () => {
  const soon = booking(56, 12, classes.early)
  const paid = { ...soon, compensation_minutes_used: 45 }
  const exact = { ...soon, starts_at: '2026-03-04T08:00:00.000Z' }
  const early = '请假（推荐）原课后 14 天内可以补课'
  for (const [row, words] of [
    [soon, '离开课已不到 6 小时，不能请假了取消预约这节课不能补课再想想'],
    [paid, '离开课已不到 6 小时，不能请假了取消预约抵扣的 45 分钟不退回，也不能补课再想想'],
    [exact, `${early}取消预约不能补课再想想`],
    [{ ...exact, compensation_minutes_used: 45 }, `${early}，抵扣的 45 分钟不退回取消预约抵扣的 45 分钟退回，不能补课再想想`],
  ]) {
    await domPhone({ path: BOOKINGS, scenario: { bookings: [row] } }, async ({ tap, seen }) => {
      await tap('button', '不去了，')
      assert.ok(dialogs().join().endsWith(words), dialogs().join())
      assert.equal(seen('DELETE /bookings/56') + seen('POST /bookings/56/leave'), 0)
    })
  }
})

test('不去了 takes leave, cancels, or does nothing; only leave asks for the message about the makeup', async () => {
  for (const [choice, done, asked] of [
    ['请假（推荐）', 'POST /bookings/52/leave', 1],
    ['取消预约', 'DELETE /bookings/52', 0],
    ['再想想', '', 0],
  ]) {
    await domPhone({ path: BOOKINGS, scenario: everything }, async ({ tap, seen, loaded }) => {
      await tap('button', '不去了，少儿体操启蒙')
      await tap('button', choice)
      await loaded()
      const sent = ['POST /bookings/52/leave', 'DELETE /bookings/52'].filter((name) => seen(name) > 0)
      assert.deepEqual(sent, done ? [done] : [])
      assert.equal(seen('POST /subscriptions'), asked, choice)
      assert.deepEqual(dialogs(), [])
    })
  }
})

test('two quick taps open one page, ask once, and go back once', async () => {
  const twice = (tap, ...at) => Promise.all([tap(...at), tap(...at)])
  for (const [path, link, opened] of [
    [LIST, '平衡木基础，今天', 'pages/waitlist/detail'],
    [CLASSES, '吊环入门', 'pages/classes/detail'],
    ['pages/me/index', '补课，', 'pages/makeup/index'],
  ]) {
    await domPhone({ path, scenario: everything }, async ({ tap }) => {
      await twice(tap, 'link', link)
      assert.deepEqual(globalThis.host.stack(), [path, opened])
    })
  }
  await domPhone({ path: 'pages/me/index', scenario: everything }, async ({ tap, loaded }) => {
    await tap('link', '补课，')
    await loaded()
    await tap('button', '选补课')
    await twice(tap, 'button', '返回')
    assert.deepEqual(globalThis.host.stack(), ['pages/me/index', 'pages/makeup/index'])
  })
  for (const [path, name] of [
    [LIST, '放弃'],
    [BOOKINGS, '不去了'],
    [CLASSES, '预约，吊环入门'],
    [CLASSES, '切换孩子'],
  ]) {
    await domPhone({ path, scenario: everything }, async ({ tap }) => {
      await twice(tap, 'button', name)
      assert.equal(dialogs().length, 1, name)
    })
  }
})

test('the clock is not measured by an answer during which the phone slept', () => {
  const held = []
  let hold = false
  const intercept = ({ path }) => (hold && path === '/time' ? new Promise((go) => held.push(go)) : undefined)
  return domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept } }, async ({ pass, sleep, names }) => {
    await pass(250)
    hold = true
    globalThis.host.hide()
    globalThis.host.show()
    await pass(250)
    hold = false
    await sleep(10 * MINUTE)
    held.forEach((go) => go({ status: 200, body: { now: '2026-03-04T02:00:00.500Z' } }))
    await pass(500)
    assert.deepEqual(names('timer'), ['确认剩余时间 11 分 59 秒'])
  })
})

test('a first start without a network says so', () =>
  domPhone({ path: LIST, scenario: { entries: waiting }, network: 'off' }, async ({ text }) => {
    assert.match(text(), /连不上网络，暂时看不到内容。检查网络后重试。/)
  }))

test('several requests refused at once lead to one login', () => {
  let logins = 0
  let valid = ''
  const late = []
  const intercept = ({ path, headers }) => {
    const token = new Headers(headers).get('authorization')
    if (path === '/auth/login') {
      logins += 1
      valid = `token-${logins}`
      return { status: 200, body: { token: valid, expires_at: '2026-03-05T00:00:00.000Z', account_id: 1, profiles: everything.profiles } }
    }
    if (!['/waitlist/my', '/bookings/my'].includes(path) || token === `Bearer ${valid}`) return undefined
    const refused = problem(401, 'unauthenticated')
    return path === '/bookings/my' ? new Promise((go) => late.push(() => go(refused))) : refused
  }
  return domPhone({ path: LIST, scenario: { entries: waiting, intercept } }, async ({ text, seen, pass, loaded }) => {
    assert.equal(seen('POST /auth/login'), 1)
    valid = 'none' // the token ran out
    await pass(MINUTE / 2)
    late.forEach((go) => go())
    await loaded()
    assert.equal(seen('POST /auth/login'), 2)
    assert.doesNotMatch(text(), /更新失败|登录/)
  })
})

test('a write whose answer was lost twice does not claim that it was not sent, and keeps its key', () => {
  const keys = []
  let lost = true
  const intercept = ({ method, headers }) => {
    if (method !== 'PUT') return undefined
    keys.push(new Headers(headers).get('idempotency-key'))
    if (lost) throw new TypeError('Failed to fetch')
    return undefined
  }
  return domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept } }, async ({ tap, loaded }) => {
    await tap('button', '立即预约')
    await loaded()
    assert.match(dialogs().join(), /网络断了，还不知道有没有成功。请再点一次，不会重复提交。/)
    lost = false
    document.querySelector('#overlay .modal__confirm').click()
    await loaded()
    assert.equal(keys.length, 3)
    assert.equal(new Set(keys).size, 1)
    assert.deepEqual(globalThis.host.stack(), [LIST, 'pages/waitlist/detail'])
  })
})

test('a confirmed seat is announced at once, before the entry is fetched again', () => {
  let taken = false
  const intercept = ({ method, path }) => {
    if (method === 'PUT') taken = true
    return taken && method === 'GET' && path === '/waitlist/31' ? problem(503, 'unavailable') : undefined
  }
  return domPhone({ path: 'pages/waitlist/detail?id=31', scenario: { entries: [offer(22)], intercept } }, async ({ tap, loaded }) => {
    await tap('button', '立即预约')
    await loaded()
    assert.match(document.querySelector('#overlay').textContent, /已为林小雨预约/)
  })
})

test("looking at a child's credit does not change whom classes are booked for", () =>
  domPhone({ path: BOOKINGS, scenario: everything }, async ({ tap, text, loaded }) => {
    await tap('link', '林小雨的补偿时长')
    await loaded()
    assert.match(text(), /补偿时长林小雨3可用补偿时长15分钟/)
    globalThis.host.open(CLASSES)
    await loaded()
    assert.match(text(), /^课程林小满/)
  }))

test("the credit's sums add up, also where some was taken back", () => {
  const movements = [movement(-1, '21:00', 12, 'revoked', 15, 0, 86), movement(-2, '21:00', 12, 'granted', 15, 15, 86), ...everything.movements]
  return domPhone({ path: 'pages/makeup/compensation?profile=12', scenario: { ...everything, movements } }, async ({ text }) => {
    assert.match(text(), /可用补偿时长15分钟.*30累计获得0已抵扣0已到期15已收回/)
  })
})

test('a screen reader hears the rank, the chance and until when', () =>
  domPhone({ path: LIST, scenario: { entries: waiting } }, async ({ names }) => {
    assert.ok(names('link').includes('候补中，平衡木基础，今天 18:30，林小满，第 2 位，机会较大（约 70%），12:00 截止，查看详情'), names('link').join('\n'))
  }))

test('a phone whose clock was set ahead does not refuse the seat', () =>
  domPhone({ path: LIST, scenario: { entries: [offer(22)] } }, async ({ tap, move, loaded, seen }) => {
    move(30 * MINUTE)
    await tap('button', '立即预约')
    await loaded()
    assert.deepEqual(dialogs(), [])
    assert.equal(seen('PUT /waitlist/31/respond'), 1)
  }))

test('我的 knows of an open offer, and of its end', () =>
  domPhone({ path: 'pages/me/index', scenario: everything }, async ({ names, sleep, pass }) => {
    assert.ok(names('tab').includes('候补，1 个名额待确认'), names('tab').join())
    await sleep(23 * MINUTE)
    await pass(MINUTE)
    assert.ok(names('tab').includes('候补'), names('tab').join())
  }))

test('a booking says its course without asking for its class, and an older service that does not say it breaks no page', () =>
  domPhone(
    { path: BOOKINGS, scenario: { bookings: [booking(58, 12, classes.tomorrow, { course_name: undefined }), booking(59, 12, classes.saturday)] } },
    async ({ text, seen }) => {
      assert.match(text(), /已预约林小雨课程明天 18:00.*已预约林小雨蹦床周六 3月7日 10:00/)
      assert.equal(seen('GET /sessions/10/2026-03-07'), 0)
    },
  ))

test('a second offer does not start out red because the first one ended red', () => {
  let entry = offer(3)
  const intercept = ({ path }) => (path === '/waitlist/31' ? { status: 200, body: entry } : undefined)
  const urgent = () => document.querySelectorAll('.mp-page:not([hidden]) [class*="urgent"]').length
  return domPhone({ path: 'pages/waitlist/detail?id=31', scenario: { entries: [entry], intercept } }, async ({ pass, names }) => {
    await pass(250)
    assert.ok(urgent() > 0)
    entry = { ...entry, status: 'waiting', position: 1, response_deadline: null }
    await pass(MINUTE / 2)
    entry = offer(25)
    await pass(MINUTE / 2)
    assert.match(names('timer').join(), /2\d 分/)
    assert.equal(urgent(), 0)
  })
})

test('a network that came back while the mini-program was away is noticed', () =>
  domPhone({ path: LIST, scenario: { entries: waiting } }, async ({ text, loaded }) => {
    globalThis.host.setNetwork('off')
    assert.match(text(), /离线/)
    globalThis.host.hide()
    globalThis.host.settings.network = 'on' // nobody tells a mini-program that sleeps
    globalThis.host.show()
    await loaded()
    assert.doesNotMatch(text(), /离线/)
  }))

test('without WXWebAssembly a countdown that nobody counts shows no time', () => {
  let broken = false
  const intercept = ({ path }) => (broken && path === '/rules/countdown' ? problem(503, 'unavailable') : undefined)
  return domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept }, wasm: 'off' }, async ({ names, text, pass }) => {
    await pass(1250)
    assert.deepEqual(names('timer'), ['确认剩余时间 21 分 59 秒'])
    broken = true
    await pass(6000)
    assert.deepEqual(names('timer'), ['确认剩余时间 暂时看不到'])
    assert.ok(text().includes('--:--:--') && text().includes('请在 10:22 前确认'))
    broken = false
    await pass(2000)
    assert.match(names('timer').join(), /21 分 5\d 秒/)
  })
})

test('an answer that is not JSON of the service does not count as a success', () => {
  const intercept = ({ method }) => (method === 'PUT' ? { status: 200, body: '<html>请先登录无线网络</html>' } : undefined)
  return domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept } }, async ({ tap, loaded }) => {
    await tap('button', '立即预约')
    await loaded()
    assert.match(dialogs().join(), /服务正在恢复，还没有收到结果。请过一会儿再试，不会重复提交。/)
    assert.deepEqual(globalThis.host.stack(), [LIST])
  })
})

test('a parent who does not give up the seat after all still sees the popup', () =>
  domPhone({ path: 'pages/waitlist/detail?id=31&message=91', scenario: everything }, async ({ tap, pass, names }) => {
    await tap('button', '放弃')
    document.querySelector('#overlay .modal__cancel').click()
    await pass(MINUTE / 2)
    assert.ok(names('dialog').includes('有名额了'), names('dialog').join())
    await tap('button', '放弃')
    document.querySelector('#overlay .modal__confirm').click()
    await pass(MINUTE / 2)
    assert.deepEqual(names('dialog'), [])
  }))
