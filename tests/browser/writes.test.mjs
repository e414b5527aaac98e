// How the mini-program sends a write: its idempotency key, and which attempt says that it is the first.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { domPhone, startDom } from './lib/dom.mjs'
import { everything, offer } from '../../tools/browser/mock/people.mjs'
import { problem } from '../../tools/browser/mock/service.mjs'

const LIST = 'pages/waitlist/index'
const CLASSES = 'pages/classes/index'

before(() => startDom(build({ name: 'miniprogram' })))

const press = (button) => document.querySelector(`#overlay .modal__${button}`).click()

/**
 * Notes the key and the mark of every write to `path`, and answers it as `answers` say, one after the other; a write
 * beyond them is answered by the service.
 */
function recorded(path, answers) {
  const sent = []
  const intercept = (request) => {
    if (request.method === 'GET' || request.path !== path) return undefined
    const headers = new Headers(request.headers)
    sent.push({ key: headers.get('idempotency-key'), first: headers.get('idempotency-first') })
    return answers[sent.length - 1]?.()
  }
  return { sent, intercept }
}

const lost = () => {
  throw new TypeError('Failed to fetch')
}
const firsts = (sent) => sent.map((one) => one.first)
const keys = (sent) => new Set(sent.map((one) => one.key)).size

test('the first attempt says so; a repeat after a lost answer never does, by itself or by a tap', () => {
  const { sent, intercept } = recorded('/waitlist/31/respond', [lost, lost])
  return domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept } }, async ({ tap, loaded }) => {
    await tap('button', '立即预约')
    await loaded()
    press('confirm')
    await loaded()
    assert.deepEqual(firsts(sent), ['1', null, null])
    assert.equal(keys(sent), 1)
    assert.deepEqual(globalThis.host.stack(), [LIST, 'pages/waitlist/detail'])
  })
})

test('a repeat after a new login does not claim to be the first attempt', () => {
  const { sent, intercept } = recorded('/waitlist/31/respond', [() => problem(401, 'unauthenticated')])
  return domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept } }, async ({ tap, loaded }) => {
    await tap('button', '立即预约')
    await loaded()
    assert.deepEqual(firsts(sent), ['1', null])
    assert.equal(keys(sent), 1)
  })
})

test('a repeat of a write that the service may still be doing does not claim to be the first attempt', async () => {
  for (const refusal of [problem(409, 'idempotency_in_progress'), problem(503, 'unavailable'), problem(429, 'rate_limited')]) {
    const { sent, intercept } = recorded('/waitlist/31/respond', [() => refusal])
    await domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept } }, async ({ tap, loaded }) => {
      await tap('button', '立即预约')
      await loaded()
      press('confirm')
      await loaded()
      if (sent.length < 2) await tap('button', '立即预约')
      await loaded()
      assert.deepEqual(firsts(sent), ['1', null], refusal.body.code)
      assert.equal(keys(sent), 1, refusal.body.code)
    })
  }
})

test('after a refusal the next tap is a new write: a new key, and again the first attempt', () => {
  const { sent, intercept } = recorded('/bookings', [() => problem(409, 'time_conflict')])
  return domPhone({ path: CLASSES, scenario: { ...everything, entries: [], grants: [], intercept } }, async ({ tap, loaded }) => {
    await tap('button', '预约，吊环入门')
    await loaded()
    press('cancel')
    await loaded()
    await tap('button', '预约，吊环入门')
    await loaded()
    assert.deepEqual(firsts(sent), ['1', '1'])
    assert.equal(keys(sent), 2)
  })
})

test('a report of consent that succeeds does not forget the key of a write whose answer was lost', () => {
  const { sent, intercept } = recorded('/bookings/52', [lost, lost])
  return domPhone({ path: 'pages/bookings/index', scenario: { ...everything, intercept } }, async ({ tap, loaded, seen }) => {
    const cancel = async () => {
      await tap('button', '不去了，少儿体操启蒙')
      await tap('button', '取消预约')
      await loaded()
    }
    await cancel()
    press('cancel')
    await loaded()
    await tap('tab', '我的')
    await loaded()
    await tap('link', '消息提醒')
    await loaded()
    assert.equal(seen('POST /subscriptions'), 1)
    await tap('tab', '预约')
    await loaded()
    await cancel()
    assert.deepEqual(firsts(sent), ['1', null, null])
    assert.equal(keys(sent), 1)
  })
})
