// MySQL servers: three in one group with a single primary (Group Replication), or one alone.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { root } from '../../tools/stack/backend.mjs'
import { until } from '../../tools/stack/wait.mjs'
import { ACCOUNT, initialiseData, Server } from './server.mjs'

const program = path.join(root, 'var/mysql/bin/mysqld')

/** How a server is told of the group; `seeds` are the addresses of all. */
const groupOptions = (machine, number, seeds) => [
  '--mysqlx=OFF', `--server-id=${number}`, `--report-host=${machine.address}`, '--gtid-mode=ON', '--enforce-gtid-consistency=ON',
  '--log-bin=binlog', '--relay-log=relay', '--sync-binlog=0', '--innodb-redo-log-capacity=64M',
  '--plugin-load-add=group_replication.so',
  '--loose-group-replication-group-name=6f1c2a9e-0001-4a4e-9d0c-0123456789ab',
  '--loose-group-replication-communication-stack=MYSQL',
  `--loose-group-replication-local-address=${machine.address}:3306`,
  `--loose-group-replication-group-seeds=${seeds.map((seed) => `${seed}:3306`).join(',')}`,
  '--loose-group-replication-bootstrap-group=OFF',
  '--loose-group-replication-single-primary-mode=ON',
  // A new primary answers nobody before it has applied all that the old one committed.
  '--loose-group-replication-consistency=BEFORE_ON_PRIMARY_FAILOVER',
  '--loose-group-replication-recovery-use-ssl=ON', '--loose-group-replication-ssl-mode=REQUIRED',
  '--loose-group-replication-member-expel-timeout=0', '--loose-group-replication-unreachable-majority-timeout=10',
  '--loose-group-replication-autorejoin-tries=10', '--loose-group-replication-message-cache-size=134217728',
]

/** The group's own account, on each server and in no log; its password is kept, so that a server that was away comes back. */
const GROUP_ACCOUNT = `
  SET SQL_LOG_BIN = 0;
  CREATE USER member@'%' IDENTIFIED BY 'member';
  GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO member@'%';
  SET SQL_LOG_BIN = 1;
  CHANGE REPLICATION SOURCE TO SOURCE_USER = 'member', SOURCE_PASSWORD = 'member' FOR CHANNEL 'group_replication_recovery'`

const MEMBERS = "FROM performance_schema.replication_group_members WHERE member_state = 'ONLINE'"

/** Makes a data directory that can be copied. */
function initialise(data) {
  initialiseData(program, ['--initialize-insecure', '--innodb-redo-log-capacity=8M'], data)
  // Each server makes its own identity and certificates.
  for (const file of readdirSync(data)) if (file === 'auto.cnf' || file.endsWith('.pem')) rmSync(path.join(data, file))
}

/** Starts one server alone. */
export async function startOneServer(net, dir) {
  const machine = net.machine('one')
  const server = new Server({ machine, kind: 'mysql', program, options: ['--mysqlx=OFF', '--skip-log-bin'], dir: path.join(dir, 'one') })
  mkdirSync(server.dir)
  initialise(server.data)
  await server.start()
  await server.query(ACCOUNT)
  return server
}

/** Starts the group on three machines of `net`; data and logs are under `dir`. */
export async function startMysqlGroup(net, dir) {
  const machines = ['one', 'two', 'three'].map((name) => net.machine(name))
  const fresh = path.join(dir, 'fresh')
  initialise(fresh)
  const servers = machines.map((machine, at) => {
    const options = groupOptions(machine, at + 1, machines.map(({ address }) => address))
    return new Server({ machine, kind: 'mysql', program, options, dir: path.join(dir, machine.name) })
  })
  for (const server of servers) {
    mkdirSync(server.dir)
    cpSync(fresh, server.data, { recursive: true })
    await server.start('--loose-group-replication-start-on-boot=OFF')
    await server.query(GROUP_ACCOUNT)
    if (server === servers[0]) {
      await server.query(`SET GLOBAL group_replication_bootstrap_group = ON; START GROUP_REPLICATION;
        SET GLOBAL group_replication_bootstrap_group = OFF; ${ACCOUNT}`)
    } else {
      await server.query('START GROUP_REPLICATION')
    }
    server.startAgent()
  }
  const whole = () =>
    until('the whole group', async () => {
      const online = await Promise.all(servers.map((server) => server.query(`SELECT COUNT(*) AS online ${MEMBERS}`)))
      return online.every(([row]) => row.online === servers.length)
    })
  await whole()
  return {
    title: 'MySQL, Group Replication with a single primary',
    servers,
    sticky: false,
    whole,
    /** Starts a server that was killed; it joins the group by itself. */
    restart: (server) => server.start('--loose-group-replication-start-on-boot=ON'),
  }
}
