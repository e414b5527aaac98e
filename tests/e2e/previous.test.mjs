// Releases that are still in use (tests/previous) keep working: each kept mini-program plays its stories against this
// checkout's backend, through this checkout's worker and through the kept one. A version of the policy that they know
// nothing of is set for later.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, before, after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { root } from '../../tools/stack/backend.mjs'
import { client, login } from '../../tools/stack/client.mjs'
import { startWhole } from './whole.mjs'

const DAY = 24 * 60 * 60 * 1000
/** An account beside those of the kept stories. */
const OWNER = { id: 9001, openid: 'kept-owner', role: 'owner' }

/** An owner sets a version that holds in ten days. */
async function setVersion({ backend, load }) {
  await load({ accounts: [OWNER] })
  const owner = await login(backend.url, OWNER.openid)
  const from = new Date(Date.now() + 10 * DAY).toISOString()
  await owner.post('/policies', { effective_from: from, policy: { decision_window: 45, last_notification_lead: 480 } })
}

const kept = path.join(root, 'tests/previous')
const releases = readdirSync(kept, { withFileTypes: true }).filter((one) => one.isDirectory()).map((one) => one.name)

for (const release of releases) {
  const folder = path.join(kept, release)
  const { accounts, world, stories } = await import(pathToFileURL(path.join(folder, 'stories.mjs')))
  for (const [edge, worker] of [['the present worker', undefined], ['its own worker', path.join(folder, 'worker')]]) {
    describe(`mini-program ${release} through ${edge}`, () => {
      let stack
      before(async () => {
        const whole = await startWhole(accounts, { app: path.join(folder, 'miniprogram'), worker })
        // The browser host has become stricter since: a kept mini-program is played as its own release played it.
        const phone = (account, address, options) => whole.phone(account, address, { strict: 'off', ...options })
        stack = { ...whole, phone, client, login }
        await whole.load(world)
        await setVersion(whole)
      })
      after(() => stack?.stop())
      for (const [name, play] of Object.entries(stories)) test(name, () => play(stack))
      test('a class that the version for later judges is shown', async () => {
        const [slot] = world.schedules
        const [booked] = world.bookings
        const date = new Date(Date.parse(booked.booking_date) + 14 * DAY).toISOString().slice(0, 10)
        const { policy_id: version } = await (await login(stack.backend.url, accounts[0].openid)).get(`/sessions/${slot.id}/${date}`)
        assert.equal(version, 2)
        const opened = await stack.phone(accounts[0].openid, `pages/classes/detail?schedule=${slot.id}&date=${date}`)
        await opened.top.getByText(`${slot.capacity} 人班`).waitFor()
        await opened.close()
      })
      test('the database is consistent afterwards', () => stack.backend.gym('doctor', '--dev-clock'))
    })
  }
}
