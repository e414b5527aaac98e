// A client that does nothing but write a row through HAProxy, ten times a second: what it cannot do, nobody can.
import mysql from 'mysql2/promise'
import { until } from '../../tools/stack/wait.mjs'
import { DATABASE } from './server.mjs'

const EVERY = 100
/** A write that is not answered by then counts as failed, and its connection as lost. */
const PATIENCE = 2000

/** Starts the client. */
export async function startBareClient() {
  /** When each write began and ended, and whether it was done. */
  const writes = []
  let stopping = false
  let connection

  async function write() {
    const began = Date.now()
    try {
      if (!connection) {
        connection = await mysql.createConnection({ uri: DATABASE, connectTimeout: PATIENCE })
        connection.on('error', () => {})
      }
      await connection.query({ sql: 'REPLACE INTO bare.beat (id, at) VALUES (1, UTC_TIMESTAMP(3))', timeout: PATIENCE })
      writes.push({ began, ended: Date.now(), done: true })
    } catch (error) {
      connection?.destroy()
      connection = undefined
      writes.push({ began, ended: Date.now(), done: false, error: error.message })
    }
  }
  const life = (async () => {
    while (!stopping) {
      await write()
      await new Promise((go) => setTimeout(go, EVERY))
    }
    connection?.destroy()
  })()
  const done = () => writes.filter((one) => one.done).length
  return {
    /** Waits for `many` writes more. */
    async writes(many) {
      const before = done()
      await until('writes of the bare client', () => done() >= before + many)
    },
    /** Waits until a write has failed and ten in a row were done since. */
    async recovers() {
      await until('the end of the outage', () => writes.some((one) => !one.done) && writes.slice(-10).every((one) => one.done))
    },
    /** The longest time from one write that was done to the next, in milliseconds. */
    longestWait: () => longestWait(writes.filter((one) => one.done)),
    async stop() {
      stopping = true
      await life
    },
  }
}

/** The longest time from the end of one to the end of the next, in milliseconds. */
export const longestWait = (done) => Math.max(...done.slice(1).map((one, at) => one.ended - done[at].ended))
