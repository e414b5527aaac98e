// Says whether the database server beside it takes writes: HAProxy's agent-check asks it twice a second.
// usage: node writer-agent.mjs mysql|mariadb ADDRESS PORT SOCKET
import net from 'node:net'
import mysql from 'mysql2/promise'

const [kind, address, port, socketPath] = process.argv.slice(2)

/** One row with one column: 1 where this server may be written to. */
const question = {
  // The one primary of the group, once it has stopped to refuse writes.
  mysql: `SELECT COUNT(*) FROM performance_schema.replication_group_members
    WHERE member_id = @@server_uuid AND member_state = 'ONLINE' AND member_role = 'PRIMARY' AND NOT @@super_read_only`,
  // In the part of the cluster that has the majority, and with nothing of another writer left to apply.
  mariadb: `SELECT COUNT(*) = 3 FROM information_schema.global_status
    WHERE (variable_name, variable_value) IN (('WSREP_READY', 'ON'), ('WSREP_LOCAL_STATE', '4'), ('WSREP_LOCAL_RECV_QUEUE', '0'))`,
}[kind]

/** A server that does not answer for this long does not take writes; the machine may be busy. In milliseconds. */
const PATIENCE = 2000

let connection
async function takesWrites() {
  try {
    connection ??= await mysql.createConnection({ socketPath, user: 'root', connectTimeout: PATIENCE, rowsAsArray: true })
    connection.on('error', () => {})
    const [[[yes]]] = await connection.query({ sql: question, timeout: PATIENCE })
    return yes === 1
  } catch {
    connection?.destroy()
    connection = undefined
    return false
  }
}

net
  .createServer(async (asked) => {
    asked.on('error', () => {})
    asked.end((await takesWrites()) ? 'up\n' : 'down\n')
  })
  .listen(Number(port), address)
