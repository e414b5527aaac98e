// The service as the console uses it: its development paths, and the actions of other people.

const BASE = '/api/v1'
const ZONE = 8 * 60 * 60 * 1000
const DAY = 24 * 60 * 60 * 1000
/** How many days of classes the gym can call off here, today included. */
const DAYS = 7

async function ask(method, path, { body, token } = {}) {
  const answer = await fetch(BASE + path, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }) },
    body: body && JSON.stringify(body),
  })
  if (answer.ok) return answer.json()
  const problem = await answer.json().catch(() => ({}))
  const dev = path.startsWith('/dev/') && answer.status === 404
  throw new Error(dev ? 'the service runs without --dev-clock' : (problem.detail ?? `${method} ${path} answered ${answer.status}`))
}

/** The service's time. */
export const time = async () => new Date((await ask('GET', '/time')).now)

/** Moves the clock, then lets everything that has become due happen. */
export async function advance(seconds) {
  await ask('POST', '/dev/clock/advance', { body: { seconds } })
  await ask('POST', '/dev/sweep')
}

/** Every message sent, newest first. */
export async function messages() {
  const answer = await ask('GET', '/dev/messages')
  return (answer.items ?? answer).toSorted((a, b) => b.at.localeCompare(a.at))
}

const login = (openid) => ask('POST', '/auth/login', { body: { code: `dev:${openid}` } })

/** The children of an account: `{ id, name }`. */
export const children = async (openid) => (await login(openid)).profiles

/** The classes of the coming days that can still be called off, the soonest first. */
export async function classes(staff) {
  const [{ token }, now] = await Promise.all([login(staff), time()])
  const date = (days) => new Date(now.getTime() + ZONE + days * DAY).toISOString().slice(0, 10)
  const { items } = await ask('GET', `/sessions?from=${date(0)}&to=${date(DAYS - 1)}&limit=100`, { token })
  return items.filter((one) => one.status === 'scheduled' && new Date(one.starts_at) > now).sort((a, b) => a.starts_at.localeCompare(b.starts_at))
}

/** The gym calls a class off. */
export async function callOff(staff, { course_schedule_id: id, booking_date: date }) {
  const { token } = await login(staff)
  await ask('POST', `/sessions/${id}/${date}/cancel`, { token })
  await ask('POST', '/dev/sweep')
}
