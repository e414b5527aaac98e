// One database server on a machine of its own, and the agent beside it.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import mysql from 'mysql2/promise'
import { until } from '../../tools/stack/wait.mjs'
import { AGENT_PORT } from './haproxy.mjs'

/** The service's account, and a table for the bare client, which both databases get. */
export const ACCOUNT = `
  CREATE USER gym@'%' IDENTIFIED BY 'gym';
  GRANT ALL ON *.* TO gym@'%';
  CREATE DATABASE gym CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  CREATE DATABASE bare;
  CREATE TABLE bare.beat (id INT PRIMARY KEY, at DATETIME(3) NOT NULL)`
export const DATABASE = 'mysql://gym:gym@127.0.0.1:3306/gym'

/** The server's defaults that docs/operations.md asks for, and little memory. */
const DEFAULTS = [
  '--no-defaults', '--user=root', '--port=3306', '--bind-address=*', '--skip-name-resolve', '--socket=my.sock',
  '--character-set-server=utf8mb4', '--transaction-isolation=READ-COMMITTED', '--default-time-zone=+00:00',
  '--innodb-lock-wait-timeout=2', '--wait-timeout=45', '--max-connections=300', '--innodb-buffer-pool-size=64M',
  // The test ends programs, never the machine under them: the disk need not be waited for.
  '--innodb-flush-log-at-trx-commit=2',
]

export class Server {
  /** @param {{ machine: object, dir: string, kind: 'mysql' | 'mariadb', program: string, options: string[] }} about */
  constructor({ machine, dir, kind, program, options }) {
    Object.assign(this, { machine, dir, kind, program, options, name: machine.name, address: machine.address })
    this.data = path.join(dir, 'data')
    this.socket = path.join(this.data, 'my.sock')
    this.log = path.join(dir, 'server.log')
  }

  /** Starts the server and waits until it answers on its socket; `more` are options of this start alone. */
  async start(...more) {
    const log = openSync(this.log, 'a')
    const words = [...DEFAULTS, `--datadir=${this.data}`, ...this.options, ...more]
    this.child = this.machine.spawn(this.program, words, { cwd: this.dir, stdio: ['ignore', log, log] })
    this.ended = once(this.child, 'exit')
    await until(`the database server ${this.name}`, async () => {
      if (this.child.exitCode !== null) {
        throw new Error(`${this.name} ended with ${this.child.exitCode}:\n${readFileSync(this.log, 'utf8').split('\n').slice(-30).join('\n')}`)
      }
      await this.query('SELECT 1')
      return true
    })
  }

  /** Starts the agent, which answers HAProxy's question. */
  startAgent() {
    const agent = fileURLToPath(new URL('writer-agent.mjs', import.meta.url))
    this.machine.spawn(process.execPath, [agent, this.kind, this.address, String(AGENT_PORT), this.socket], { stdio: 'ignore' })
  }

  /** Runs statements as root over the socket, which a cut of the network does not cut; the rows of the last one. */
  async query(statements) {
    const connection = await mysql.createConnection({
      socketPath: this.socket, user: 'root', multipleStatements: true, connectTimeout: 5000,
    })
    connection.on('error', () => {})
    try {
      let rows
      for (const statement of statements.split(';').filter((text) => text.trim())) [rows] = await connection.query(statement)
      return rows
    } finally {
      connection.destroy()
    }
  }

  /** Lets the server end in order. */
  async shutDown() {
    this.child.kill('SIGTERM')
    await this.ended
  }

  /** Ends the server with SIGKILL. */
  async kill() {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

/** Makes a data directory at `data` with `program`. */
export function initialiseData(program, words, data) {
  execFileSync(program, ['--no-defaults', '--user=root', `--datadir=${data}`, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
}
