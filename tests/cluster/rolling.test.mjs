// A rolling release under load: the program of the kept release and the present one side by side, then the present one
// alone. Families write all the time and notice nothing. At the end the present program is the older one, to a schema
// that a later release expanded and then contracted.
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
  assert.match(await present[0].gym('doctor', '--dev-clock'), /counters: agree with the rows/)

  // What a later release only adds is no obstacle to this one; what it takes away is.
  const [[{ newest }]] = await connection.query('SELECT MAX(version) AS newest FROM _sqlx_migrations')
  const later = (version, description) =>
    connection.query(
      'INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?, ?, TRUE, ?, 0)',
      [version, description, Buffer.from([1])],
    )
  const ready = async () => (await fetch(`${present[0].url}/readyz`)).status
  await later(9000, 'another column')
  assert.equal(await ready(), 200)
  await present[0].gym('migrate')
  await later(9001, 'contract drop a column')
  assert.equal(await ready(), 503)
  for (const command of [['migrate'], ['serve', '--no-migrate', '--dev-clock']]) {
    await assert.rejects(present[0].gym(...command), ({ stderr }) => {
      assert.match(stderr, /version 9001 \(contract drop a column\)/)
      assert.ok(stderr.includes(`up to ${newest};`), stderr)
      return true
    })
  }
  connection.destroy()
  for (const backend of present) await backend.stop()
})
