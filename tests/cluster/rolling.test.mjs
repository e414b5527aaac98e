// A rolling release under load: the program of the kept release and the present one side by side, then the present one
// alone. Families write all the time and notice nothing.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import mysql from 'mysql2/promise'
import { startBackend } from '../../tools/stack/backend.mjs'
import { client, login } from '../../tools/stack/client.mjs'
import { until } from '../../tools/stack/wait.mjs'
import { checkRows, FAMILIES, MORNING, startFamilies, world } from './families.mjs'
import { startOneServer } from './mysql-group.mjs'
import { network } from './network.mjs'

/** The program of the newest release in tests/previous, as scripts/test-cluster built it. */
const released = process.env.GYM_RELEASED
/** Writes between two steps of the release. */
const STEP = 150

const dir = mkdtempSync(path.join(os.tmpdir(), 'gym-cluster-'))
after(() => rmSync(dir, { recursive: true, force: true }))

test('old and new programs serve side by side, then the new one alone', async () => {
  assert.ok(released, 'run scripts/test --cluster')
  const server = await startOneServer(network(), dir)
  const env = {
    DATABASE_URL: `mysql://gym:gym@${server.address}:3306/gym`,
    // All sign with one key, so that each takes the others' tokens.
    GYM_JWT_KEY: path.join(dir, 'jwt.key'),
  }
  const start = (name, program) => startBackend({ varDir: path.join(dir, name), args: ['--sweeps'], env, program })

  const old = [await start('old-1', released)]
  await client(old[0].url).put('/dev/clock', { now: MORNING })
  old.push(await start('old-2', released))
  const file = path.join(dir, 'world.json')
  writeFileSync(file, JSON.stringify(world))
  await old[0].gym('fixtures', 'load', file)
  const tokens = new Map()
  for (const family of FAMILIES) tokens.set(family, (await login(old[0].url, `family-${family}`)).token)

  const backends = old.map(({ url }) => url)
  const families = startFamilies(backends, tokens)
  const more = async (what) => {
    const before = families.answered
    await until(`writes ${what}`, () => families.answered >= before + STEP || families.wrong.length > 0)
    assert.deepEqual(families.wrong, [], what)
  }
  await more('before the release')
  const present = []
  for (const name of ['new-1', 'new-2']) {
    // The first one brings the schema up to date, under the old programs.
    const added = await start(name)
    present.push(added)
    backends.push(added.url)
    await more(`with ${name} beside the old programs`)
    const leaving = old.shift()
    backends.splice(backends.indexOf(leaving.url), 1)
    await leaving.stop()
    await more(`with an old program less`)
  }
  await families.stop()

  assert.deepEqual(families.wrong, [])
  assert.deepEqual(families.attempts.filter(({ status }) => status === 503), [], 'nobody was asked to come again')
  const connection = await mysql.createConnection(env.DATABASE_URL)
  await checkRows(families.acknowledged, async (statement) => (await connection.query(statement))[0])
  connection.destroy()
  assert.match(await present[0].gym('doctor', '--dev-clock'), /counters: agree with the rows/)
  for (const backend of present) await backend.stop()
})
