// What a page says at the edges: when a deadline has passed, an answer fails, a tap comes twice, the phone slept.
// On WeChat's component framework in a DOM without a browser.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { build } from './build.mjs'
import { domPhone, startDom } from './lib/dom.mjs'
import { everything, offer } from './mock/people.mjs'

const LIST = 'pages/waitlist/index'
const CLASSES = 'pages/classes/index'

before(() => startDom(build({ name: 'miniprogram' })))

test('an offer that ran out is no place in the queue, where the service has not swept it yet', async () => {
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
    assert.ok(names('link').some((name) => /少儿体操启蒙.*名额已过期$/.test(name)), names('link').join())
  }))

test('an offer missed in the last minutes of a list is not offered to wait for again', () =>
  // The class begins at 16:05: its list closed at 09:35.
  domPhone({ path: LIST, scenario: { entries: [{ ...offer(-1), starts_at: '2026-03-04T08:05:00.000Z', expires_at: '2026-03-04T01:35:00.000Z' }] } }, async ({ text, names }) => {
    assert.match(text(), /名额已被释放，已为下一位保留/)
    assert.doesNotMatch(text(), /要继续候补吗/)
    assert.equal(names('button').some((name) => name.startsWith('重新候补')), false)
  }))
