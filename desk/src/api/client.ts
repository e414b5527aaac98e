// The contract's operations, typed by docs/openapi.json.
import createClient, { type Middleware } from 'openapi-fetch'
import type { Tagged } from '../live'
import { session } from '../session'
import type { paths } from './contract'
import { Problem, problemOf } from './problem'

/** How long a request may take, in milliseconds: longer than the edge's own limit for a write. */
const PATIENCE = 12_000

const authorize: Middleware = {
  onRequest({ request }) {
    const token = session.token
    if (token && !request.headers.has('authorization')) request.headers.set('authorization', `Bearer ${token}`)
  },
}

/** Sends a request; one without an answer is a [Problem] that says whether it left the machine. */
async function send(request: Request): Promise<Response> {
  if (!navigator.onLine) throw new Problem('offline')
  try {
    return await fetch(request, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) })
  } catch (error) {
    throw new Problem(error instanceof DOMException && error.name === 'TimeoutError' ? 'timeout' : 'unanswered')
  }
}

export const api = createClient<paths>({ baseUrl: '/', fetch: send })
api.use(authorize)

/** What openapi-fetch answers: the body of a success, or that of a problem. */
interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/**
 * The body of a success.
 * @throws {Problem} where the service refused, or did not answer
 */
export async function read<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked
  if (response.ok) return data as T
  const problem = problemOf(error)
  if (problem.code === 'unauthenticated') session.lost()
  throw problem
}

/**
 * The body of a success with its ETag, or no body where nothing has changed.
 * @throws {Problem}
 */
export async function readTagged<T>(asked: Promise<Answer<T>>): Promise<Tagged<T>> {
  const answer = await asked
  const etag = answer.response.headers.get('etag')
  if (answer.response.status === 304) return { etag, body: undefined }
  return { etag, body: await read(Promise.resolve(answer)) }
}

/** The header of a conditional read. */
export const ifChanged = (etag: string | null): Record<string, string> => (etag ? { 'if-none-match': etag } : {})
