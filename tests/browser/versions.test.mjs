// An installed mini-program against a newer service: fields, words and codes that it does not know, and a service that
// no longer serves it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { domPhone, startDom } from './lib/dom.mjs'
import { classes, everything, offer, waiting } from '../../tools/browser/mock/people.mjs'
import { POLICY, booking, entry, grant, movement, problem, said } from '../../tools/browser/mock/service.mjs'

const LIST = 'pages/waitlist/index'
const CLASSES = 'pages/classes/index'
const SELECT = 'pages/makeup/select?booking=61'

before(() => startDom(build({ name: 'miniprogram' })))

const dialogs = () => [...document.querySelectorAll('#overlay [role="dialog"]')].map((one) => one.textContent)
const press = (button) => document.querySelector(`#overlay .modal__${button}`).click()
const policy =
  (fields) =>
  ({ path }) =>
    path === '/policy' || path === '/policies/1' ? { status: 200, body: { ...POLICY, ...fields, policy: { ...POLICY, ...fields } } } : undefined

test("the version has one source and is the workspace's", () => {
  const version = createRequire(import.meta.url)('../../miniprogram/version.js')
  const workspace = readFileSync(new URL('../../Cargo.toml', import.meta.url), 'utf8').match(/^version = "([^"]+)"/m)[1]
  assert.equal(version, workspace)
})

test('every request says which client sends it', () => {
  const clients = new Set()
  const intercept = ({ path, headers }) => {
    // The host's own status bar asks for the time, too, without any of the mini-program's headers.
    if (new Headers(headers).has('x-request-id')) clients.add(`${path.split('/')[1]} ${new Headers(headers).get('x-client')}`)
    return undefined
  }
  return domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept }, wasm: 'off' }, async ({ tap, loaded }) => {
    await tap('button', '立即预约')
    await loaded()
    const names = [...clients].map((one) => one.split(' ')[0])
    for (const name of ['auth', 'time', 'policy', 'rules', 'waitlist', 'bookings']) assert.ok(names.includes(name), name)
    for (const one of clients) assert.match(one, / mini\/\d+\.\d+\.\d+$/)
  })
})

test('a policy field of a newer service is not passed to the rules, and the known ones are', () => {
  const intercept = policy({ seats_kept_back: 30, decision_window: 20 })
  const path = 'pages/classes/detail?schedule=2&date=2026-03-04'
  return domPhone({ path, scenario: { ...everything, entries: waiting, intercept } }, async ({ text, data, seen }) => {
    assert.equal(data().view, 'ready')
    assert.match(text(), /候补中 第 2 位/)
    assert.match(text(), /收到通知后 20 分钟内确认/)
    assert.equal(seen('POST /rules/phase'), 0)
  })
})

test("without WXWebAssembly the service's rules are given the fields that they know", () => {
  let asked
  const newer = policy({ seats_kept_back: 30 })
  const intercept = (request) => {
    if (request.path === '/rules/phase') asked = request.body.args[2]
    return newer(request)
  }
  return domPhone({ path: LIST, scenario: { entries: waiting, intercept }, wasm: 'off' }, async ({ data }) => {
    assert.equal(data().view, 'ready')
    assert.equal('seatsKeptBack' in asked, false)
    assert.equal(asked.decisionWindow, 30)
  })
})

/** A policy that the rules on the phone refuse: the window to decide does not fit before the hard stop. */
const REFUSED = { last_notification_lead: 380 }

test('where the rules on the phone throw, the service is asked', () => {
  const newer = policy(REFUSED)
  const rules = { '/rules/checkBook': { ok: false, code: 'session_full' }, '/rules/checkJoin': { ok: true } }
  const intercept = (request) => (request.path in rules ? { status: 200, body: { value: rules[request.path] } } : newer(request))
  return domPhone({ path: CLASSES, scenario: { ...everything, entries: [], intercept } }, async ({ names, seen }) => {
    assert.ok(seen('POST /rules/checkBook') > 0)
    assert.ok(
      names('button').some((name) => name.startsWith('加入候补，平衡木基础')),
      names('button').join(),
    )
  })
})

test('where nobody can answer, what the rules would have shown is left out and the page stands', async () => {
  const newer = policy(REFUSED)
  const intercept = (request) => (request.path.startsWith('/rules/') ? problem(503, 'unavailable') : newer(request))
  const scenario = { ...everything, intercept }
  for (const [path, shown, hidden] of [
    [CLASSES, /吊环入门余 3 位/, /加入候补|undefined/],
    [LIST, /候补中 3.*第2位/, /undefined/],
    ['pages/waitlist/detail?id=32', /第2位/, /undefined/],
    ['pages/bookings/index', /已预约/, /undefined/],
    ['pages/makeup/index', /待补课/, /undefined/],
    [SELECT, /余 3 位/, /undefined/],
  ]) {
    await domPhone({ path, scenario }, async ({ text, data }) => {
      assert.equal(data().view, 'ready', path)
      assert.match(text(), shown, path)
      assert.doesNotMatch(text(), hidden, path)
    })
  }
})

test('without a network the preview of minutes is hidden where the rules on the phone cannot give it', () => {
  const odd = { ...classes.rings, duration_minutes: 4000 }
  const sessions = everything.sessions.map((one) => (one.course_schedule_id === 3 ? odd : one))
  const intercept = ({ path }) => (path.startsWith('/rules/') ? problem(503, 'unavailable') : undefined)
  return domPhone({ path: SELECT, scenario: { ...everything, sessions, entries: [], intercept }, wasm: 'off' }, async ({ text, tap, names }) => {
    assert.match(text(), /吊环入门/)
    assert.doesNotMatch(text(), /补偿 \d|免费|undefined|null/)
    await tap('radio', '吊环入门')
    assert.ok(names('button').some((name) => name.startsWith('确认补课')))
  })
})

test('an unknown status word is shown as it is, in grey, and breaks no page', async () => {
  const strange = (row) => ({ ...row, status: 'frozen' })
  const scenario = {
    ...everything,
    bookings: everything.bookings.map((row, index) => (index % 2 === 0 ? { ...strange(row), source: 'gift' } : row)),
    entries: [entry(31, 12, classes.tumble, 'paused'), ...waiting],
    makeups: everything.makeups.map(strange),
    grants: [...everything.grants, grant(86, 11, 30, 4, { status: 'frozen' })],
    movements: [movement(-1, '21:00', 11, 'donated', 20, 10, 86), ...everything.movements],
    said: [said(301, 11, 'greeting', 5, '新的消息', '这个版本不认识', { photo_id: 4 }, { delivery: 'carried' }), ...everything.said],
    messages: everything.messages.map((row) => ({ ...strange(row), notification_type: 'greeting', delivery: 'carried' })),
  }
  const grey = (word) => [...document.querySelectorAll('.mp-page:not([hidden]) [class*="--ended"]')].some((one) => one.textContent === word)
  for (const [path, shown, word] of [
    ['pages/bookings/index', /历史记录|过去的/],
    [LIST, /候补中 3/],
    ['pages/waitlist/detail?id=31', /paused.*这个版本还看不懂这个状态，请更新小程序/, 'paused'],
    ['pages/waitlist/status?id=31', /paused/, 'paused'],
    ['pages/makeup/index', /待补课/],
    ['pages/makeup/compensation', /可用补偿时长60分钟.*donated昨天 21:0020/],
    ['pages/notifications/waitlist', /讯新的消息/],
    ['pages/me/index', /林小满/],
    [CLASSES, /平衡木基础/],
  ]) {
    await domPhone({ path, scenario }, async ({ text, data }) => {
      assert.equal(data().view, 'ready', path)
      assert.match(text(), shown, path)
      assert.doesNotMatch(text(), /undefined|NaN|null/, path)
      if (word) assert.ok(grey(word), `${path}: 「${word}」 in grey`)
    })
  }
})

test('a refusal with a code that this version does not know names the code', () => {
  const intercept = ({ method }) => (method === 'PUT' ? problem(409, 'seat_frozen') : undefined)
  return domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept } }, async ({ tap, loaded }) => {
    await tap('button', '立即预约')
    await loaded()
    assert.match(dialogs().join(), /这个操作没有成功（seat_frozen）。请刷新后再试，或联系前台。/)
  })
})

const tooOld = ({ path }) => (path === '/time' ? undefined : problem(409, 'client_too_old', { oldest: '0.2.0' }))

test('a version that is no longer served says so, and restarts into the new one once WeChat has it', () =>
  domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept: tooOld } }, async ({ text, tap, loaded }) => {
    assert.match(text(), /这个版本已停用。更新小程序后就能继续用。更新/)
    assert.match(dialogs().join(), /请更新小程序.*正在查找新版本/)
    press('confirm')
    await loaded()
    globalThis.host.playUpdate('found')
    await tap('button', '更新')
    assert.match(dialogs().join(), /新版本正在下载/)
    globalThis.host.playUpdate('ready')
    press('confirm')
    await loaded()
    assert.match(dialogs().join(), /新版本准备好了.*重启后就能继续用/)
    assert.equal(document.querySelector('#overlay .modal__cancel'), null, 'there is nothing to put off')
    press('confirm')
    await loaded()
    assert.equal(globalThis.host.restarts(), 1)
  }))

test('where WeChat has no new version, or cannot load it, a version that is no longer served says what to do', async () => {
  for (const [step, words] of [
    ['none', /长按删除它，再重新打开/],
    ['failed', /新版本没有下载成功/],
  ]) {
    await domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept: tooOld } }, async ({ loaded }) => {
      globalThis.host.playUpdate(step)
      press('confirm')
      await loaded()
      assert.match(dialogs().join(), words)
    })
  }
})

test('what was known before this version ended stays in sight, and its age is said', () => {
  let ended = false
  const intercept = (request) => (ended ? tooOld(request) : undefined)
  return domPhone({ path: LIST, scenario: { entries: waiting, intercept } }, async ({ text, pass }) => {
    ended = true
    await pass(90_000)
    assert.match(text(), /请更新小程序 · 1 分钟前的数据/)
    assert.match(text(), /候补中 3/)
    assert.equal(dialogs().length, 1)
  })
})

test('a new version that is ready is offered, and can be put off', () =>
  domPhone({ path: LIST, scenario: { entries: waiting, bookings: [booking(51, 11, classes.saturday)] } }, async ({ loaded }) => {
    globalThis.host.playUpdate('found')
    await loaded()
    assert.deepEqual(dialogs(), [], 'a download in the background is no news')
    globalThis.host.playUpdate('ready')
    await loaded()
    assert.match(dialogs().join(), /新版本准备好了/)
    press('cancel')
    await loaded()
    assert.equal(globalThis.host.restarts(), 0)
  }))
