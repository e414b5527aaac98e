// The service's development paths, as the console uses them.

const BASE = '/api/v1'

async function ask(method, path, body) {
  const answer = await fetch(BASE + path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  if (answer.ok) return answer.json()
  const problem = await answer.json().catch(() => ({}))
  throw new Error(answer.status === 404 ? 'the service runs without --dev-clock' : (problem.detail ?? `${method} ${path} answered ${answer.status}`))
}

/** The service's now. */
export const time = async () => new Date((await ask('GET', '/time')).now)

/** Moves the clock, then lets everything that has become due happen. */
export async function advance(seconds) {
  await ask('POST', '/dev/clock/advance', { seconds })
  await ask('POST', '/dev/sweep')
}

/** Every message sent, newest first. */
export async function messages() {
  const answer = await ask('GET', '/dev/messages')
  return (answer.items ?? answer).toSorted((a, b) => b.at.localeCompare(a.at))
}
