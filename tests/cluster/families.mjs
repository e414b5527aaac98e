// Families who write all the time, each write with an idempotency key that is repeated until it is answered.
//
// A family plays each round in a class of its own, so that whatever the others do it knows what every answer has to be; all
// of them meet in the queue of one class. A round gives back all that it took.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { longestWait } from './bare-client.mjs'

/** Monday 4 March 2030, 08:00 in Shanghai. */
export const MORNING = '2030-03-04T00:00:00.000Z'
const MONDAY = '2030-03-11'
const TUESDAY = '2030-03-12'
const MISSED = '2030-02-27'

/** The class in which everybody waits, and the one in which missed classes are made up. */
const SHARED = { course_schedule_id: 1, booking_date: TUESDAY }
const SHORT = { course_schedule_id: 2, booking_date: TUESDAY }
/** The class of the nth fault, whose seat is on offer while the database is away. */
export const quiet = (nth) => ({ course_schedule_id: 10 + nth, booking_date: TUESDAY })
/** The class of a round: an entry is offered a seat once an hour at most, so the next round needs another class. */
const own = (family, round) => ({ course_schedule_id: 1000 * (family + 1) + round, booking_date: MONDAY })
const ROUNDS = Array.from({ length: 200 }, (_, round) => round)
const first = (family) => 100 + 2 * family
const second = (family) => 101 + 2 * family
const missed = (family) => 100 + family
export const FAMILIES = Array.from({ length: 8 }, (_, family) => family)

/** The fixtures of all families. */
export const world = {
  courses: [
    { id: 1, name: '体操入门', category: '体操', duration_minutes: 60, queue_capacity: 100 },
    { id: 2, name: '体操小班', category: '体操', duration_minutes: 30 },
  ],
  schedules: [
    { id: 1, course_id: 1, weekday: 2, start_time: '18:00', capacity: 1 },
    { id: 2, course_id: 2, weekday: 2, start_time: '20:00', capacity: 50 },
    { id: 3, course_id: 1, weekday: 3, start_time: '18:00', capacity: 50 },
    ...[0, 1, 2].map((nth) => ({ id: 10 + nth, course_id: 1, weekday: 2, start_time: `1${2 + nth}:00`, capacity: 1 })),
    ...FAMILIES.flatMap((family) =>
      ROUNDS.map((round) => ({
        id: own(family, round).course_schedule_id, course_id: 1, weekday: 1, start_time: '18:00', capacity: 1,
      })),
    ),
  ],
  accounts: [
    { id: 1, openid: 'quiet', role: 'member' },
    ...FAMILIES.map((family) => ({ id: 100 + family, openid: `family-${family}`, role: 'member' })),
  ],
  profiles: [
    ...[1, 2, 3].map((id) => ({ id, account_id: 1, name: `小静${id}` })),
    ...FAMILIES.flatMap((family) => [
      { id: first(family), account_id: 100 + family, name: `大宝${family}` },
      { id: second(family), account_id: 100 + family, name: `小宝${family}` },
    ]),
  ],
  bookings: [
    { id: 1, profile_id: 1, ...SHARED, status: 'booked' },
    ...FAMILIES.map((family) => ({
      id: missed(family), profile_id: first(family), course_schedule_id: 3, booking_date: MISSED, status: 'leave',
    })),
  ],
}

/** What `family` writes in a round, in order; each write is given the answer of the one before. */
function* writesOf(family, round) {
  const [elder, younger] = [first(family), second(family)]
  const booking = yield { kind: 'bookings', method: 'POST', path: '/bookings', body: { profile_id: elder, ...own(family, round) }, is: 'booked' }
  const entry = yield join(younger, own(family, round))
  const other = yield join(elder, SHARED)
  yield cancel(`/bookings/${booking.id}`)
  const { booking: taken } = yield {
    kind: 'confirms', method: 'PUT', path: `/waitlist/${entry.id}/respond`, body: { action: 'confirm' }, is: 'confirmed',
  }
  yield cancel(`/waitlist/${other.id}`)
  const makeup = yield {
    kind: 'makeups', method: 'POST', path: '/makeup/book', body: { profile_id: elder, original_booking_id: missed(family), ...SHORT }, is: 'confirmed',
  }
  yield cancel(`/makeup/${makeup.id}/cancel`)
  yield cancel(`/bookings/${taken.id}`)
}
const join = (profile_id, slot) => ({ kind: 'joins', method: 'POST', path: '/waitlist/join', body: { profile_id, ...slot }, is: 'waiting' })
const cancel = (path) => ({ kind: 'cancels', method: 'DELETE', path, is: 'cancelled' })

/** What a family writes. */
const KINDS = ['bookings', 'joins', 'confirms', 'cancels', 'makeups']

/** The state that an answer tells. */
const stateOf = (answer) => answer.entry?.status ?? answer.status

/** The rounds that each family still has to play. */
const rounds = new Map(FAMILIES.map((family) => [family, ROUNDS.values()]))

/**
 * Lets all families write to the services at `backends` (a list that may change) until `stop` is called.
 * @param {string[]} backends
 * @param {Map<number, string>} tokens of the families
 */
export function startFamilies(backends, tokens) {
  let stopping = false
  /** Every attempt: when it began and ended, and what it was answered. */
  const attempts = []
  /** What no family should ever be told. */
  const wrong = []
  /** What was acknowledged: whose write, method, path and answer. */
  const acknowledged = []

  async function attempt(family, { method, path, body }, key, nth) {
    const backend = backends[(family + nth) % backends.length]
    const began = Date.now()
    let seen
    try {
      const response = await fetch(`${backend}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${tokens.get(family)}`,
          'idempotency-key': key,
          ...(body && { 'content-type': 'application/json' }),
        },
        body: body && JSON.stringify(body),
      })
      seen = {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        replayed: response.headers.get('idempotency-replayed') === 'true',
        answer: await response.json(),
      }
    } catch (error) {
      seen = { status: 0, answer: { detail: String(error.cause ?? error) } }
    }
    attempts.push({ began, ended: Date.now(), backend, ...seen })
    return seen
  }

  /** Sends a write until it is answered by something else than 503. */
  async function write(family, what) {
    const key = randomUUID()
    for (let nth = 0; ; nth += 1) {
      const seen = await attempt(family, what, key, nth)
      if (seen.status === 503 && seen.retryAfter !== null && seen.answer.code === 'unavailable') {
        // Sooner than it is told to, so that the end of the outage is seen when it comes.
        await new Promise((go) => setTimeout(go, 100))
        continue
      }
      const said = `${what.method} ${what.path}, attempt ${nth + 1}: ${seen.status} ${JSON.stringify(seen.answer)}`
      if (seen.status < 200 || seen.status > 299 || stateOf(seen.answer) !== what.is) throw new Error(said)
      acknowledged.push({ family, ...what, ended: Date.now(), answer: seen.answer, attempts: nth + 1, replayed: seen.replayed })
      return seen.answer
    }
  }

  async function live(family) {
    for (const round of rounds.get(family)) {
      const writes = writesOf(family, round)
      for (let next = writes.next(); !next.done; ) next = writes.next(await write(family, next.value))
      if (stopping) return
    }
    throw new Error('all classes are played: give the families more rounds')
  }

  // A family that got a wrong answer does not know any more what is right: it stops.
  const lives = FAMILIES.map((family) => live(family).catch((error) => wrong.push(`family ${family}: ${error.message}`)))
  return {
    attempts,
    wrong,
    acknowledged,
    get answered() {
      return acknowledged.length
    },
    /** How many writes of each kind were acknowledged, in words. */
    kinds: () =>
      KINDS.map((kind) => `${acknowledged.filter((write) => write.kind === kind).length} ${kind}`).join(', '),
    /** The longest time that a family waited from one acknowledged write to the next, in milliseconds. */
    longestWait: () =>
      Math.max(...FAMILIES.map((family) => longestWait(acknowledged.filter((write) => write.family === family)))),
    /** Lets every family finish its round. */
    async stop() {
      stopping = true
      await Promise.all(lives)
    },
  }
}

/** The tables that the families write to, by the kind of what is acknowledged. */
const TABLES = {
  bookings: "SELECT id, status FROM booking WHERE source <> 'makeup' AND profile_id >= 100 AND id >= 1000000",
  entries: 'SELECT id, status FROM waitlist WHERE profile_id >= 100',
  makeups: 'SELECT id, status FROM makeup_booking WHERE profile_id >= 100',
}

/** The rows that the database has to hold after `acknowledged`: the last state of each, by its id. */
function expectedRows(acknowledged) {
  const rows = { bookings: new Map(), entries: new Map(), makeups: new Map() }
  for (const { method, path, answer } of acknowledged) {
    if (path.startsWith('/makeup')) rows.makeups.set(answer.id, answer.status)
    else if (path.startsWith('/bookings')) rows.bookings.set(answer.id, answer.status)
    else if (method === 'PUT') {
      rows.entries.set(answer.entry.id, answer.entry.status)
      rows.bookings.set(answer.booking.id, answer.booking.status)
    } else rows.entries.set(answer.id, answer.status)
  }
  return rows
}

/**
 * Checks that the database holds what was acknowledged, and nothing that was done twice; `sql` asks it.
 * All families have to have stopped.
 */
export async function checkRows(acknowledged, sql) {
  const expected = expectedRows(acknowledged)
  for (const [kind, statement] of Object.entries(TABLES)) {
    const found = new Map((await sql(statement)).map(({ id, status }) => [id, status]))
    assert.ok(expected[kind].size > 0, `${kind} were acknowledged`)
    const lost = [...expected[kind]].filter(([id, state]) => found.get(id) !== state)
    const unknown = [...found].filter(([id]) => !expected[kind].has(id))
    assert.deepEqual({ lost, unknown }, { lost: [], unknown: [] }, `${kind}: acknowledged and not there; there and not acknowledged`)
  }
}
