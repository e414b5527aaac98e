// Keeps the login of an open page alive.
import { onScopeDispose } from 'vue'
import { api, read } from './api/client'
import { realNow } from './clock'
import { session } from './session'

const MINUTE = 60_000
/** How long before its end a token of twelve hours is renewed, in milliseconds. */
const AHEAD = 6 * 60 * MINUTE

/** Renews the token in the second half of its life, while the page is open. */
export function keepRenewed(): void {
  const timer = setInterval(async () => {
    if (!session.login || Date.parse(session.login.expires_at) - realNow() > AHEAD) return
    // Where it cannot be renewed, the token lives on until its end; then the service asks for a new login.
    const renewed = await read(api.POST('/api/v1/auth/renew')).catch(() => null)
    if (renewed) session.begin(renewed)
  }, MINUTE)
  onScopeDispose(() => clearInterval(timer))
}
