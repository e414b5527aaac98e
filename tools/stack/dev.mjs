// Runs what scripts/dev has built: database, backend, edge, page and demo data. All of them stop together.
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { serve } from '../browser/lib/server.mjs'
import { root, startBackend } from './backend.mjs'
import { client } from './client.mjs'
import { people, playDemo, staff } from './demo.mjs'
import { startWrangler } from './edge.mjs'

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: '8080' },
    edge: { type: 'string', default: '8787' },
    page: { type: 'string', default: '8099' },
    'still-clock': { type: 'boolean', default: false },
  },
})

const varDir = path.join(root, 'var/dev')
const stops = []
let stopping
function stop(code) {
  stopping ??= (async () => {
    console.log('\nstopping …')
    for (const step of stops.reverse()) await step().catch((error) => console.error(error.message))
    process.exit(code)
  })()
  return stopping
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0))

/** Adds a part of the stack and how to stop it. */
async function part(name, start) {
  process.stdout.write(`starting ${name} … `)
  const started = await start()
  stops.push(() => (started.stop ?? started.close)())
  console.log(started.url)
  return started
}

try {
  // Every run starts with fresh demo data.
  rmSync(varDir, { recursive: true, force: true })
  mkdirSync(varDir, { recursive: true })
  const backend = await part('database and backend', () => startBackend({ varDir, port: Number(options.backend), args: ['--sweeps', '--desk', path.join(root, 'desk/dist/desk')] }))
  const edge = await part('edge (workerd)', () =>
    startWrangler({ origin: backend.url, jwks: backend.jwks(), port: Number(options.edge), log: path.join(varDir, 'edge.log'), rebuilds: true }))
  await playDemo({ backend, edge: edge.url, varDir })
  const dist = path.join(root, 'tools/browser/dist')
  const page = await part('mini-program page', () =>
    serve({
      port: Number(options.page),
      app: path.join(dist, 'app'),
      builtin: path.join(dist, 'builtin'),
      edge: edge.url,
      config: JSON.stringify({
        apiOrigin: 'http://127.0.0.1:8787',
        staff,
        accounts: people.map(({ openid, name, note }) => ({ openid, name, note })),
      }),
    }))
  if (!options['still-clock']) {
    // The service's clock stands still between calls, so advance it with real time.
    const tick = setInterval(() => client(edge.url).post('/dev/clock/advance', { seconds: 1 }).catch(() => {}), 1000)
    stops.push(async () => clearInterval(tick))
  }
  console.log(`
Open ${page.url}

  1  林妈妈: 候补 shows an offer that ends in six minutes. Tap 立即预约, and find it under 预约.
     Or let it run out: the console beside the phone moves the clock, and 王一诺 is offered the seat.
  2  陈妈妈: 预约, 不去了, 取消预约 of tomorrow's 体操基础. Then 王爸爸: the seat is his to take.
  3  林妈妈: 预约 shows the class that 林小雨 missed and until when it can be made up, and a credit of
     林小满's that runs out the day after tomorrow. Tap 选补课, and compare before you choose.
  4  Call a class off under "The gym": who was booked finds it under 预约, to be made up.
  5  Switch the network off in the console: countdowns go on, actions say what they need.

The desk ${backend.url}/desk/
  Log in as demo-staff or demo-owner, or by the phone: 我的, 登录前台.

Contract ${backend.url}/docs   Backend ${backend.url}/readyz   Edge ${edge.url}/healthz   Logs ${path.relative(root, varDir)}/*.log
Ctrl-C stops everything.`)
} catch (error) {
  console.error(`\n${error.message}`)
  await stop(1)
}
