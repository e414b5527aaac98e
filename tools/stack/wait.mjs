// Waiting for a condition.
import { once } from 'node:events'
import net from 'node:net'

/** Calls `done` until it returns true. Until the time is over, its errors count as false. */
export async function until(what, done, { seconds = 120, every = 100 } = {}) {
  let last
  for (let left = (seconds * 1000) / every; left > 0; left -= 1) {
    try {
      if (await done()) return
      last = undefined
    } catch (error) {
      if (/ended with/.test(error.message)) throw error
      last = error
    }
    await new Promise((go) => setTimeout(go, every))
  }
  throw new Error(`${what} did not come up in ${seconds} s${last ? `: ${last.message}` : ''}`)
}

/** A free port. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
