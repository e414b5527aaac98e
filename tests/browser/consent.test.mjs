// Which subscribe messages are asked for, by the version of the mini-program that runs.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const app = fileURLToPath(new URL('../../miniprogram/', import.meta.url))

/** `page/consent` of a mini-program that runs as `envVersion`, with parts of its config replaced where given. */
function consentOf(envVersion, settings) {
  for (const file of Object.keys(require.cache)) if (file.startsWith(app)) delete require.cache[file]
  const asked = []
  const stored = {}
  globalThis.wx = {
    getAccountInfoSync: () => ({ miniProgram: { envVersion } }),
    getStorageSync: (key) => stored[key] ?? '',
    setStorageSync: (key, value) => {
      stored[key] = value
    },
    requestSubscribeMessage: async ({ tmplIds }) => (asked.push(tmplIds), Object.fromEntries(tmplIds.map((id) => [id, 'accept']))),
  }
  const config = require(path.join(app, 'config.js'))
  Object.assign(config, settings)
  const reported = []
  require(path.join(app, 'services/subscriptions.js')).report = async (results) => {
    reported.push(results)
  }
  return { ...require(path.join(app, 'page/consent.js')), asked, reported, config }
}

test('a version whose templates are not set asks for nothing', async () => {
  for (const version of ['trial', 'release', 'something new']) {
    const { ask, settle, asked, reported, config, allowed } = consentOf(version)
    for (const occasion of ['wait', 'waitToMakeUp', 'miss', 'credit']) {
      assert.deepEqual(config.templatesFor(occasion), [])
      await settle(ask(occasion))
    }
    assert.deepEqual([asked, reported, allowed(), config.offerTemplate], [[], [], null, ''])
  }
})

test("in development the service's own names are asked for, what matters most first, three at most", async () => {
  const { ask, settle, asked, reported, allowed } = consentOf('develop')
  await settle(ask('miss'))
  await settle(ask('credit'))
  assert.equal(allowed(), null, 'nothing was asked about offers')
  await settle(ask('wait'))
  await settle(ask('waitToMakeUp'))
  assert.deepEqual(asked, [
    ['makeup_expiring'],
    ['credit_expiring', 'class_cancelled'],
    ['spot_available', 'waitlist_closed', 'class_cancelled'],
    ['spot_available', 'waitlist_closed', 'waitlist_lapsed'],
  ])
  assert.equal(reported.length, 4)
  assert.equal(allowed(), true)
})

test('every message that is asked for is one that the service sends', () => {
  const sent = readFileSync(new URL('../../backend/src/wechat/message.rs', import.meta.url), 'utf8')
  const { config } = consentOf('develop')
  for (const name of ['wait', 'waitToMakeUp', 'miss', 'credit'].flatMap(config.templatesFor)) assert.ok(sent.includes(`=> "${name}"`), name)
})

test('where only lesser messages have templates, their answer is reported and says nothing of the offer', async () => {
  const { ask, settle, asked, reported, allowed } = consentOf('release', { templatesFor: () => ['closed-id'], offerTemplate: '' })
  await settle(ask('wait'))
  assert.deepEqual([asked, reported, allowed()], [[['closed-id']], [{ 'closed-id': 'accept' }], null])
})
