// Which subscribe messages are asked for, by the version of the mini-program that runs, and what the parent is told.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const app = fileURLToPath(new URL('../../miniprogram/', import.meta.url))
const OCCASIONS = ['wait', 'waitToMakeUp', 'book', 'bookMakeup', 'miss']

/**
 * `page/consent` of a mini-program that runs as `envVersion`. `settings` replaces parts of its config, `answers` what the
 * parent says to a template (else `accept`), `subscriptions` WeChat's settings, `remaining` what the service still may send.
 */
function consentOf(envVersion, { settings, answers = {}, subscriptions = {}, remaining = null } = {}) {
  for (const file of Object.keys(require.cache)) if (file.startsWith(app)) delete require.cache[file]
  const asked = []
  const told = []
  const stored = {}
  globalThis.wx = {
    getAccountInfoSync: () => ({ miniProgram: { envVersion } }),
    getStorageSync: (key) => stored[key] ?? '',
    setStorageSync: (key, value) => {
      stored[key] = value
    },
    removeStorageSync: (key) => delete stored[key],
    getSetting: async () => ({ subscriptionsSetting: { mainSwitch: true, itemSettings: {}, ...subscriptions } }),
    requestSubscribeMessage: async ({ tmplIds }) => {
      asked.push(tmplIds)
      return Object.fromEntries(tmplIds.map((id) => [id, answers[id] ?? 'accept']))
    },
    showModal: async ({ title }) => {
      told.push(title)
      return { confirm: true }
    },
  }
  const config = require(path.join(app, 'config.js'))
  Object.assign(config, settings)
  const reported = []
  const service = require(path.join(app, 'services/subscriptions.js'))
  service.report = async (results) => {
    reported.push(results)
    return { remaining: { spot_available: reported.length } }
  }
  service.remaining = async () => remaining && { remaining }
  return { ...require(path.join(app, 'page/consent.js')), asked, told, reported, config }
}

test('a version whose templates are not set asks for nothing', async () => {
  for (const version of ['trial', 'release', 'something new']) {
    const { ask, settle, asked, reported, config } = consentOf(version)
    for (const occasion of OCCASIONS) {
      assert.deepEqual(config.templatesFor(occasion), [])
      await settle(ask(occasion))
    }
    assert.deepEqual([asked, reported, config.offerTemplate], [[], [], ''])
  }
})

test('each occasion asks for what it may lead to, what matters most first, three at most', async () => {
  const { ask, settle, asked, reported } = consentOf('develop')
  for (const occasion of OCCASIONS) await settle(ask(occasion))
  assert.deepEqual(asked, [
    ['spot_available', 'expiry_reminder', 'waitlist_closed'],
    ['spot_available', 'expiry_reminder', 'waitlist_lapsed'],
    ['class_cancelled'],
    ['class_cancelled', 'credit_expiring'],
    ['makeup_expiring'],
  ])
  assert.equal(reported.length, OCCASIONS.length)
  for (const templates of asked) assert.ok(templates.length <= 3)
})

test('every message that is asked for is one that the service sends', () => {
  const kinds = readFileSync(new URL('../../logic/src/status.rs', import.meta.url), 'utf8')
  const { config } = consentOf('develop')
  for (const name of OCCASIONS.flatMap(config.templatesFor)) assert.ok(kinds.includes(`= "${name}"`), name)
})

test('where only lesser messages have templates, their answer is reported and says nothing of the offer', async () => {
  const { ask, settle, asked, reported, told } = consentOf('release', { settings: { templatesFor: () => ['closed-id'], offerTemplate: '' } })
  await settle(ask('wait'))
  assert.deepEqual([asked, reported, told], [[['closed-id']], [{ 'closed-id': 'accept' }], []])
})

test('a refusal is explained once, and not where the tap led to nothing', async () => {
  const { ask, settle, told, reported } = consentOf('develop', { answers: { spot_available: 'reject' } })
  await settle(ask('wait'), { explain: false })
  assert.deepEqual(told, [])
  await settle(ask('wait'))
  await settle(ask('wait'))
  assert.deepEqual(told, ['没有打开消息提醒'])
  assert.equal(reported.length, 3, 'the service knows every answer')
})

test("a template that WeChat does not ask for is a fault of the configuration, not the parent's answer", async () => {
  const { ask, settle, told, reported } = consentOf('develop', { answers: { spot_available: 'filter' } })
  await settle(ask('wait'))
  assert.deepEqual(told, [])
  assert.deepEqual(reported, [{ expiry_reminder: 'accept', waitlist_closed: 'accept' }])
})

test("the state is WeChat's and the service's, not a guess", async () => {
  const known = { remaining: { spot_available: 2 } }
  assert.deepEqual(await consentOf('develop').state(), { open: true, remaining: null })
  assert.deepEqual(await consentOf('develop', known).state(), { open: true, remaining: 2 })
  assert.deepEqual(await consentOf('develop', { remaining: {} }).state(), { open: true, remaining: 0 })
  const off = [{ mainSwitch: false }, { itemSettings: { spot_available: 'reject' } }, { itemSettings: { spot_available: 'ban' } }]
  for (const subscriptions of off) assert.equal((await consentOf('develop', { ...known, subscriptions }).state()).open, false)
})

test('what the service answered to a report is known without asking again', async () => {
  const { ask, settle, state } = consentOf('develop')
  await settle(ask('wait'))
  assert.deepEqual(await state(), { open: true, remaining: 1 })
})
