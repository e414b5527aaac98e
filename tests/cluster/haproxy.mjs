// HAProxy in front of the database servers, as docs/operations.md describes it.
import { spawn } from 'node:child_process'
import { openSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../../tools/stack/backend.mjs'

export const AGENT_PORT = 9200

/** One writer, and no way back: the server that took over stays the writer until it fails. */
const STICKY = `
  stick-table type ip size 1 nopurge
  stick on dst`

/**
 * A server is used while it answers and its agent says `up`. A server that is not used any more loses its connections at
 * once: a demoted primary would go on answering reads, and a machine that is cut off would never say that it is gone.
 */
const config = (machines, { sticky }) => `
global
  maxconn 2000
defaults
  mode tcp
  timeout connect 1s
  timeout check 3s
  # Longer than the service keeps a connection that nobody uses.
  timeout client 1h
  timeout server 1h
  # A connection that found no server is refused at once; the service tries again by itself.
  retries 1
  option redispatch
listen database
  bind 127.0.0.1:3306
  default-server check inter 500ms fall 3 rise 2 agent-check agent-inter 500ms agent-port ${AGENT_PORT} on-marked-down shutdown-sessions${sticky ? STICKY : ''}
${machines.map(({ name, address }, at) => `  server ${name} ${address}:3306${sticky && at > 0 ? ' backup' : ''}`).join('\n')}
`

/**
 * Starts HAProxy at 127.0.0.1:3306 in front of `machines`.
 * @param {{ dir: string, machines: { name: string, address: string }[], sticky: boolean }} options `sticky`: every server
 *   would take writes, and HAProxy chooses the one that does
 */
export function startHaproxy({ dir, machines, sticky }) {
  const file = path.join(dir, 'haproxy.cfg')
  writeFileSync(file, config(machines, { sticky }))
  const log = openSync(path.join(dir, 'haproxy.log'), 'a')
  spawn(path.join(root, 'var/cluster/bin/haproxy'), ['-db', '-f', file], { stdio: ['ignore', log, log] })
}
