// 消息: one list of everything that was said to a family. On WeChat's component framework in a DOM without a browser.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { classes, everything, offer, profiles } from '../../tools/browser/mock/people.mjs'
import { booking, problem, said } from '../../tools/browser/mock/service.mjs'
import { domPhone, startDom } from './lib/dom.mjs'

const MINUTE = 60_000
const INBOX = 'pages/notifications/waitlist'
const CLASSES = 'pages/classes/index'

before(() => startDom(build({ name: 'miniprogram' })))

const bell = (names) => names('button').find((name) => name.startsWith('消息'))
const many = (count) => Array.from({ length: count }, (_, index) => said(400 + index, 11, 'waitlist_front', count - index, '排到第一位了', `第 ${index} 条`))

test('the bell says how many are unread, on every page, whichever page heard of it', async () => {
  for (const path of [
    CLASSES,
    'pages/classes/detail?schedule=3&date=2026-03-04',
    'pages/waitlist/index',
    'pages/waitlist/detail?id=32',
    'pages/bookings/index',
    'pages/makeup/index',
    'pages/makeup/select?booking=61',
    'pages/makeup/compensation',
  ]) {
    await domPhone({ path, scenario: everything }, async ({ names }) => assert.equal(bell(names), '消息，3 条未读', path))
  }
  await domPhone({ path: 'pages/me/index', scenario: everything }, async ({ names }) => assert.ok(names('link').includes('消息，3 条未读')))
  await domPhone({ path: CLASSES, scenario: everything }, async ({ names, tap, loaded }) => {
    await tap('button', '消息')
    await loaded()
    assert.deepEqual(globalThis.host.stack(), [CLASSES, INBOX])
    await tap('button', '返回')
    await loaded()
    assert.equal(bell(names), '消息', 'what was read is counted no more')
  })
})

test('a service that keeps no messages has no bell, and the page stands', async () => {
  const intercept = ({ path }) => (path.startsWith('/messages') ? problem(404, 'not_found') : undefined)
  const scenario = { ...everything, intercept }
  await domPhone({ path: CLASSES, scenario }, async ({ names, data }) => {
    assert.equal(data().view, 'ready')
    assert.equal(bell(names), undefined)
  })
  await domPhone({ path: 'pages/me/index', scenario }, async ({ names }) =>
    assert.equal(
      names('link').some((name) => name.startsWith('消息，') || name === '消息'),
      false,
    ),
  )
  await domPhone({ path: INBOX, scenario }, async ({ text }) => assert.match(text(), /还没有消息/))
})

test('a bell that cannot be asked for keeps what it said, and no page waits for it', async () => {
  const intercept = ({ path }) => (path.startsWith('/messages') ? problem(503, 'unavailable') : undefined)
  await domPhone({ path: CLASSES, scenario: { ...everything, intercept } }, async ({ data, text }) => {
    assert.equal(data().view, 'ready')
    assert.doesNotMatch(text(), /没有加载出来/)
  })
})

test('what is shown is read, once, and keeps its dot until the page is left', () =>
  domPhone({ path: INBOX, scenario: everything }, async ({ names, seen, pass, loaded }) => {
    const unread = () => names('link').filter((name) => name.startsWith('未读')).length
    assert.equal(unread(), 3)
    assert.equal(seen('PUT /messages/read'), 1)
    await pass(MINUTE)
    assert.equal(seen('PUT /messages/read'), 1)
    assert.equal(unread(), 3)
    globalThis.host.open(CLASSES)
    await loaded()
    globalThis.host.open(INBOX)
    await loaded()
    assert.equal(unread(), 0)
  }))

test('a fault of the mark leaves the list as it is', () => {
  const intercept = ({ method, path }) => (method === 'PUT' && path === '/messages/read' ? problem(500, 'internal') : undefined)
  return domPhone({ path: INBOX, scenario: { ...everything, intercept } }, async ({ data, names }) => {
    assert.equal(data().view, 'ready')
    assert.equal(names('link').filter((name) => name.startsWith('未读')).length, 3)
  })
})

test('older messages come at the end of the list, and a refresh keeps them', () =>
  domPhone({ path: INBOX, scenario: { profiles, said: many(70) } }, async ({ text, data, loaded, pass }) => {
    const rows = () => data().days.flatMap((day) => day.rows).length
    const lower = async () => {
      await globalThis.host.page().onLower()
      await loaded()
    }
    assert.equal(rows(), 30)
    assert.match(text(), /往下看更早的$/)
    await lower()
    assert.equal(rows(), 60)
    await lower()
    assert.equal(rows(), 70)
    assert.match(text(), /没有更多了$/)
    await pass(MINUTE)
    assert.equal(rows(), 70)
    assert.match(text(), /没有更多了$/)
  }))

test('older messages that do not load say so, and are asked for again', () => {
  let broken = true
  const intercept = ({ path, query }) => (broken && path === '/messages/my' && query.cursor ? problem(500, 'internal') : undefined)
  return domPhone({ path: INBOX, scenario: { profiles, said: many(40), intercept } }, async ({ tap, loaded, data }) => {
    await globalThis.host.page().onLower()
    await loaded()
    broken = false
    await tap('button', '更早的没有加载出来，再试一次')
    await loaded()
    assert.equal(data().days.flatMap((day) => day.rows).length, 40)
  })
})

test('a message opens what it is about', async () => {
  const calledOff = booking(66, 12, classes.off, { status: 'cancelled_by_gym', makeup_until: '2026-03-18T08:30:00.000Z' })
  const family = { ...everything, bookings: [...everything.bookings, calledOff] }
  for (const [title, route, shown] of [
    ['有名额了', 'pages/waitlist/detail', /有名额了/],
    ['排到第一位了', 'pages/waitlist/detail', /平衡木基础/],
    ['课程已取消', 'pages/classes/detail', /林小雨.*艺术体操.*已停课.*查看预约/],
    ['补课资格即将到期', 'pages/makeup/select', /自由体操提高/],
    ['补偿时长即将到期', 'pages/makeup/compensation', /可用补偿时长60分钟/],
    ['场馆更改了安排', 'pages/classes/detail', /蹦床/],
  ]) {
    await domPhone({ path: INBOX, scenario: family }, async ({ tap, loaded, text }) => {
      await tap('link', title)
      await loaded()
      assert.equal(globalThis.host.stack().at(-1), route, title)
      assert.match(text(), shown, title)
    })
  }
})

test('a message of a kind that this version does not know is drawn plainly, and leads nowhere', () => {
  const unknown = said(301, 11, 'greeting', 5, '新的消息', '这个版本不认识的消息，3月5日 周四 18:00', { photo_id: 4 }, { delivery: 'carried' })
  return domPhone({ path: INBOX, scenario: { profiles, said: [unknown] } }, async ({ names, text }) => {
    assert.match(text(), /新的消息09:55这个版本不认识的消息，明天 18:00/)
    assert.deepEqual(names('link'), [])
  })
})

test('an offer that runs out on the page is no longer asked for', () =>
  domPhone({ path: INBOX, scenario: { profiles, entries: [offer(1)], said: everything.said.slice(0, 1) } }, async ({ text, pass }) => {
    assert.match(text(), /待确认 1/)
    await pass(MINUTE + 1000)
    assert.doesNotMatch(text(), /待确认/)
    assert.match(text(), /有名额了/)
  }))
