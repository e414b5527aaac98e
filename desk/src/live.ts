// Reads that stay current: asked again every few seconds while the page is seen, and at once when it is shown again. The
// clock is set with each.
import { onScopeDispose, readonly, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { api, read as bodyOf } from './api/client'
import { Problem } from './api/problem'
import { synchronise } from './clock'

/** How often a visible page asks for news, in milliseconds. */
const INTERVAL = 5_000

export interface Live<T> {
  /** The newest answer; null before the first. */
  data: Readonly<ShallowRef<T | null>>
  /** Why the last request failed; null where it did not. What was read before stays in `data`. */
  problem: Readonly<ShallowRef<Problem | null>>
  /** Asks at once. */
  refresh(): Promise<void>
}

/** An answer with its ETag; `undefined` says that nothing has changed. */
export interface Tagged<T> {
  etag: string | null
  body: T | undefined
}

/**
 * Keeps an answer current.
 * @param read asks the service, with the ETag of what is shown
 * @param of what is read: where it changes, the answer to the old one goes
 */
export function useLive<T>(read: (etag: string | null) => Promise<Tagged<T>>, of?: Ref<unknown>): Live<T> {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  let etag: string | null = null
  let asked = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function refresh(): Promise<void> {
    clearTimeout(timer)
    const mine = (asked += 1)
    try {
      await synchronise(() => bodyOf(api.GET('/api/v1/time')))
      const answer = await read(etag)
      // A later request may have been answered already.
      if (mine !== asked) return
      problem.value = null
      etag = answer.etag
      if (answer.body !== undefined) data.value = answer.body
    } catch (error) {
      if (mine !== asked) return
      if (!(error instanceof Problem)) throw error
      problem.value = error
    } finally {
      if (mine === asked && !document.hidden) timer = setTimeout(() => void refresh(), INTERVAL)
    }
  }

  function shown(): void {
    if (document.hidden) clearTimeout(timer)
    else void refresh()
  }
  document.addEventListener('visibilitychange', shown)
  window.addEventListener('online', shown)
  onScopeDispose(() => {
    asked += 1
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', shown)
    window.removeEventListener('online', shown)
  })
  if (of) {
    watch(of, () => {
      data.value = null
      etag = null
      void refresh()
    })
  }
  void refresh()
  return { data: readonly(data) as Readonly<ShallowRef<T | null>>, problem: readonly(problem) as Readonly<ShallowRef<Problem | null>>, refresh }
}
