// Waiting for something to come true, and for nothing else.
import { once } from 'node:events'
import net from 'node:net'

/** Asks `done` again and again until it answers true; its errors count as "not yet" while the time lasts. */
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

/** A port that nobody listens on. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
