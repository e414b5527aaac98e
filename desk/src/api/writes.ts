// Writes that may be tapped again: each has an idempotency key until its answer is known.
import { reactive } from 'vue'
import { Problem } from './problem'

/** A write whose outcome is unknown. */
export interface OpenWrite {
  /** What it does, in words. */
  title: string
  key: string
  again: () => Promise<void>
}

const keys = new Map<string, string>()
const open = reactive(new Map<string, OpenWrite>())

/** The writes without an answer, the oldest first. */
export const openWrites = (): OpenWrite[] => [...open.values()]

/** Forgets a write without an answer, once somebody has checked its outcome. */
export function dismiss(key: string): void {
  for (const [name, write] of open) if (write.key === key) open.delete(name)
}

/**
 * Does a write. The same `name` takes the same key until the service has answered, so a repeat is never done twice.
 * @param name names the write and its body
 * @param title what it does, in words
 * @throws {Problem}
 */
export async function write<T>(name: string, title: string, send: (headers: { 'Idempotency-Key': string }) => Promise<T>): Promise<T> {
  const key = keys.get(name) ?? crypto.randomUUID()
  keys.set(name, key)
  try {
    const done = await send({ 'Idempotency-Key': key })
    settle(name)
    return done
  } catch (error) {
    if (error instanceof Problem && error.isOpen) {
      open.set(name, { title, key, again: async () => void (await write(name, title, send)) })
    } else if (!(error instanceof Problem && error.code === 'offline')) {
      settle(name)
    }
    throw error
  }
}

function settle(name: string): void {
  keys.delete(name)
  open.delete(name)
}
