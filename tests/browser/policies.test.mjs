// A class is judged by its own version of the policy: on every page, in every sentence, without a network too. Each
// version is asked for once and kept.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { afterEach, before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { domPhone, startDom } from './lib/dom.mjs'
import { classes, everything, offer } from '../../tools/browser/mock/people.mjs'
import { POLICY, at, booking, entry, iso, problem } from '../../tools/browser/mock/service.mjs'

const MINUTE = 60_000
const LIST = 'pages/waitlist/index'
const CLASSES = 'pages/classes/index'
const BOOKINGS = 'pages/bookings/index'

before(() => startDom(build({ name: 'miniprogram' })))

/** The fields in which version 2 differs from version 1. */
const policies = {
  2: { last_notification_lead: 600, decision_window: 20, no_notification_within: 480, free_cancellation_lead: 1440, compensation_validity_days: 30 },
}
/** A class that version 2 judges. */
const later = (row) => ({ ...row, policy_id: 2 })
const address = ({ course_schedule_id: schedule, booking_date: date }) => `pages/classes/detail?schedule=${schedule}&date=${date}`
const scenario = (fields = {}) => ({ ...everything, policies, ...fields })
/** The classes, of which some are judged by version 2. */
const with2 = (...rows) => everything.sessions.map((row) => (rows.includes(row) ? later(row) : row))
const dialogs = () => [...document.querySelectorAll('#overlay [role="dialog"], .mp-page:not([hidden]) [role="dialog"]')].map((one) => one.textContent)

test('a class says how waiting and leave work by its own version', async () => {
  // Version 2 closes the list of a class at 20:30 half an hour from now.
  const evening = (row) => (row === classes.beam ? { ...later(row), starts_at: iso(at(0, '20:30')) } : row)
  const sessions = everything.sessions.map(evening)
  for (const [row, words] of [
    [classes.beam, /有名额时收到通知后 20 分钟内确认请假可补课至少提前 24 小时/],
    [classes.tumble, /有名额时收到通知后 30 分钟内确认请假可补课至少提前 6 小时/],
  ]) {
    await domPhone({ path: address(row), scenario: scenario({ sessions, entries: [] }) }, async ({ text }) => assert.match(text(), words))
  }
})

test('a class can be waited for as long as its own version says', async () => {
  // The class is in eight hours and a half: version 2 closes its list ten hours before.
  const sessions = with2(classes.beam)
  await domPhone({ path: CLASSES, scenario: scenario({ sessions: everything.sessions, entries: [] }) }, async ({ names }) => {
    assert.ok(names('button').some((name) => name.startsWith('加入候补，平衡木基础，今天 18:30')))
  })
  await domPhone({ path: CLASSES, scenario: scenario({ sessions, entries: [] }) }, async ({ names, text, seen }) => {
    assert.ok(!names('button').some((name) => name.startsWith('加入候补，平衡木基础，今天 18:30')), names('button').join())
    assert.match(text(), /平衡木基础满员 · 候补 3 人候补已截止/)
    assert.ok(names('button').some((name) => name.startsWith('加入候补，少儿体操启蒙，今天 17:30')))
    assert.deepEqual([seen('GET /policies/1'), seen('GET /policies/2')], [1, 1])
  })
})

test('an entry is judged by the version of its class', async () => {
  for (const [row, words] of [
    [classes.beam, /候补中.*第2位/],
    [later(classes.beam), /候补已截止/],
  ]) {
    const entries = [entry(32, 11, row, 'waiting', { position: 2 })]
    await domPhone({ path: 'pages/waitlist/detail?id=32', scenario: scenario({ entries }) }, async ({ text }) => assert.match(text(), words))
  }
})

test('不去了 says what leave costs by the version of the class', async () => {
  for (const [row, words] of [
    [classes.tomorrow, /请假（推荐）原课后 14 天内可以补课/],
    [{ ...later(classes.tomorrow), starts_at: iso(at(1, '09:00')) }, /离开课已不到 24 小时，不能请假了/],
  ]) {
    await domPhone({ path: BOOKINGS, scenario: scenario({ bookings: [booking(52, 12, row)] }) }, async ({ tap }) => {
      await tap('button', '不去了，')
      assert.match(dialogs().join(), words)
    })
  }
})

test('the credit of a makeup is said to last as long as the version of the makeup class says', async () => {
  for (const [sessions, days] of [
    [everything.sessions, 14],
    [with2(classes.rings), 30],
  ]) {
    const path = 'pages/makeup/select?booking=61&class=3_2026-03-04'
    await domPhone({ path, scenario: scenario({ sessions, entries: [] }) }, async ({ text }) => {
      assert.ok(text().includes(`补偿的 15 分钟 ${days} 天内有效`), text())
    })
  }
})

/** A service that listed a class as a makeup a moment ago. */
const listed =
  (session) =>
  ({ path }) =>
    path === '/makeup/available'
      ? { status: 200, body: { items: [{ session, original_duration: 60, makeup_duration: 45, compensation_minutes: 15 }], next_cursor: null } }
      : undefined

test('a class can be taken as a makeup as long as its own version says, and until the right ends that was promised', async () => {
  const late = { 2: { makeup_booking_lead: 600 } }
  const short = { 1: { makeup_validity_days: 1 } }
  for (const [row, versions, words] of [
    [classes.rings, late, /吊环入门余 3 位/],
    [later(classes.rings), late, /吊环入门离开课太近/],
    [classes.rings, short, /吊环入门余 3 位/],
  ]) {
    const sessions = [classes.sunday, row]
    const service = scenario({ sessions, entries: [], policies: versions, intercept: listed(row) })
    await domPhone({ path: 'pages/makeup/select?booking=61', scenario: service }, async ({ text }) => assert.match(text(), words))
  }
})

test('an offer says its own window, whatever the policy says now', async () => {
  const sentAt = offer(22).last_notified_at
  const until = (minutes) => iso(Date.parse(sentAt) + minutes * MINUTE)
  for (const [minutes, words] of [
    [30, '请在 10:22 前确认（30 分钟）'],
    [75, '请在 11:07 前确认（1 小时 15 分）'],
  ]) {
    const entries = [{ ...offer(22), response_deadline: until(minutes), policy_id: 2 }]
    for (const path of [LIST, 'pages/waitlist/detail?id=31', 'pages/waitlist/detail?id=31&message=91']) {
      await domPhone({ path, scenario: scenario({ entries }) }, async ({ text }) => assert.ok(text().includes(words), `${path}: ${text()}`))
    }
  }
  const unknown = [{ ...offer(22), last_notified_at: null }]
  await domPhone({ path: LIST, scenario: scenario({ entries: unknown }) }, async ({ text }) => assert.match(text(), /请在 10:22 前确认立即预约/))
})

test('a version is asked for once, and judges without a network', () =>
  domPhone(
    { path: CLASSES, scenario: scenario({ sessions: with2(classes.tomorrow, classes.rings), entries: [] }) },
    async ({ pass, seen, text, tap, loaded }) => {
      await pass(5 * 60_000)
      assert.deepEqual([seen('GET /policies/1'), seen('GET /policies/2'), seen('GET /policy')], [1, 1, 1])
      globalThis.host.setNetwork('off')
      await tap('link', '吊环入门，今天 19:30')
      await loaded()
      assert.match(text(), /离线/)
      assert.match(text(), /请假可补课至少提前 24 小时/)
      assert.equal(seen('GET /policies/2'), 1)
    },
  ))

test('where a version cannot be had no other stands in, and the next look asks again', () => {
  let broken = true
  const intercept = ({ path }) => (broken && path === '/policies/2' ? problem(503, 'unavailable') : undefined)
  const sessions = with2(classes.tumble)
  return domPhone({ path: address(classes.tumble), scenario: scenario({ sessions, entries: [], intercept }) }, async ({ text, seen, names, pass, data }) => {
    assert.equal(data().view, 'ready')
    assert.match(text(), /少儿体操启蒙.*已约 7 人/)
    assert.match(text(), /有些内容没有加载出来/)
    assert.doesNotMatch(text(), /分钟内确认|至少提前|undefined|NaN/)
    assert.ok(!names('button').some((name) => name.startsWith('加入候补')), names('button').join())
    assert.equal(seen('GET /policies/2'), 1, 'once a look, however much depends on it')
    broken = false
    await pass(40_000)
    assert.match(text(), /至少提前 24 小时/)
    assert.doesNotMatch(text(), /有些内容没有加载出来/)
  })
})

test('where a version cannot be had, what has begun is still told from what is to come', async () => {
  const intercept = ({ path }) => (path === '/policies/2' ? problem(503, 'unavailable') : undefined)
  const early = { ...later(classes.tomorrow), starts_at: iso(at(0, '08:00')) }
  const entries = [entry(31, 11, early, 'confirmed'), entry(32, 11, later(classes.beam), 'waiting', { position: 2 })]
  await domPhone({ path: LIST, scenario: scenario({ entries, bookings: [], intercept }) }, async ({ text, names }) => {
    assert.match(text(), /候补中 1.*平衡木基础/)
    assert.ok(names('button').includes('展开已结束的候补，已收起'), 'the class that has begun is among what has ended')
    assert.doesNotMatch(text(), /已取消预约|候补成功/)
  })
  const booked = [booking(51, 11, early), booking(52, 11, later(classes.tomorrow))]
  await domPhone({ path: BOOKINGS, scenario: scenario({ bookings: booked, intercept }) }, async ({ names }) => {
    assert.equal(names('button').filter((name) => name.startsWith('不去了，')).length, 1)
  })
})

test('an older service, whose classes name no version, is judged by its policy', () => {
  const older = ({ path, query }) => {
    if (path.startsWith('/policies/')) return problem(404, 'not_found')
    if (path !== '/sessions') return undefined
    const items = everything.sessions.filter((one) => one.booking_date >= query.from && one.booking_date <= query.to)
    return { status: 200, body: { items: items.map((row) => ({ ...row, policy_id: undefined })), next_cursor: null } }
  }
  return domPhone({ path: CLASSES, scenario: scenario({ entries: [], intercept: older }) }, async ({ names, seen }) => {
    assert.ok(names('button').some((name) => name.startsWith('加入候补，平衡木基础，今天 18:30')))
    assert.equal(seen('GET /policies/1'), 0)
  })
})

/** `services/policies` and `services/rules` in a mini-program of their own, which has just been started. */
function started({ storage = {}, answer }) {
  const asked = []
  globalThis.wx = {
    getAccountInfoSync: () => ({ miniProgram: { envVersion: 'develop' } }),
    getStorageSync: (key) => storage[key] ?? '',
    setStorageSync: (key, value) => {
      storage[key] = structuredClone(value)
    },
    getRealtimeLogManager: () => ({ warn() {} }),
    request: ({ url, data, success, fail }) => {
      const path = url.split('/api/v1')[1]
      asked.push(path)
      const body = answer(path, data)
      queueMicrotask(() => (body ? success({ statusCode: 200, data: body, header: {} }) : fail({ errMsg: 'request:fail' })))
    },
  }
  const require = createRequire(import.meta.url)
  for (const file of Object.keys(require.cache)) if (file.includes('/miniprogram/')) delete require.cache[file]
  return { policies: require('../../miniprogram/services/policies'), rules: require('../../miniprogram/services/rules'), asked, storage }
}

/** A service whose version `n` has a window of `n` minutes. */
const versions = (path) => {
  const id = Number(path.match(/^\/policies\/(\d+)$/)?.[1])
  return id ? { id, effective_from: '1971-01-01T00:00:00.000Z', policy: { ...POLICY, decision_window: id }, created_by: 0, created_at: iso(0) } : undefined
}

const { wx } = globalThis
afterEach(() => {
  globalThis.wx = wx
})

test('the phone keeps twenty versions, and the one that was kept first makes room', async () => {
  const { policies: first, storage } = started({ answer: versions })
  for (let id = 1; id <= 21; id += 1) assert.equal((await first.version(id)).decision_window, id)
  assert.deepEqual(
    storage['gym:policies'].map((one) => one.id),
    Array.from({ length: 20 }, (_, index) => index + 2),
  )
  const { policies: again, asked } = started({ storage, answer: () => undefined })
  assert.equal((await again.version(2)).decision_window, 2)
  assert.deepEqual(asked, [], 'what is kept is not asked for')
  assert.equal(await again.version(1), null)
})

test('callers share one request, and one that failed is not sent again before the next look', async () => {
  let network = false
  const { policies: one, asked } = started({ answer: (path) => network && versions(path) })
  assert.deepEqual(await Promise.all([one.version(3), one.version(3), one.version(3)]), [null, null, null])
  assert.deepEqual([asked.length, one.isIncomplete()], [1, true])
  network = true
  assert.equal(await one.version(3), null)
  one.retry()
  assert.equal((await one.version(3)).decision_window, 3)
  assert.deepEqual([asked.length, one.isIncomplete()], [2, false])
})

test('an answer without a policy is not kept', async () => {
  const { policies: one, storage } = started({ answer: () => ({ welcome: 'to the Wi-Fi of a café' }) })
  assert.equal(await one.version(3), null)
  assert.equal(storage['gym:policies'], undefined)
})

test('of a version, the fields that the rules do not know and what stands beside them are left out', async () => {
  const sent = { id: 3, next: { id: 4, effective_from: iso(0) }, effective_from: iso(0), seats_kept_back: 30, ...POLICY }
  let given
  const answer = (path, data) => {
    if (path === '/policy') return sent
    if (path === '/rules/defaultPolicy') return { value: { decisionWindow: 30, lastNotificationLead: 390, quietHours: null } }
    if (path === '/rules/phase') given = data.args[2]
    return path.startsWith('/rules/') ? { value: 'open' } : { id: 3, policy: sent }
  }
  const { rules } = started({ answer })
  assert.equal(await rules.phase(2, 1, { policy_id: 3 }), 'open')
  assert.deepEqual(given, { decisionWindow: 30, lastNotificationLead: 390 })
  given = undefined
  assert.equal(await rules.phase(2, 1), 'open')
  assert.deepEqual(given, { decisionWindow: 30, lastNotificationLead: 390 })
})
