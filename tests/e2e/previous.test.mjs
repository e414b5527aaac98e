// Releases that are still in use (tests/previous) keep working: each kept mini-program plays its stories against this
// checkout's backend, through this checkout's worker and through the kept one.
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, before, after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { root } from '../../tools/stack/backend.mjs'
import { client, login } from '../../tools/stack/client.mjs'
import { startWhole } from './whole.mjs'

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
      })
      after(() => stack?.stop())
      for (const [name, play] of Object.entries(stories)) test(name, () => play(stack))
      test('the database is consistent afterwards', () => stack.backend.gym('doctor', '--dev-clock'))
    })
  }
}
