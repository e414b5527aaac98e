// A stand-in for the service, so that every page can be looked at in every state without a backend.
// It keeps just enough state for a tap to have its effect; it decides nothing that a test relies on:
// tests of behaviour run against the real edge and backend.
//
// A scenario file exports `default`, a function of one request to one answer:
//   ({ method, path, query, body, headers }) => ({ status, body, headers }) or a promise of it.
// `service(scenario)` makes such a function.

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const GYM_OFFSET = 8 * HOUR

/** The moment at which every scenario starts: Wednesday, 4 March 2026, 10:00 in the gym. */
export const START = Date.parse('2026-03-04T02:00:00.000Z')

/** An instant on the gym's wall clock: `at(0, '18:00')` is today, `at(1, '09:30')` tomorrow. */
export function at(day, clock) {
  const [hours, minutes] = clock.split(':').map(Number)
  return Math.floor((START + GYM_OFFSET) / DAY) * DAY - GYM_OFFSET + day * DAY + hours * HOUR + minutes * MINUTE
}

const iso = (instant) => (instant === null || instant === undefined ? null : new Date(instant).toISOString())
const dateOf = (instant) => iso(instant + GYM_OFFSET).slice(0, 10)

/** One weekly class on one day, with its seats. */
export function session(id, day, clock, course, fields = {}) {
  const start = at(day, clock)
  const minutes = fields.duration_minutes ?? 60
  const base = { capacity: 8, booked: 8, held: 0, free: 0, waiting: 0, queue_capacity: 8, status: 'scheduled' }
  return {
    course_schedule_id: id,
    booking_date: dateOf(start),
    course_id: id,
    course_name: course,
    category: 'gym',
    starts_at: iso(start),
    ends_at: iso(start + minutes * MINUTE),
    duration_minutes: minutes,
    phase: 'open',
    last_notification_at: iso(start - 390 * MINUTE),
    response_cutoff_at: iso(start - 360 * MINUTE),
    ...base,
    ...fields,
  }
}

/** A waitlist entry in a session. */
export function entry(id, profileId, of, status, fields = {}) {
  const waiting = status === 'waiting'
  return {
    id,
    profile_id: profileId,
    course_schedule_id: of.course_schedule_id,
    booking_date: of.booking_date,
    course_name: of.course_name,
    starts_at: of.starts_at,
    position: waiting ? 1 : status === 'notified' ? 0 : null,
    status,
    join_time: iso(START - 20 * HOUR),
    last_notified_at: status === 'notified' ? iso(START - 8 * MINUTE) : null,
    confirmed_at: status === 'confirmed' ? iso(START - HOUR) : null,
    expires_at: of.last_notification_at,
    response_deadline: null,
    makeup_for: null,
    chance: waiting ? 0.7 : null,
    ...fields,
  }
}

export function booking(id, profileId, of, fields = {}) {
  return {
    id,
    profile_id: profileId,
    course_schedule_id: of.course_schedule_id,
    booking_date: of.booking_date,
    starts_at: of.starts_at,
    duration_minutes: of.duration_minutes,
    status: 'booked',
    source: 'direct',
    compensation_minutes_used: 0,
    makeup_until: null,
    created_at: iso(START - 2 * DAY),
    ...fields,
  }
}

const POLICY = {
  last_notification_lead: 390, decision_window: 30, no_notification_within: 360, min_notification_interval: 60,
  expiry_reminder_before: 10, free_cancellation_lead: 360, queue_capacity: 8, active_waitlists_per_profile: 5,
  makeup_validity_days: 14, makeup_for_absence: false, makeup_booking_lead: 60, compensation_validity_days: 14,
  expiring_soon_days: 3, quiet_hours: null,
}

const ok = (body, status = 200) => ({ status, body })
const list = (items) => ok({ items, next_cursor: null })

/** A problem document. */
export function problem(status, code, fields = {}) {
  return { status, body: { type: 'about:blank', title: code, status, detail: code, code, request_id: 'mock-1', ...fields } }
}

/**
 * @param {{profiles: object[], sessions?: object[], entries?: object[], bookings?: object[],
 *   before?: (request: object) => object | Promise<object> | undefined}} scenario
 *   `before` may answer a request in the scenario's own way; its `path` lies under /api/v1
 */
export function service(scenario) {
  const began = Date.now()
  let moved = 0
  const now = () => START + moved + (Date.now() - began)
  const state = { sessions: [], entries: [], bookings: [], ...structuredClone({ ...scenario, before: undefined }) }
  let nextId = 1_000_000

  const sessionOf = (row) => state.sessions.find((one) => one.course_schedule_id === row.course_schedule_id && one.booking_date === row.booking_date)
  const byId = (rows, id) => rows.find((row) => row.id === Number(id))
  const made = (fields, profileId, of) => {
    const row = booking((nextId += 1), profileId, of, fields)
    state.bookings.push(row)
    return row
  }

  function respond(row, action) {
    if (row.response_deadline && now() > Date.parse(row.response_deadline)) {
      row.status = 'expired'
      return problem(410, 'response_deadline_passed', { deadline: row.response_deadline })
    }
    row.status = action === 'confirm' ? 'confirmed' : 'cancelled'
    if (action === 'decline') return ok({ entry: row, booking: null, makeup: null })
    row.confirmed_at = iso(now())
    return ok({ entry: row, booking: made({ source: 'waitlist' }, row.profile_id, sessionOf(row)), makeup: null })
  }

  function join({ profile_id, ...key }) {
    const of = sessionOf(key)
    of.waiting += 1
    const row = entry((nextId += 1), profile_id, of, 'waiting', { position: of.waiting, join_time: iso(now()) })
    state.entries.unshift(row)
    return ok(row, 201)
  }

  function book({ profile_id, ...key }) {
    const of = sessionOf(key)
    of.booked += 1
    of.free -= 1
    return ok(made({}, profile_id, of), 201)
  }

  const rules = (fn, args) => ok({ value: require('../../../wasm-pkg/dist/node')[fn](...args) })

  const routes = [
    ['POST', /^\/auth\/login$/, () => ok({ token: 'mock', expires_at: iso(now() + DAY), account_id: 1, profiles: state.profiles })],
    ['GET', /^\/time$/, () => ok({ now: iso(now()) })],
    ['GET', /^\/policy$/, () => ok(POLICY)],
    ['GET', /^\/profiles$/, () => list(state.profiles)],
    ['GET', /^\/sessions$/, (_, { query }) => list(state.sessions.filter((one) => one.booking_date >= query.from && one.booking_date <= query.to))],
    ['GET', /^\/sessions\/(\d+)\/([\d-]+)$/, ([id, date]) => ok(sessionOf({ course_schedule_id: Number(id), booking_date: date }))],
    ['GET', /^\/bookings\/my$/, () => list(state.bookings)],
    ['POST', /^\/bookings$/, (_, { body }) => book(body)],
    ['DELETE', /^\/bookings\/(\d+)$/, ([id]) => ok(Object.assign(byId(state.bookings, id), { status: 'cancelled' }))],
    ['GET', /^\/waitlist\/my$/, () => list(state.entries)],
    ['POST', /^\/waitlist\/join$/, (_, { body }) => join(body)],
    ['GET', /^\/waitlist\/position\/(\d+)$/, ([id]) => {
      const row = byId(state.entries, id)
      return ok({ waitlist_id: row.id, status: row.status, position: row.position, ahead: row.position - 1, waiting_total: sessionOf(row).waiting,
        chance: row.chance, estimated_wait_minutes: row.chance >= 0.5 ? 190 : null, last_notification_at: row.expires_at, as_of: iso(now()) })
    }],
    ['GET', /^\/waitlist\/(\d+)$/, ([id]) => ok(byId(state.entries, id))],
    ['DELETE', /^\/waitlist\/(\d+)$/, ([id]) => ok(Object.assign(byId(state.entries, id), { status: 'cancelled', position: null, chance: null }))],
    ['PUT', /^\/waitlist\/(\d+)\/respond$/, ([id], { body }) => respond(byId(state.entries, id), body.action)],
    ['POST', /^\/rules\/(\w+)$/, ([fn], { body }) => rules(fn, body.args)],
  ]

  async function answer({ path, ...rest }) {
    const request = { ...rest, path: path.replace(/^\/api\/v1/, '') }
    const own = await scenario.before?.(request)
    if (own) return own
    for (const [method, pattern, answer] of routes) {
      const match = pattern.exec(request.path)
      if (match && method === request.method) {
        const result = answer(match.slice(1), request)
        return result.body === undefined ? problem(404, 'not_found') : result
      }
    }
    return problem(404, 'not_found')
  }

  /** Moves the service's clock on. */
  answer.advance = (milliseconds) => {
    moved += milliseconds
  }
  return answer
}
