// What members see when the database's writer dies or is cut off, and what is left in the database afterwards.
// The same for every kind of cluster: see the tests beside this file.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import mysql from 'mysql2/promise'
import { startBackend } from '../../tools/stack/backend.mjs'
import { client, login } from '../../tools/stack/client.mjs'
import { until } from '../../tools/stack/wait.mjs'
import { startBareClient } from './bare-client.mjs'
import { checkRows, FAMILIES, MORNING, quiet, startFamilies, world } from './families.mjs'
import { startHaproxy } from './haproxy.mjs'
import { network } from './network.mjs'
import { DATABASE } from './server.mjs'

/** A member may wait for this much longer than a client that does nothing but write to the database. */
const LONGER = 1.5
/** Writes before a fault, and after its end. */
const WARM = 200

/** Defines the tests of the cluster that `start(network, dir)` starts. */
export function testFailover(start) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gym-cluster-'))
  let cluster
  let backends
  let tokens
  let now = Date.parse(MORNING)
  let faults = -1
  /** Everything that was acknowledged in all tests. */
  const acknowledged = []

  before(async () => {
    cluster = await start(network(), dir)
    startHaproxy({ dir, machines: cluster.servers, sticky: cluster.sticky })
    // HAProxy takes every server for good until it has asked its agent.
    let inTurn = 0
    await until('the writer alone behind HAProxy', async () => {
      inTurn += 1
      await sql('REPLACE INTO bare.beat (id, at) VALUES (1, UTC_TIMESTAMP(3))').catch(() => (inTurn = 0))
      return inTurn === 20
    })
    backends = []
    for (const name of ['first', 'second']) {
      const varDir = path.join(dir, name)
      // Both sign with one key, so that each takes the other's tokens.
      const key = { GYM_JWT_KEY: path.join(dir, 'jwt.key') }
      backends.push(await startBackend({ varDir, args: ['--sweeps'], env: { DATABASE_URL: DATABASE, ...key } }))
    }
    await setClock(now)
    const file = path.join(dir, 'world.json')
    writeFileSync(file, JSON.stringify(world))
    await backends[0].gym('fixtures', 'load', file)
    tokens = new Map()
    for (const family of FAMILIES) tokens.set(family, (await login(backends[0].url, `family-${family}`)).token)
  })

  after(() => rmSync(dir, { recursive: true, force: true }))

  test('kill -9 of the writer', () =>
    outage(async (writer) => {
      await writer.kill()
      return () => cluster.restart(writer)
    }))

  test('the writer is cut off from the network', () =>
    outage(async (writer) => {
      writer.machine.cut()
      return () => writer.machine.mend()
    }))

  test('the writer is shut down in order, as for an upgrade', () =>
    outage(async (writer) => {
      // Another server takes over long before this one has ended.
      const ended = writer.shutDown()
      return async () => {
        await ended
        await cluster.restart(writer)
      }
    }, 'short'))

  test('kill -9 of the writer while nobody writes: the services find out by themselves', async () => {
    const broken = await writer()
    const bare = await startBareClient()
    await bare.writes(10)
    await broken.kill()
    await bare.recovers()
    await bare.stop()
    for (const { url } of backends) await until(`${url} is ready`, async () => (await fetch(`${url}/readyz`)).ok)
    const families = startFamilies(backends.map(({ url }) => url), tokens)
    await until('writes', () => families.answered >= WARM || families.wrong.length > 0)
    await families.stop()
    acknowledged.push(...families.acknowledged)
    assert.deepEqual(families.wrong, [])
    assert.deepEqual(families.attempts.filter(({ status }) => status === 503), [], 'no connection that died is used')
    await cluster.restart(broken)
    await cluster.whole()
    await check()
  })

  /**
   * Breaks the writer with `fault` under load, and checks all that has to hold then; `fault` answers how to mend it.
   * An outage that is `short` is no longer than what a service takes to look at the database again: waits are not compared.
   */
  async function outage(fault, length) {
    const broken = await writer()
    await offer()
    const bare = await startBareClient()
    const families = startFamilies(backends.map(({ url }) => url), tokens)
    await until('writes before the fault', () => families.answered >= WARM || families.wrong.length > 0)
    const mend = await fault(broken)
    await bare.recovers()
    const before = families.answered
    await until('writes after the fault', () => families.answered >= before + WARM || families.wrong.length > 0)
    await families.stop()
    await bare.stop()
    acknowledged.push(...families.acknowledged)

    const refused = families.attempts.filter(({ status }) => status === 503)
    const refusedFor = refused.length && refused.at(-1).ended - refused[0].began
    const members = families.longestWait()
    const alone = bare.longestWait()
    const repeated = families.acknowledged.filter(({ attempts }) => attempts > 1)
    console.log(
      `${cluster.title}: a bare client wrote nothing for ${alone} ms, the family that waited longest for ${members} ms; ` +
        `${families.answered} writes acknowledged (${families.kinds()}), ${refused.length} answers of 503 within ${refusedFor} ms, ` +
        `${repeated.length} writes repeated, ${repeated.filter(({ replayed }) => replayed).length} of them answered as the first time`,
    )
    assert.deepEqual(families.wrong, [], 'every answer is the right one, or 503 with retry-after')
    assert.notEqual((await writer()).name, broken.name, 'another server took over')
    if (length !== 'short') {
      assert.ok(members <= LONGER * alone, `a family waited for ${members} ms, a bare client for ${alone} ms`)
      assert.ok(refusedFor <= LONGER * alone, `503 was answered for ${refusedFor} ms, a bare client waited for ${alone} ms`)
    }
    await sweepsGoOn()
    await mend()
    await cluster.whole()
    await check()
  }

  /** The server behind HAProxy. */
  async function writer() {
    const [{ id }] = await sql('SELECT @@server_id AS id')
    return cluster.servers[id - 1]
  }

  /** Makes an offer on which a sweep has to act when its time is over. */
  async function offer() {
    faults += 1
    const family = await login(backends[0].url, 'quiet')
    const [has, next, last] = [1, 2, 3]
    const booking = await family.post('/bookings', { profile_id: has, ...quiet(faults) })
    for (const profile_id of [next, last]) await family.post('/waitlist/join', { profile_id, ...quiet(faults) })
    await family.delete(`/bookings/${booking.id}`)
    assert.deepEqual(await queue(), ['notified', 'waiting'])
  }

  /** Lets the offer of `offer` run out: no request but the clock's is sent, so that a sweep alone can pass it on. */
  async function sweepsGoOn() {
    now += 31 * 60 * 1000
    await setClock(now)
    await until('a sweep that passes the seat on', async () => (await queue()).join() === 'expired,notified')
    for (const { url } of backends) {
      await until(`the sweeps of ${url}`, async () => {
        const text = await (await fetch(`${url}/metrics`)).text()
        const ages = [...text.matchAll(/^gym_sweep_age_seconds\{sweep="(?:queues|reminders|outbox)"\} (\S+)$/gm)]
        return ages.length === 3 && ages.every(([, age]) => Number(age) < 5)
      })
    }
  }

  /** The states of the entries of the class that `offer` used. */
  const queue = async () =>
    (await sql(`SELECT w.status FROM waitlist w JOIN class_session s ON s.id = w.session_id
      WHERE s.course_schedule_id = ${quiet(faults).course_schedule_id} ORDER BY w.id`)).map(({ status }) => status)

  /** Each service has a dev clock of its own. */
  async function setClock(now) {
    for (const { url } of backends) await client(url).put('/dev/clock', { now: new Date(now).toISOString() })
  }

  /** No acknowledged write is lost, none was done twice, and the rows agree with each other, on every server. */
  async function check() {
    await checkRows(acknowledged, sql)
    assert.match(await backends[0].gym('doctor', '--dev-clock'), /counters: agree with the rows/)
    await sameEverywhere()
  }

  /** Every server ends with the same rows. */
  async function sameEverywhere() {
    const count = `SELECT (SELECT COUNT(*) FROM gym.booking) AS bookings, (SELECT MAX(id) FROM gym.waitlist) AS entry,
      (SELECT COUNT(*) FROM gym.makeup_booking WHERE status = 'cancelled') AS makeups`
    await until('the same rows on every server', async () => {
      const all = await Promise.all(cluster.servers.map(async (server) => JSON.stringify(await server.query(count))))
      return new Set(all).size === 1
    })
  }
}

/** Asks the database through HAProxy. */
async function sql(statement) {
  const connection = await mysql.createConnection({ uri: DATABASE, connectTimeout: 2000 })
  try {
    return (await connection.query(statement))[0]
  } finally {
    connection.destroy()
  }
}
