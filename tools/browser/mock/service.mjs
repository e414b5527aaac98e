// A mock of the service, so that every page can be shown in every state without a backend. It keeps just enough state
// for a tap to have its effect. What the rules decide, it asks the rules.
//
// A scenario file exports `default`, a function of one request to one answer:
//   ({ method, path, query, body, headers }) => ({ status, body, headers }) or a promise of it.
// `service(scenario)` makes such a function.

import { createRequire } from 'node:module'

const rules = createRequire(import.meta.url)('../../../wasm-pkg/dist/node')
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

export const iso = (instant) => (instant === null || instant === undefined ? null : new Date(instant).toISOString())
const dateOf = (instant) => iso(instant + GYM_OFFSET).slice(0, 10)

/** The account that holds the phone. */
const ME = 1

/** A page of the front desk that waits to be logged in. */
const WAITING_PAGE = {
  code: 'BCDF-GHJK',
  /** In real time, as the service tells it. */
  asks: () => ({
    created_at: iso(Date.now() - 2 * MINUTE),
    user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36',
    address: '203.0.113.7',
  }),
}

/** A guardian of a child, since `day` days from today. */
export const guardian = (accountId, day, fields = {}) => ({
  account_id: accountId,
  name: null,
  first: false,
  told: true,
  since: iso(at(day, '10:00')),
  ...fields,
})

/** A code that claims a child, as everybody types it. */
export const CLAIM_CODE = 'BCDF-GHJK'
const CLAIM_VALIDITY = 3 * DAY

/** One weekly class on one day, with its seats. */
export function session(id, day, clock, course, fields = {}) {
  const start = at(day, clock)
  const minutes = fields.duration_minutes ?? 60
  const base = { capacity: 8, booked: 8, held: 0, free: 0, waiting: 0, queue_capacity: 8, status: 'scheduled', policy_id: 1, policy_fixed: true }
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
    chance_known: true,
    policy_id: of.policy_id,
    ...fields,
  }
}

export function booking(id, profileId, of, fields = {}) {
  return {
    id,
    profile_id: profileId,
    course_schedule_id: of.course_schedule_id,
    booking_date: of.booking_date,
    course_name: of.course_name,
    starts_at: of.starts_at,
    duration_minutes: of.duration_minutes,
    status: 'booked',
    source: 'direct',
    compensation_minutes_used: 0,
    makeup_until: null,
    policy_id: of.policy_id,
    created_at: iso(START - 2 * DAY),
    ...fields,
  }
}

/** The fields of the policy in force, and of every version that a scenario does not set. */
export const POLICY = {
  last_notification_lead: 390,
  decision_window: 30,
  no_notification_within: 360,
  min_notification_interval: 60,
  expiry_reminder_before: 10,
  free_cancellation_lead: 360,
  queue_capacity: 8,
  active_waitlists_per_profile: 5,
  makeup_validity_days: 14,
  makeup_for_absence: false,
  makeup_booking_lead: 60,
  compensation_validity_days: 14,
  expiring_soon_days: 3,
  quiet_hours: null,
}

const ok = (body, status = 200) => ({ status, body })
const list = (items) => ok({ items, next_cursor: null })

/** A missed class can be made up this long. */
const MAKEUP_VALIDITY = 14 * DAY

/** A booking of a class that was missed. */
export const missed = (id, profileId, of, status = 'leave') =>
  booking(id, profileId, of, { status, makeup_until: iso(Date.parse(of.starts_at) + MAKEUP_VALIDITY) })

/** A class made up in another, with what that left in minutes. */
export function makeup(id, of, original, fields = {}) {
  const difference = original.duration_minutes - of.duration_minutes
  return {
    id,
    original_booking_id: original.id,
    profile_id: original.profile_id,
    makeup_class_id: 800 + id,
    makeup_schedule_id: of.course_schedule_id,
    makeup_date: of.booking_date,
    course_name: of.course_name,
    starts_at: of.starts_at,
    status: 'confirmed',
    original_duration: original.duration_minutes,
    makeup_duration: of.duration_minutes,
    duration_difference: difference,
    completion_type: difference > 0 ? 'partial' : difference < 0 ? 'extra' : 'full',
    compensation_id: difference > 0 ? 900 + id : null,
    ...fields,
  }
}

/** Minutes owed to a child, until `day`. */
export const grant = (id, profileId, minutes, day, fields = {}) => ({
  id,
  profile_id: profileId,
  original_booking_id: 1,
  compensation_minutes: minutes,
  remaining_minutes: minutes,
  status: 'available',
  created_time: iso(at(day - 14, '10:00')),
  expiry_time: iso(at(day, '18:00')),
  used_time: null,
  ...fields,
})

/** A movement of credit, `day` days from today. */
export const movement = (day, clock, profileId, kind, minutes, remaining, id = 1) => ({
  profile_id: profileId,
  at: iso(at(day, clock)),
  kind,
  minutes,
  remaining_minutes: remaining,
  compensation_id: id,
  booking_id: 1,
})

/** A message about a waitlist entry, sent `ago` minutes before the scenario starts. */
export function message(id, of, ago, content, fields = {}) {
  const sent = iso(START - ago * MINUTE)
  return {
    id,
    waitlist_id: of.id,
    notification_type: 'spot_available',
    notification_round: 1,
    sent_time: sent,
    response_deadline: of.response_deadline,
    response_time: null,
    status: 'sent',
    delivery: 'delivered',
    message_content: content,
    flow: { flow_start_time: sent, flow_completion_time: null, expiration_reason: null },
    ...fields,
  }
}

/** What was said to a family, `ago` minutes before the scenario starts. `about`: its subject. */
export const said = (id, profileId, kind, ago, title, text, about = {}, fields = {}) => ({
  id,
  profile_id: profileId,
  kind,
  said_at: iso(START - ago * MINUTE),
  title,
  text,
  subject: about,
  delivery: 'delivered',
  read_at: null,
  ...fields,
})

/** A problem document; `retryAfter` in seconds. */
export function problem(status, code, { retryAfter, ...fields } = {}) {
  return {
    status,
    headers: retryAfter && { 'retry-after': String(retryAfter) },
    body: { type: 'about:blank', title: code, status, detail: code, code, request_id: 'mock-1', ...fields },
  }
}

/**
 * @param {{profiles: object[], guardians?: Record<number, object[]>, claimable?: object, sessions?: object[], entries?: object[], bookings?: object[],
 *   makeups?: object[], grants?: object[], movements?: object[], messages?: object[], said?: object[],
 *   policies?: Record<number, object>, intercept?: (request: object) => object | Promise<object> | undefined}} scenario
 *   `policies`: the fields that versions of the policy change; `guardians`: by child; where left out, the account alone; `claimable`: the child that CLAIM_CODE claims;
 *   `intercept` may answer a request in the scenario's own way; its `path` lies under /api/v1
 */
export function service(scenario) {
  const began = Date.now()
  let moved = 0
  const now = () => START + moved + (Date.now() - began)
  const state = {
    sessions: [],
    entries: [],
    bookings: [],
    makeups: [],
    grants: [],
    movements: [],
    messages: [],
    said: [],
    guardians: {},
    policies: {},
    ...structuredClone({ ...scenario, intercept: undefined }),
  }
  let nextId = 1_000_000

  const sessionOf = (row) => state.sessions.find((one) => one.course_schedule_id === row.course_schedule_id && one.booking_date === row.booking_date)
  const byId = (rows, id) => rows.find((row) => row.id === Number(id))
  const made = (fields, profileId, of) => {
    const row = booking((nextId += 1), profileId, of, fields)
    state.bookings.push(row)
    return row
  }

  function respond(row, action) {
    if (row.response_deadline && !rules.mayRespond({ deadline: Date.parse(row.response_deadline), now: now() }).ok) {
      row.status = 'expired'
      return problem(410, 'response_deadline_passed', { deadline: row.response_deadline })
    }
    row.status = action === 'confirm' ? 'confirmed' : 'cancelled'
    if (action === 'decline') return ok({ entry: row, booking: null, makeup: null })
    row.confirmed_at = iso(now())
    return ok({ entry: row, booking: made({ source: 'waitlist' }, row.profile_id, sessionOf(row)), makeup: null })
  }

  function join({ profile_id, makeup_for, ...key }) {
    const of = sessionOf(key)
    of.waiting += 1
    const row = entry((nextId += 1), profile_id, of, 'waiting', { position: of.waiting, join_time: iso(now()), makeup_for: makeup_for ?? null })
    state.entries.unshift(row)
    return ok(row, 201)
  }

  function book({ profile_id, pay_with_compensation, ...key }) {
    const of = sessionOf(key)
    of.booked += 1
    of.free -= 1
    if (!pay_with_compensation) return ok(made({}, profile_id, of), 201)
    for (const one of planned(profile_id, of.duration_minutes)) move(one.grant, 'used', -one.minutes)
    return ok(made({ compensation_minutes_used: of.duration_minutes }, profile_id, of), 201)
  }

  const grantsOf = (profileId) =>
    state.grants
      .filter((one) => one.profile_id === profileId && ['available', 'used', 'expired', 'revoked'].includes(one.status))
      .map((one) => ({ id: one.id, remainingMinutes: one.remaining_minutes, expiryTime: Date.parse(one.expiry_time), status: one.status }))

  const planned = (profileId, minutes) =>
    rules.planCompensation(grantsOf(profileId), minutes, now()).uses.map((use) => ({ grant: byId(state.grants, use.compensationId), minutes: use.usedMinutes }))

  /** Moves minutes on a grant, and writes the movement. */
  function move(row, kind, minutes) {
    row.remaining_minutes += minutes
    state.movements.unshift({
      profile_id: row.profile_id,
      at: iso(now()),
      kind,
      minutes: Math.abs(minutes),
      remaining_minutes: row.remaining_minutes,
      compensation_id: row.id,
      booking_id: 1,
    })
  }

  const LIVE_MAKEUP = ['pending', 'confirmed', 'completed', 'no_show']
  const madeUp = (row) => state.makeups.some((one) => one.original_booking_id === row.id && LIVE_MAKEUP.includes(one.status))
  const isOwed = (row) => row.makeup_until && rules.makeupRight(Date.parse(row.makeup_until), now()).ok && !madeUp(row)

  function available({ original_booking_id: id, from, to }) {
    const original = byId(state.bookings, id)
    const verdict = (one) =>
      rules.checkMakeup({
        originalStatus: 'leave', // who asks has missed the class
        madeUp: false,
        originalStart: Date.parse(original.starts_at),
        targetStart: Date.parse(one.starts_at),
        now: now(),
        sameCategory: one.category === 'gym',
        timeConflict: false,
        freeSeats: one.free,
      })
    const fits = (one) => verdict(one).ok || (verdict(one).code === 'session_full' && one.phase === 'open')
    return state.sessions
      .filter((one) => one.booking_date >= from && one.booking_date <= to && one.status === 'scheduled')
      .filter(fits)
      .map((one) => {
        const { duration_difference, completion_type, original_duration, makeup_duration } = makeup(0, one, original)
        return {
          session: one,
          original_duration,
          makeup_duration,
          duration_difference,
          completion_type,
          compensation_minutes: Math.max(0, duration_difference),
          ...(one.free === 0 && { waitlist: true }),
        }
      })
  }

  function bookMakeup({ original_booking_id: id, ...key }) {
    const original = byId(state.bookings, id)
    if (madeUp(original)) return problem(409, 'already_made_up')
    const of = sessionOf(key)
    of.booked += 1
    of.free -= 1
    const row = makeup((nextId += 1), of, original)
    state.makeups.push(row)
    made({ source: 'makeup' }, original.profile_id, of)
    if (row.duration_difference > 0) {
      const given = grant(row.compensation_id, original.profile_id, row.duration_difference, 14, { remaining_minutes: 0 })
      state.grants.push(given)
      move(given, 'granted', row.duration_difference)
    }
    return ok(row, 201)
  }

  function cancelMakeup(id) {
    const row = byId(state.makeups, id)
    row.status = 'cancelled'
    const given = byId(state.grants, row.compensation_id)
    if (given) {
      move(given, 'revoked', -given.remaining_minutes)
      given.status = 'revoked'
    }
    const booked = state.bookings.find(
      (one) => one.source === 'makeup' && sessionOf(one) === sessionOf({ course_schedule_id: row.makeup_schedule_id, booking_date: row.makeup_date }),
    )
    if (booked) booked.status = 'cancelled'
    return ok(row)
  }

  function balance(profileId) {
    const mine = state.movements.filter((one) => one.profile_id === profileId)
    const sum = (kind) => mine.filter((one) => one.kind === kind).reduce((total, one) => total + one.minutes, 0)
    const grants = state.grants.filter((one) => one.profile_id === profileId)
    const live = rules.creditBalance(grantsOf(profileId), now())
    return ok({
      profile_id: profileId,
      available_minutes: live.available,
      expiring_soon_minutes: live.expiringSoon,
      next_expiry: iso(live.nextExpiry),
      grants,
      totals: { granted: sum('granted'), used: sum('used') - sum('restored'), expired: sum('expired'), revoked: sum('revoked') },
    })
  }

  /** A version of the policy, as `GET /policies/{id}` gives it. */
  const version = (id) => ({
    id,
    effective_from: '1971-01-01T00:00:00.000Z',
    policy: { ...POLICY, ...state.policies[id] },
    created_by: 0,
    created_at: iso(START - 90 * DAY),
  })

  const unread = () => state.said.filter((one) => !one.read_at).length

  /** The newest class first, as the service lists bookings. */
  function bookingsPage({ from = '', limit = 20, cursor = 0 }) {
    const rows = state.bookings.filter((one) => one.booking_date >= from).sort((a, b) => b.starts_at.localeCompare(a.starts_at))
    const end = Number(cursor) + Number(limit)
    return ok({ items: rows.slice(Number(cursor), end), next_cursor: end < rows.length ? String(end) : null })
  }

  function owedPage({ limit = 20, cursor = 0 }) {
    const rows = state.bookings.filter(isOwed).map((row) => ({ booking: row, makeup_until: row.makeup_until }))
    const end = Number(cursor) + Number(limit)
    return ok({ items: rows.slice(Number(cursor), end), next_cursor: end < rows.length ? String(end) : null })
  }

  function saidPage({ limit = 50, cursor = 0 }) {
    const rows = [...state.said].sort((a, b) => b.said_at.localeCompare(a.said_at) || b.id - a.id)
    const end = Number(cursor) + Number(limit)
    return ok({ items: rows.slice(Number(cursor), end), next_cursor: end < rows.length ? String(end) : null, unread: unread() })
  }

  function read({ up_to: id }) {
    const newest = byId(state.said, id)
    if (!newest) return problem(404, 'not_found')
    for (const row of state.said) if (row.said_at < newest.said_at || (row.said_at === newest.said_at && row.id <= id)) row.read_at ??= iso(now())
    return ok({ unread: unread() })
  }

  const guardiansOf = (id) => (state.guardians[id] ??= [guardian(ME, -90, { first: true })])

  /** What this account may see of a child's guardians, or a refusal. */
  function family(id, handle) {
    const rows = guardiansOf(id)
    return rows.some((one) => one.account_id === ME) ? handle(rows) : problem(404, 'not_found')
  }

  function claim({ code }) {
    const child = state.claimable
    if (!child || code.replaceAll('-', '').toUpperCase() !== CLAIM_CODE.replace('-', '')) return problem(404, 'not_found')
    if (state.profiles.some((one) => one.id === child.id)) return ok(child)
    state.profiles.push(child)
    guardiansOf(child.id)
    return ok(child)
  }

  function removeGuardian(profileId, accountId) {
    return family(profileId, (rows) => {
      const gone = rows.find((one) => one.account_id === Number(accountId))
      if (!gone) return problem(404, 'not_found')
      if (rows.length === 1) return problem(409, 'last_guardian')
      rows.splice(rows.indexOf(gone), 1)
      if (gone.first) rows[0].first = true
      if (gone.account_id === ME) state.profiles = state.profiles.filter((one) => one.id !== Number(profileId))
      return ok(gone)
    })
  }

  const routes = [
    [
      'POST',
      /^\/auth\/login$/,
      () => ok({ token: 'mock', expires_at: iso(now() + DAY), account_id: ME, role: scenario.role ?? 'member', name: null, profiles: state.profiles }),
    ],
    ['GET', /^\/auth\/device\/(.+)$/, ([code]) => (code === WAITING_PAGE.code ? ok(WAITING_PAGE.asks()) : problem(404, 'not_found'))],
    ['POST', /^\/auth\/device\/approve$/, (_, { body }) => ok({ approved: body.approve })],
    ['GET', /^\/time$/, () => ok({ now: iso(now()) })],
    ['GET', /^\/policy$/, () => ok({ id: 1, next: null, ...POLICY })],
    ['GET', /^\/policies\/(\d+)$/, ([id]) => ok(version(Number(id)))],
    ['GET', /^\/profiles$/, () => list(state.profiles)],
    ['POST', /^\/profiles\/claim$/, (_, { body }) => claim(body)],
    ['POST', /^\/profiles\/(\d+)\/claim-code$/, ([id]) => family(id, () => ok({ code: CLAIM_CODE.replace('-', ''), expires_at: iso(START + CLAIM_VALIDITY) }))],
    ['GET', /^\/profiles\/(\d+)\/guardians$/, ([id]) => family(id, list)],
    [
      'PUT',
      /^\/profiles\/(\d+)\/guardians\/(\d+)$/,
      ([id, account], { body }) =>
        family(id, (rows) =>
          ok(
            Object.assign(
              rows.find((one) => one.account_id === Number(account)),
              body,
            ),
          ),
        ),
    ],
    ['DELETE', /^\/profiles\/(\d+)\/guardians\/(\d+)$/, ([id, account]) => removeGuardian(id, account)],
    ['GET', /^\/sessions$/, (_, { query }) => list(state.sessions.filter((one) => one.booking_date >= query.from && one.booking_date <= query.to))],
    ['GET', /^\/sessions\/(\d+)\/([\d-]+)$/, ([id, date]) => ok(sessionOf({ course_schedule_id: Number(id), booking_date: date }))],
    ['GET', /^\/bookings\/my$/, (_, { query }) => bookingsPage(query)],
    ['POST', /^\/bookings$/, (_, { body }) => book(body)],
    [
      'POST',
      /^\/bookings\/(\d+)\/leave$/,
      ([id]) => {
        const row = byId(state.bookings, id)
        return ok(Object.assign(row, { status: 'leave', makeup_until: iso(Date.parse(row.starts_at) + MAKEUP_VALIDITY) }))
      },
    ],
    ['GET', /^\/makeup\/owed$/, (_, { query }) => owedPage(query)],
    ['GET', /^\/makeup\/available$/, (_, { query }) => list(available(query))],
    ['POST', /^\/makeup\/book$/, (_, { body }) => bookMakeup(body)],
    ['GET', /^\/makeup\/my$/, () => ok({ items: state.makeups, next_cursor: null, counts: {} })],
    ['DELETE', /^\/makeup\/(\d+)\/cancel$/, ([id]) => cancelMakeup(id)],
    ['GET', /^\/compensation\/balance$/, (_, { query }) => balance(Number(query.profile_id))],
    ['GET', /^\/compensation\/history$/, (_, { query }) => list(state.movements.filter((one) => one.profile_id === Number(query.profile_id)))],
    ['GET', /^\/messages\/my$/, (_, { query }) => saidPage(query)],
    ['PUT', /^\/messages\/read$/, (_, { body }) => read(body)],
    ['GET', /^\/waitlist\/(\d+)\/notifications$/, ([id]) => ok({ items: state.messages.filter((one) => one.waitlist_id === Number(id)), counts: {} })],
    ['POST', /^\/subscriptions$/, () => ok({ remaining: {} })],
    ['DELETE', /^\/bookings\/(\d+)$/, ([id]) => ok(Object.assign(byId(state.bookings, id), { status: 'cancelled' }))],
    ['GET', /^\/waitlist\/my$/, () => list(state.entries)],
    ['POST', /^\/waitlist\/join$/, (_, { body }) => join(body)],
    [
      'GET',
      /^\/waitlist\/position\/(\d+)$/,
      ([id]) => {
        const row = byId(state.entries, id)
        return ok({
          waitlist_id: row.id,
          status: row.status,
          position: row.position,
          ahead: row.position - 1,
          waiting_total: sessionOf(row).waiting,
          chance: row.chance,
          chance_known: row.chance_known,
          estimated_wait_minutes: row.chance >= 0.5 ? 95 : null,
          last_notification_at: row.expires_at,
          as_of: iso(now()),
        })
      },
    ],
    ['GET', /^\/waitlist\/(\d+)$/, ([id]) => ok(byId(state.entries, id))],
    ['DELETE', /^\/waitlist\/(\d+)$/, ([id]) => ok(Object.assign(byId(state.entries, id), { status: 'cancelled', position: null, chance: null }))],
    ['PUT', /^\/waitlist\/(\d+)\/respond$/, ([id], { body }) => respond(byId(state.entries, id), body.action)],
    ['POST', /^\/rules\/(\w+)$/, ([fn], { body }) => ok({ value: rules[fn](...body.args) })],
  ]

  async function answer({ path, ...rest }) {
    const request = { ...rest, path: path.replace(/^\/api\/v1/, '') }
    const own = await scenario.intercept?.(request)
    if (own) return own
    for (const [method, pattern, handle] of routes) {
      const match = pattern.exec(request.path)
      if (match && method === request.method) {
        const result = handle(match.slice(1), request)
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
