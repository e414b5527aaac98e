// Two MariaDB servers with Galera and an arbitrator, which has a vote and no data. HAProxy writes to one of them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../../tools/stack/backend.mjs'
import { until } from '../../tools/stack/wait.mjs'
import { ACCOUNT, initialiseData, Server } from './server.mjs'

const program = '/usr/sbin/mariadbd'
const provider = path.join(root, 'var/cluster/usr/lib/galera/libgalera_smm.so')

const galeraOptions = (machine, number, peers) => [
  `--server-id=${number}`,
  '--binlog-format=ROW', '--innodb-autoinc-lock-mode=2', '--wsrep-on=ON', `--wsrep-provider=${provider}`,
  '--wsrep-cluster-name=gym', `--wsrep-cluster-address=gcomm://${peers.join(',')}`,
  `--wsrep-node-name=${machine.name}`, `--wsrep-node-address=${machine.address}`,
  `--wsrep-provider-options=gmcast.listen_addr=tcp://${machine.address}:4567;gcache.size=128M`,
  // A server that was away is sent what it missed: see wsrep_sst_missed.
  '--wsrep-sst-method=missed',
]

/** The position in the cluster's history that a server had reached when it was killed, as it finds in its own data. */
async function recoveredPosition(server) {
  const log = path.join(server.dir, 'recover.log')
  rmSync(log, { force: true })
  const words = ['--no-defaults', '--user=root', `--datadir=${server.data}`, `--log-error=${log}`, '--socket=my.sock']
  const recovery = spawn(program, [...words, '--wsrep-recover', '--skip-networking', ...server.options], { cwd: server.dir, stdio: 'ignore' })
  const ended = once(recovery, 'exit')
  let found
  await until('the position that was recovered', () => (found = readFileSync(log, 'utf8').match(/Recovered position:\s*(\S+)/)) !== null)
  // Not left to end by itself: now and then MariaDB 10.11.19 hangs in its shutdown here, and takes memory without end.
  recovery.kill('SIGKILL')
  await ended
  return found[1]
}

/** Starts the cluster on three machines of `net`; data and logs are under `dir`. */
export async function startGalera(net, dir) {
  // The server looks there for wsrep_sst_missed.
  process.env.PATH = `${fileURLToPath(new URL('.', import.meta.url))}:${process.env.PATH}`
  const machines = ['one', 'two'].map((name) => net.machine(name))
  const arbitrator = net.machine('arbitrator')
  const peers = machines.map(({ address }) => address)
  const servers = machines.map(
    (machine, at) => new Server({ machine, kind: 'mariadb', program, options: galeraOptions(machine, at + 1, peers), dir: path.join(dir, machine.name) }),
  )
  const [one, two] = servers
  for (const server of servers) mkdirSync(server.dir)
  initialiseData('mariadb-install-db', ['--skip-test-db', '--auth-root-authentication-method=normal'], one.data)
  // Both start from one copy, as the same state of one cluster.
  await one.start('--wsrep-new-cluster')
  await one.query(ACCOUNT)
  await one.shutDown()
  cpSync(one.data, two.data, { recursive: true })
  await one.start('--wsrep-new-cluster')
  await two.start()
  for (const server of servers) server.startAgent()
  const log = openSync(path.join(dir, 'arbitrator.log'), 'a')
  arbitrator.spawn(
    path.join(root, 'var/cluster/bin/garbd'),
    ['--address', `gcomm://${peers.join(',')}`, '--group', 'gym', '--options', `gmcast.listen_addr=tcp://${arbitrator.address}:4567`],
    { cwd: dir, stdio: ['ignore', log, log] },
  )
  const status = async (server, name) => (await server.query(`SHOW GLOBAL STATUS LIKE '${name}'`))[0].Value
  const whole = () =>
    until('the whole cluster', async () => {
      for (const server of servers) {
        if ((await status(server, 'wsrep_cluster_size')) !== '3' || (await status(server, 'wsrep_local_state')) !== '4') return false
      }
      return true
    })
  await whole()
  return {
    title: 'MariaDB, Galera with one writer and an arbitrator',
    servers,
    sticky: true,
    whole,
    /** Starts a server that was killed, from where it had come to; it fetches what it missed. */
    restart: async (server) => server.start(`--wsrep-start-position=${await recoveredPosition(server)}`),
  }
}
