// Who is logged in on this page.
import { computed, reactive } from 'vue'
import type { LoggedIn, Role } from './api/contract'

const KEPT = 'desk-login'
/** The order of roles: each may do what the ones before it may (R7.1). */
const ORDER: Role[] = ['member', 'coach', 'staff', 'owner']

interface State {
  login: LoggedIn | null
  /** Whether the login ended by itself: the login page says so. */
  wasLost: boolean
}

function kept(): LoggedIn | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as LoggedIn | null
  } catch {
    return null
  }
}

const state = reactive<State>({ login: kept(), wasLost: false })

export const session = {
  get token(): string | undefined {
    return state.login?.token
  },
  get login(): LoggedIn | null {
    return state.login
  },
  get wasLost(): boolean {
    return state.wasLost
  },
  /** Begins a session, or goes on with a renewed token. */
  begin(login: LoggedIn): void {
    state.login = login
    state.wasLost = false
    sessionStorage.setItem(KEPT, JSON.stringify(login))
  },
  end(): void {
    state.login = null
    sessionStorage.removeItem(KEPT)
  },
  /** Ends a session whose token is not accepted any more. */
  lost(): void {
    if (!state.login) return
    this.end()
    state.wasLost = true
  },
}

const isAtLeast = (role: Role, least: Role): boolean => ORDER.indexOf(role) >= ORDER.indexOf(least)

/** Whether the desk has anything to show to this role. */
export const mayEnter = (role: Role): boolean => isAtLeast(role, 'coach')

/** Whether who is logged in has this role or a higher one. The service decides; the page only shows what it may offer. */
export function mayAs(role: Role): boolean {
  return state.login !== null && isAtLeast(state.login.role, role)
}

export const isLoggedIn = computed(() => state.login !== null)
