// A gym, a valid call of every operation of the contract, and invalid variants that are derived from the valid calls.

/** Monday 4 March 2030, 08:00 in Shanghai. */
export const MORNING = '2030-03-04T00:00:00.000Z'
/** The Monday after: a full class with 11 booked and 21 waiting. */
const FULL = { course_schedule_id: 1, booking_date: '2030-03-11' }
/** The Tuesday after: a class with free seats. */
const FREE = { course_schedule_id: 2, booking_date: '2030-03-12' }
/** The same evening: a class of 30 minutes with free seats. */
const SHORT = { course_schedule_id: 4, booking_date: '2030-03-12' }

/** `ma` has the profiles 11 and 12, `pa` has 21 and 22; 11 missed a class that a shorter one can make up. */
export const world = {
  courses: [
    { id: 1, name: '体操入门', category: '体操', duration_minutes: 60 },
    { id: 2, name: '体操小班', category: '体操', duration_minutes: 30 },
  ],
  schedules: [
    { id: 1, course_id: 1, weekday: 1, start_time: '18:00', capacity: 1 },
    { id: 2, course_id: 1, weekday: 2, start_time: '18:00', capacity: 4 },
    { id: 3, course_id: 1, weekday: 3, start_time: '18:00', capacity: 4 },
    { id: 4, course_id: 2, weekday: 2, start_time: '20:00', capacity: 4 },
  ],
  accounts: [
    { id: 1, openid: 'ma', role: 'member' },
    { id: 2, openid: 'pa', role: 'member' },
    { id: 3, openid: 'coach', role: 'staff' },
    { id: 4, openid: 'cron', role: 'service' },
    { id: 5, openid: 'li', role: 'owner' },
    { id: 6, openid: 'wang', role: 'member' },
  ],
  profiles: [
    { id: 11, account_id: 1, name: '小满' },
    { id: 12, account_id: 1, name: '小雪' },
    { id: 21, account_id: 2, name: '小寒' },
    { id: 22, account_id: 2, name: '小暑' },
  ],
  bookings: [
    { id: 1, profile_id: 11, ...FULL, status: 'booked' },
    { id: 2, profile_id: 11, course_schedule_id: 3, booking_date: '2030-02-27', status: 'leave' },
    { id: 3, profile_id: 12, course_schedule_id: 3, booking_date: '2030-02-27', status: 'booked' },
    { id: 4, profile_id: 12, course_schedule_id: 3, booking_date: '2030-03-13', status: 'booked' },
  ],
}

/** The first id of the service's own rows. */
const FIRST = 1_000_000

/**
 * A valid call for each operation of docs/openapi.json: `path` if it has parameters, `query`, `body`, `who` if it is not
 * the member `ma`, the calls that must come `before`, and `isRefused` where nothing that can be written here is accepted. The order makes each call find the rows that it needs.
 */
export const calls = {
  'PUT /api/v1/dev/clock': { body: { now: MORNING } },
  'POST /api/v1/dev/clock/advance': { body: { seconds: 1 } },
  'POST /api/v1/dev/sweep': {},
  'GET /api/v1/dev/messages': { query: { openid: 'pa' } },
  'POST /api/v1/auth/login': { body: { code: 'dev:ma' } },
  'POST /api/v1/auth/device': {},
  'POST /api/v1/auth/device/token': { body: { device_code: 'unknown' }, isRefused: true },
  // By a member: wrong codes of who may use these are counted.
  'GET /api/v1/auth/device/{user_code}': { who: 'pa', path: '/api/v1/auth/device/BCDFGHJK', isRefused: true },
  'POST /api/v1/auth/device/approve': { who: 'pa', body: { user_code: 'BCDFGHJK', approve: true }, isRefused: true },
  'POST /api/v1/auth/renew': { isRefused: true },
  'POST /api/v1/auth/logout': { who: 'leaver' },
  'GET /api/v1/accounts': { who: 'owner', query: { q: 'w', role: 'owner' } },
  'PUT /api/v1/accounts/{id}/role': { who: 'owner', path: '/api/v1/accounts/6/role', body: { role: 'coach', name: '王教练' } },
  'GET /api/v1/people': { who: 'coach', query: { q: '小' } },
  'GET /api/v1/audit': { who: 'owner', query: { subject: 'session/1/2030-03-11', account: 3, from: '2030-03-04', to: '2030-03-04' } },
  'POST /api/v1/profiles': {
    who: 'coach', body: { name: '谷雨', birth_date: '2020-02-29', category: '启蒙', phone: '+8613800001234', note: '怕高' },
  },
  'PUT /api/v1/profiles/{id}': { who: 'coach', path: '/api/v1/profiles/22', body: { name: '小暑', phone: '13800001234' } },
  'GET /api/v1/time': {},
  'GET /api/v1/policy': {},
  'POST /api/v1/policies': { who: 'owner', body: { effective_from: '2031-01-01T00:00:00.000Z', policy: { decision_window: 20 } } },
  'GET /api/v1/policies': { who: 'owner' },
  'GET /api/v1/policies/{id}': { path: '/api/v1/policies/1' },
  'GET /api/v1/openapi.json': {},
  'POST /api/v1/rules/{fn}': { path: '/api/v1/rules/waitlistTimes', body: { args: [1_773_886_380_000] } },
  'GET /api/v1/profiles': {},
  'POST /api/v1/profiles/claim': { who: 'pa', body: { code: 'BBBB-BBBB' }, isRefused: true },
  'POST /api/v1/profiles/{id}/claim-code': { path: '/api/v1/profiles/11/claim-code' },
  'GET /api/v1/profiles/{id}/guardians': { path: '/api/v1/profiles/11/guardians' },
  'PUT /api/v1/profiles/{id}/guardians/{account_id}': { path: '/api/v1/profiles/11/guardians/1', body: { told: true } },
  'DELETE /api/v1/profiles/{id}/guardians/{account_id}': { path: '/api/v1/profiles/11/guardians/1', isRefused: true },
  'GET /api/v1/sessions': { query: { from: '2030-03-04', to: '2030-03-13', course_id: 1 } },
  'GET /api/v1/sessions/{course_schedule_id}/{date}': { path: '/api/v1/sessions/1/2030-03-11' },
  'GET /api/v1/bookings/my': { query: { profile_id: 11 } },
  'POST /api/v1/waitlist/join': { who: 'pa', body: { profile_id: 21, ...FULL } },
  'GET /api/v1/waitlist/my': { who: 'pa', query: { profile_id: 21, status: 'waiting' } },
  'GET /api/v1/waitlist/{id}': { who: 'pa', path: `/api/v1/waitlist/${FIRST}` },
  'GET /api/v1/waitlist/position/{id}': { who: 'pa', path: `/api/v1/waitlist/position/${FIRST}` },
  'GET /api/v1/waitlist/{id}/notifications': { who: 'pa', path: `/api/v1/waitlist/${FIRST}/notifications` },
  'GET /api/v1/waitlist/deadline-check': { query: FULL },
  'POST /api/v1/subscriptions': { who: 'pa', body: { results: { spot_available: 'accept' } } },
  'GET /api/v1/subscriptions': { who: 'pa' },
  'DELETE /api/v1/waitlist/{id}': {
    who: 'pa', path: `/api/v1/waitlist/${FIRST + 1}`, before: { method: 'POST', path: '/api/v1/waitlist/join', body: { profile_id: 22, ...FULL } },
  },
  'PUT /api/v1/sessions/{course_schedule_id}/{date}/capacity': { who: 'coach', path: '/api/v1/sessions/1/2030-03-11/capacity', body: { capacity: 2 } },
  'POST /api/v1/sessions/{course_schedule_id}/{date}/policy': { who: 'owner', path: '/api/v1/sessions/1/2030-03-18/policy' },
  'POST /api/v1/waitlist/notify': { who: 'coach', body: { waitlist_ids: [FIRST] } },
  'GET /api/v1/notifications/my': { who: 'pa', query: { profile_id: 21 } },
  'GET /api/v1/messages/my': { who: 'pa', query: { profile_id: 21 } },
  'PUT /api/v1/messages/read': { who: 'pa', body: { up_to: FIRST } },
  'PUT /api/v1/waitlist/{id}/respond': { who: 'pa', path: `/api/v1/waitlist/${FIRST}/respond`, body: { action: 'confirm' } },
  'POST /api/v1/waitlist/process-expiry': { who: 'cron', body: { limit: 5 } },
  'POST /api/v1/bookings': { body: { profile_id: 12, ...FREE } },
  'POST /api/v1/bookings/{id}/leave': { who: 'coach', path: '/api/v1/bookings/4/leave', body: { waive_lead: true, reason: '发烧' } },
  'POST /api/v1/bookings/{id}/attendance': { who: 'coach', path: '/api/v1/bookings/3/attendance', body: { status: 'absent' } },
  'GET /api/v1/desk/day': { who: 'coach', query: { date: '2030-03-11' } },
  'GET /api/v1/desk/sessions/{course_schedule_id}/{date}': { who: 'coach', path: '/api/v1/desk/sessions/1/2030-03-11' },
  'GET /api/v1/desk/profiles/{id}': { who: 'coach', path: '/api/v1/desk/profiles/11' },
  'PUT /api/v1/desk/sessions/{course_schedule_id}/{date}/attendance': {
    who: 'coach', path: '/api/v1/desk/sessions/3/2030-02-27/attendance', body: { items: [{ booking_id: 3, status: 'completed' }] },
  },
  'PUT /api/v1/bookings/{id}/makeup-right': {
    who: 'coach', path: '/api/v1/bookings/4/makeup-right', body: { until: '2030-04-01T10:00:00.000Z', reason: '住院' },
  },
  'POST /api/v1/compensation/grants': { who: 'coach', body: { booking_id: 2, minutes: 30, reason: '停电，提前下课' } },
  'GET /api/v1/makeup/owed': { query: { profile_id: 11 } },
  'GET /api/v1/makeup/available': { query: { profile_id: 11, original_booking_id: 2, from: '2030-03-11', to: '2030-03-13' } },
  'POST /api/v1/makeup/book': { body: { profile_id: 11, original_booking_id: 2, ...SHORT } },
  'GET /api/v1/makeup/my': { query: { profile_id: 11, status: 'pending' } },
  'GET /api/v1/compensation/balance': { query: { profile_id: 11 } },
  'GET /api/v1/compensation/history': { query: { profile_id: 11 } },
  'POST /api/v1/compensation/preview': { body: { profile_id: 11, required_minutes: 30 } },
  'DELETE /api/v1/makeup/{id}/cancel': { path: `/api/v1/makeup/${FIRST}/cancel` },
  'DELETE /api/v1/bookings/{id}': { path: '/api/v1/bookings/1' },
  'POST /api/v1/sessions/{course_schedule_id}/{date}/cancel': { who: 'coach', path: '/api/v1/sessions/1/2030-03-11/cancel' },
}

const JSON_TYPE = { 'content-type': 'application/json' }
const query = (parameters) => {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

/** Invalid values for a field of a body. */
const wrongValues = [null, '', 'x', -1, 0, 1.5, 1e300, true, [], {}, [[[1]]], '2030-02-30']
/** Invalid bodies. */
const wrongBodies = ['', '{', '[]', 'null', '"x"', '{}x', '\ufeff{}', '{"a":1,"a":2}', '['.repeat(300), Buffer.from([0xff, 0xfe])]
/** Values for an id in a path. */
const wrongIds = ['0', '-1', '1.5', '+1', '01', 'x', '', '%20', '999999', '9223372036854775807', '9223372036854775808']
const wrongDates = ['2030-02-30', '2030-3-1', 'x', '9999-12-31', '0000-01-01', '']
const wrongQueries = ['', 'x', '-1', '0', '999999', '1e3', '%', '%ff', 'a&a=b']

/** All variants of a call of `operation`. The valid call comes last, so that its change does not affect the others. */
export function* variants(operation) {
  const [method, pattern] = operation.split(' ')
  const call = calls[operation]
  const path = call.path ?? pattern
  const who = call.who ?? 'ma'
  const body = call.body && JSON.stringify(call.body)
  const good = { method, path: path + query(call.query ?? {}), who, headers: body ? JSON_TYPE : {}, body }

  if (call.before) yield { ...call.before, who, headers: JSON_TYPE, body: JSON.stringify(call.before.body) }

  // Callers.
  for (const other of ['nobody', 'cron', 'stranger', 'liar', 'forger', 'gone']) {
    if (other !== who) yield { ...good, who: other }
  }
  if (!pattern.includes('dev/')) yield { ...good, who: who === 'pa' ? 'ma' : 'pa', path: good.path }

  // Paths and methods.
  yield { ...good, path: `${path}/` }
  yield { ...good, method: 'PATCH' }
  yield { ...good, method: 'OPTIONS', body: undefined }
  for (const other of ['GET', 'POST', 'PUT', 'DELETE']) {
    if (!(`${other} ${pattern}` in calls) && !pattern.includes('{fn}')) yield { ...good, method: other }
  }
  const segments = path.split('/')
  for (const [at, name] of pattern.split('/').entries()) {
    const instead = [...({ '{id}': wrongIds, '{account_id}': wrongIds, '{course_schedule_id}': wrongIds, '{date}': wrongDates, '{fn}': ['', 'x', '%ff', 'toString'] }[name] ?? [])]
    // Another spelling of the same path.
    if (instead.length > 0) instead.push(segments[at].replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`))
    for (const value of instead) yield { ...good, path: segments.with(at, value).join('/') }
  }

  // Queries.
  for (const name of Object.keys(call.query ?? {})) {
    const { [name]: _, ...rest } = call.query
    yield { ...good, path: path + query(rest) }
    for (const value of wrongQueries) {
      yield { ...good, path: `${path}${query(rest)}${Object.keys(rest).length > 0 ? '&' : '?'}${name}=${value}` }
    }
  }
  if (method === 'GET') {
    yield { ...good, path: `${path}?unknown=1` }
    for (const odd of ['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'limit=1&limit=2']) yield { ...good, path: `${good.path}${call.query ? '&' : '?'}${odd}` }
    yield { ...good, method: 'HEAD' }
    yield { ...good, headers: { 'if-none-match': '"x"' } }
    yield { ...good, headers: { ...JSON_TYPE, 'content-length': '2' }, body: '{}' }
  }

  // Bodies.
  yield { ...good, headers: JSON_TYPE, body: 'x'.repeat(64 * 1024 + 1) }
  if (body) {
    for (const wrong of wrongBodies) yield { ...good, body: wrong }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/merge-patch+json', 'json', '']) {
      yield { ...good, headers: type ? { 'content-type': type } : {}, body: `${body}!` }
    }
    yield { ...good, body: JSON.stringify({ ...call.body, unknown: 1 }) }
    for (const name of Object.keys(call.body)) {
      const { [name]: _, ...rest } = call.body
      yield { ...good, body: JSON.stringify(rest) }
      for (const value of wrongValues) {
        // An empty list or object, or a moved clock, can be valid.
        if (operation.includes('/dev/') && typeof value === 'number') continue
        yield { ...good, body: JSON.stringify({ ...rest, [name]: value }) }
      }
    }
  }

  // An invalid key; then the valid call with a key, a replay of it, and another request with the same key.
  if (method !== 'GET') {
    for (const key of ['', 'k'.repeat(65), 'é']) yield { ...good, headers: { ...good.headers, 'idempotency-key': key } }
    const keyed = { ...good, headers: { ...good.headers, 'idempotency-key': `${operation.replace(/[^ -~]/g, '')}`.slice(0, 64) } }
    yield keyed
    yield keyed
    yield { ...keyed, path: `${keyed.path}?other=1` }
  }
  yield good
  yield good
}
