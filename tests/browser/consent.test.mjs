// Which subscribe messages are asked for, by the version of the mini-program that runs.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const app = fileURLToPath(new URL('../../miniprogram/', import.meta.url))

/** `utils/consent` of a mini-program that runs as `envVersion`, with its config's templates replaced where given. */
function consentOf(envVersion, templates) {
  for (const file of Object.keys(require.cache)) if (file.startsWith(app)) delete require.cache[file]
  const asked = []
  const stored = {}
  globalThis.wx = {
    getAccountInfoSync: () => ({ miniProgram: { envVersion } }),
    getStorageSync: (key) => stored[key] ?? '',
    setStorageSync: (key, value) => { stored[key] = value },
    requestSubscribeMessage: async ({ tmplIds }) => (asked.push(tmplIds), Object.fromEntries(tmplIds.map((id) => [id, 'accept']))),
  }
  const config = require(path.join(app, 'config.js'))
  if (templates) Object.assign(config, templates)
  const reported = []
  require(path.join(app, 'services/subscriptions.js')).report = async (results) => { reported.push(results) }
  return { ...require(path.join(app, 'utils/consent.js')), asked, reported, config }
}

test('a version whose templates are not set asks for nothing', async () => {
  for (const version of ['trial', 'release', 'something new']) {
    const { ask, settle, asked, reported, config, allowed } = consentOf(version)
    assert.deepEqual([config.templates, config.offerTemplate], [[], ''])
    await settle(ask())
    assert.deepEqual([asked, reported, allowed()], [[], [], null])
  }
})

test('in development the service\'s own names are asked for, the offer first', async () => {
  const { ask, settle, asked, reported, allowed } = consentOf('develop')
  await settle(ask())
  assert.deepEqual(asked, [['spot_available', 'waitlist_closed', 'class_cancelled']])
  assert.equal(reported.length, 1)
  assert.equal(allowed(), true)
})

test('where only lesser messages have templates, their answer is reported and says nothing of the offer', async () => {
  const { ask, settle, asked, reported, allowed } = consentOf('release', { templates: ['closed-id'], offerTemplate: '' })
  await settle(ask())
  assert.deepEqual([asked, reported, allowed()], [[['closed-id']], [{ 'closed-id': 'accept' }], null])
})
