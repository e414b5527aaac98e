// The precheck is never stricter than the backend: random requests at random times go through the edge to a real backend.
// Each request that the edge refuses itself is also sent to the backend at the same time, which must refuse it with the
// same status, code and detail. Only the detail of `forbidden` may differ.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { startEdge } from '../edge/harness.mjs'
import { startBackend } from '../../tools/stack/backend.mjs'

const CASES = 400
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** A Monday, 08:00 in the gym's time zone. */
const MORNING = Date.parse('2030-03-04T00:00:00.000Z')
const iso = (at) => new Date(at).toISOString()
/** The role of each account. */
const ROLES = ['member', 'member', 'staff', 'owner']

const varDir = mkdtempSync(path.join(os.tmpdir(), 'gym-precheck-'))
const stops = []
let backend

before(async () => {
  backend = await startBackend({ varDir })
  stops.push(backend.stop)
})

after(async () => {
  for (const stop of stops.reverse()) await stop()
  rmSync(varDir, { recursive: true, force: true })
})

/** Pseudo-random numbers from a seed (mulberry32). */
function dice(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n) => Math.floor(next() * n)
  const pick = (list) => list[below(list.length)]
  return { below, pick, chance: (share) => next() < share }
}

/** A timetable of two days, with accounts that wait or missed classes. Ids start at `base`, so that runs do not collide. */
function gym(base, monday) {
  const id = (n) => base + n
  const courses = [['gym', 60], ['gym', 30], ['swim', 45]].map(([category, duration_minutes], i) => (
    { id: id(i), name: `课${i}`, category, duration_minutes }))
  const slots = [[1, '10:00'], [1, '15:30'], [1, '18:00'], [1, '20:00'], [2, '09:00'], [2, '12:30'], [2, '18:00']]
  const schedules = slots.map(([weekday, start_time], i) => (
    { id: id(i), course_id: id(i % 3), weekday, start_time, capacity: 1 + (i % 2) }))
  const accounts = ROLES.map((role, n) => ({ id: id(n), openid: `o-${id(n)}`, role }))
  const profiles = [0, 0, 0, 1, 1, 1].map((account, n) => ({ id: id(n), account_id: id(account), name: `孩子${n}` }))
  const day = (days) => iso(monday + days * DAY).slice(0, 10)
  const dates = { 1: day(0), 2: day(1) }
  const classes = schedules.map(({ id: schedule, weekday, start_time }) => (
    { schedule, date: dates[weekday], start: Date.parse(`${dates[weekday]}T${start_time}:00.000+08:00`) }))
  let booking = 0
  const booked = (profile, schedule, booking_date, status) => (
    { id: id(booking++), profile_id: id(profile), course_schedule_id: id(schedule), booking_date, status })
  const bookings = [
    // Every second class has a booking; some classes of earlier weeks were missed.
    ...classes.filter((_, i) => i % 2 === 0).map((one, i) => booked(i % 6, one.schedule - base, one.date, 'booked')),
    ...[0, 1, 3].map((profile) => booked(profile, 0, day(-7), 'leave')),
    ...[0, 4].map((profile) => booked(profile, 4, day(-13), 'leave')),
    booked(1, 3, day(0), 'leave'),
  ]
  return { file: { courses, schedules, accounts, profiles, bookings }, classes }
}

const kinds = ['join', 'join', 'join', 'join', 'book', 'book', 'makeup', 'makeup', 'makeup', 'respond', 'respond', 'respond', 'leave', 'cancel', 'absence', 'read', 'read', 'read', 'notify', 'capacity', 'calloff', 'attendance', 'preview', 'subscribe', 'login', 'expiry', 'version', 'version', 'choose']

/** Draws a request that a client might send. */
function draw(roll, world) {
  const { classes, file, entries, base } = world
  const one = roll.pick(classes)
  const account = roll.below(2)
  const own = file.profiles.filter((profile) => profile.account_id === base + account)
  const profile = roll.chance(0.9) ? roll.pick(own).id : roll.pick([base + 5, base, 999])
  const place = { profile_id: profile, course_schedule_id: one.schedule, booking_date: one.date }
  const entry = () => (entries.length ? roll.pick(entries) : { id: 7, account })
  const booking = () => roll.pick(file.bookings).id
  const by = (who, method, path, body) => ({ who, method, path, body })
  switch (roll.pick(kinds)) {
    case 'join': return by(account, 'POST', '/waitlist/join', roll.chance(0.1) ? { ...place, makeup_for: booking() } : place)
    case 'book': return by(account, 'POST', '/bookings', roll.chance(0.1) ? { ...place, pay_with_compensation: true } : place)
    case 'makeup': {
      const own = file.bookings.filter((one) => one.status === 'leave' && one.profile_id === profile)
      return by(account, 'POST', '/makeup/book', { ...place, original_booking_id: own.length && roll.chance(0.9) ? roll.pick(own).id : booking() })
    }
    case 'respond': {
      const of = entry()
      return by(roll.chance(0.9) ? of.account : 1 - of.account, 'PUT', `/waitlist/${of.id}/respond`, { action: roll.pick(['confirm', 'confirm', 'decline']) })
    }
    case 'leave': { const of = entry(); return by(of.account, 'DELETE', `/waitlist/${of.id}`) }
    case 'cancel': return by(roll.chance(0.5) ? 2 : account, 'DELETE', `/bookings/${booking()}`)
    case 'absence': return by(roll.pick([2, account]), 'POST', `/bookings/${booking()}/leave`, roll.pick([undefined, {}, { waive_lead: true, reason: '发烧' }, { waive_lead: true }, { reason: '发烧' }]))
    case 'read': return by(account, 'GET', roll.pick(['/policy', '/profiles?limit=100', '/makeup/owed?limit=100', `/sessions/${one.schedule}/${one.date}`, `/waitlist/${entry().id}`]))
    case 'notify': return by(roll.pick([2, 2, account]), 'POST', '/waitlist/notify', roll.pick([{ course_schedule_id: one.schedule, booking_date: one.date }, { waitlist_ids: [entry().id] }, { max: 0 }]))
    case 'capacity': return by(roll.pick([2, 2, account]), 'PUT', `/sessions/${one.schedule}/${roll.pick([one.date, one.date, '2030-3-4'])}/capacity`, { capacity: roll.pick([1, 2, 3, 9_999_999]) })
    case 'calloff': return by(roll.chance(0.2) ? 2 : account, 'POST', `/sessions/${one.schedule}/${one.date}/cancel`)
    case 'attendance': return by(2, 'POST', `/bookings/${booking()}/attendance`, { status: roll.pick(['completed', 'absent', 'ill']) })
    case 'preview': return by(account, 'POST', '/compensation/preview', { profile_id: profile, required_minutes: roll.pick([0, 30, 2000]) })
    case 'version': return by(roll.pick([3, 3, 3, account]), 'POST', '/policies', {
      effective_from: iso(world.now + roll.pick([2, 3, 90, 24 * 60]) * MINUTE),
      policy: { last_notification_lead: 380 + roll.below(60), decision_window: 5 + roll.below(15), makeup_booking_lead: 30 + roll.below(60) },
    })
    case 'choose': return by(roll.pick([3, 3, account]), 'POST', `/sessions/${one.schedule}/${one.date}/policy`)
    case 'subscribe': return by(account, 'POST', '/subscriptions', { results: { t: roll.pick(['accept', 'reject', 'perhaps']) } })
    case 'login': return by(undefined, 'POST', '/auth/login', roll.pick([{ code: 'nobody' }, { code: 7 }, {}]))
    default: return by(roll.pick([2, account]), 'POST', '/waitlist/process-expiry', roll.pick([{}, { limit: 3 }, { limit: -1 }]))
  }
}

/** The reads that a client sends before such a request. */
function sources({ path: where, body }) {
  const shared = ['/policy', '/profiles?limit=100', '/makeup/owed?limit=100']
  if (body?.course_schedule_id) return [...shared, `/sessions/${body.course_schedule_id}/${body.booking_date}`]
  return where.endsWith('/respond') ? [...shared, where.replace('/respond', '')] : []
}

let newKeys = 0
const newKey = () => `new-${newKeys += 1}`

/** Sometimes makes the request malformed or unusual. */
function spoil(roll, request) {
  let text = request.body === undefined ? undefined : JSON.stringify(request.body)
  let type = text === undefined ? undefined : 'application/json'
  if (text !== undefined && roll.chance(0.25)) {
    const fields = Object.keys(request.body)
    const field = roll.pick(fields.length ? fields : ['x'])
    const changed = (value) => JSON.stringify({ ...request.body, [field]: value })
    const spoiled = [
      () => { text = '' },
      () => { text = text.slice(0, -1) },
      () => { text = `${text}!` },
      () => { text = `[${text}]` },
      () => { text = changed(undefined) },
      () => { text = changed(null) },
      () => { text = changed(roll.pick(['x', -1, 0, 1.5, 1e300, true, [], '2030-3-4', '2030-02-30'])) },
      () => { text = JSON.stringify({ ...request.body, colour: 'red' }) },
      () => { type = roll.pick(['text/plain', 'APPLICATION/json ; charset=utf-8', 'application/x+json', undefined]) },
    ]
    roll.pick(spoiled)()
  }
  const headers = {}
  const { who, path } = request
  // Sometimes another account sends it, or for another profile.
  const spoiledWho = roll.chance(0.04) ? undefined : who
  const spoiledPath = roll.chance(0.06) ? path.replace(/\/[0-9][0-9-]*/, () => `/${roll.pick(['0', '01', '-7', 'seven', '9223372036854775808', '2030-3-4', '999999'])}`) : path
  if (type) headers['content-type'] = type
  if (request.method !== 'GET') {
    const kind = roll.below(4)
    // Few keys, so that some are reused, for the same and for other requests.
    if (kind === 0) headers['idempotency-key'] = `key-${roll.below(12)}`
    // New keys, sent for the first time, as the mini-program's are; and what it never sends with a repeat.
    if (kind === 1) Object.assign(headers, { 'idempotency-key': newKey(), 'idempotency-first': '1' })
    if (kind === 2 && roll.chance(0.2)) headers['idempotency-key'] = newKey()
  }
  return { ...request, who: spoiledWho, path: spoiledPath, text, headers }
}

/**
 * Retries a request whose connection was closed: after an answer that did not wait for the request's body, workerd may
 * close the connection while the next request is already being sent.
 */
const patiently = (ask) => (...what) => ask(...what).catch((fault) => {
  if (fault.cause?.code !== 'ECONNRESET' && fault.cause?.code !== 'UND_ERR_SOCKET') throw fault
  return ask(...what)
})

async function run(seed, base, monday) {
  const roll = dice(seed)
  const world = { ...gym(base, monday), entries: [], base }
  const json = path.join(varDir, `${base}.json`)
  writeFileSync(json, JSON.stringify(world.file))
  let now = monday
  const setClock = async () => {
    const moved = await fetch(`${backend.url}/api/v1/dev/clock`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ now: iso(now) }) })
    assert.equal(moved.status, 200)
  }
  await setClock()
  await backend.gym('fixtures', 'load', json)
  const tokens = await Promise.all(ROLES.map((role, n) => backend.gym('token', '--account', String(base + n), '--role', role)))

  const edge = await startEdge({ bindings: { DEV_CLOCK: '1', JWT_JWKS: backend.jwks(), ORIGIN_TIMEOUT_MS: '20000' } })
  edge.origin.answer = async (request, response) => {
    const { method, url, headers, body } = edge.origin.requests.findLast((one) => one.url === request.url && one.method === request.method)
    const { host, connection, 'content-length': length, 'transfer-encoding': encoding, ...rest } = headers
    const answer = await fetch(backend.url + url, { method, headers: rest, body: body ? Buffer.from(body) : undefined })
    const told = Object.fromEntries([...answer.headers].filter(([name]) => !['content-length', 'connection', 'transfer-encoding', 'keep-alive'].includes(name)))
    const bytes = Buffer.from(await answer.arrayBuffer())
    response.writeHead(answer.status, told).end(bytes)
  }
  const send = (to, { who, method, path: where, text, headers }, id) => to(`/api/v1${where}`, {
    method,
    headers: { ...headers, 'x-request-id': id, ...(who === undefined ? {} : { authorization: `Bearer ${tokens[who]}` }) },
    body: text === undefined ? undefined : Buffer.from(text),
  })
  const atBackend = (where, init) => fetch(backend.url + where, init)

  const refused = new Map()
  try {
    for (let n = 0; n < CASES; n += 1) {
      if (roll.chance(0.3)) {
        now += roll.below(8 * MINUTE)
        if (roll.chance(0.3)) {
          const starts = roll.pick(world.classes).start
          const bound = starts - roll.pick([390, 360, 60, 0]) * MINUTE + roll.pick([-1, 0, 1])
          if (bound > now && bound - now < 120 * MINUTE) now = bound
        }
        await setClock()
      }
      const request = spoil(roll, draw(roll, Object.assign(world, { now })))
      // What the precheck can know: people look before they ask.
      if (request.who < 2 && roll.chance(0.6)) {
        for (const read of sources(request)) await (await send(edge.fetch, { who: request.who, method: 'GET', path: read, headers: {} }, 'look')).text()
      }
      const id = `case-${seed}-${n}`
      const answer = await send(patiently(edge.fetch), request, id)
      const text = await answer.text()
      if (request.path === '/waitlist/join' && answer.status === 201) world.entries.push({ id: JSON.parse(text).id, account: request.who })
      const reached = edge.origin.requests.some((one) => one.headers['x-request-id'] === id && one.method === request.method)
      edge.origin.requests.length = 0
      if (reached || (request.method === 'GET' && answer.status < 400)) continue
      const own = await send(atBackend, request, id)
      const about = `seed ${seed}, case ${n}, ${iso(now)}: ${request.method} ${request.path} ${request.text} ${JSON.stringify(request.headers)}`
      assert.equal(answer.status, own.status, `${about}\nedge: ${text}\nbackend: ${await own.clone().text()}`)
      const words = ({ detail, ...members }) => (members.code === 'forbidden' ? members : { detail, ...members })
      assert.deepEqual(words(JSON.parse(text)), words(await own.json()), about)
      assert.equal(answer.headers.get('content-type'), own.headers.get('content-type'), about)
      assert.ok(own.status >= 400, about)
      const { code } = JSON.parse(text)
      refused.set(code, (refused.get(code) ?? 0) + 1)
      if (request.headers['idempotency-first']) refused.set(`first: ${code}`, (refused.get(`first: ${code}`) ?? 0) + 1)
    }
  } finally {
    await edge.stop()
  }
  return refused
}

test('the backend refuses what the edge refuses, with the same detail', async (context) => {
  const fresh = Date.now() % 1_000_000
  const all = new Map()
  for (const [seed, base, monday] of [[20300304, 1000, MORNING], [fresh, 2000, MORNING + 7 * DAY]]) {
    const refused = await run(seed, base, monday)
    context.diagnostic(`seed ${seed}: the edge refused ${JSON.stringify(Object.fromEntries(refused))} of ${CASES}`)
    for (const [code, times] of refused) all.set(code, (all.get(code) ?? 0) + times)
  }
  // The precheck was there: it refused for every kind of reason that it knows of, and first attempts of a key too.
  const windows = ['waitlist_closed', 'class_started', 'class_cancelled', 'makeup_too_late', 'makeup_expired']
  const times = (prefix, codes) => codes.reduce((sum, code) => sum + (all.get(prefix + code) ?? 0), 0)
  for (const prefix of ['', 'first: ']) {
    for (const codes of [['invalid_request'], ['forbidden'], windows]) assert.ok(times(prefix, codes) > 0, `${prefix}${codes}`)
  }
})
