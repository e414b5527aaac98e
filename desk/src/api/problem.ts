import { explain } from '../words'

/** Why a request was not done. `code` is one of the contract, or `offline`, `unanswered`, `timeout`. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly fields: Record<string, unknown> = {},
  ) {
    super(explain(code, fields))
    this.name = 'Problem'
  }

  /** Whether it is unknown what became of the request: it may be sent again with its key. */
  get isOpen(): boolean {
    return ['unanswered', 'timeout', 'unavailable'].includes(this.code)
  }

  /** Whether there was no answer at all: the network is to blame, not the service. */
  get isUnreachable(): boolean {
    return ['offline', 'unanswered', 'timeout'].includes(this.code)
  }
}

/** The problem of an answer that is no success. */
export function problemOf(body: unknown): Problem {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  return new Problem(typeof fields.code === 'string' ? fields.code : 'internal', fields)
}

/** What went wrong in `action`; null where nothing did. A fault of the page itself is thrown on. */
export async function failureOf(action: Promise<unknown>): Promise<Problem | null> {
  try {
    await action
    return null
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error
  }
}
