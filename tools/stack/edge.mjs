// Runs the built worker on workerd with `wrangler dev`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './backend.mjs'
import { until } from './wait.mjs'

/** wrangler needs Node 22 or newer; if the installed one is older, use the pinned one of tests/package.json. */
function node() {
  const pinned = path.join(root, `tests/node_modules/node-linux-${process.arch}/bin/node`)
  return existsSync(pinned) ? pinned : process.execPath
}

/**
 * Writes this checkout's wrangler.toml without its build into `directory`. With it, wrangler takes the sources for changed
 * once it has started, and restarts workerd, which drops the requests that are under way.
 */
function builtConfig(directory) {
  const absolute = (text) => JSON.stringify(path.join(root, text))
  const config = readFileSync(path.join(root, 'wrangler.toml'), 'utf8')
    .replace(/^\[build\]\n(?:[^[].*\n|\n)*/m, '')
    .replace(/^main = "(.+)"$/m, (_, file) => `main = ${absolute(file)}`)
    .replace(/^directory = "(.+)"$/m, (_, file) => `directory = ${absolute(file)}`)
  const file = path.join(directory, 'wrangler.toml')
  writeFileSync(file, config)
  return file
}

/**
 * Starts `wrangler dev` in front of `origin` and waits until it answers.
 * `worker` is the folder of a kept worker with its own wrangler.toml; left out, the worker is the one that this checkout has
 * built. With `rebuilds` it is built again when its sources change.
 * @param {{ origin: string, jwks: string, port: number, log: string, worker?: string, rebuilds?: boolean }} options
 */
export async function startWrangler({ origin, jwks, port, log, worker, rebuilds = false }) {
  const output = openSync(log, 'w')
  // A development build on a busy machine may be slow.
  const bindings = { ORIGIN: origin, JWT_JWKS: jwks, DEV_CLOCK: '1', ORIGIN_TIMEOUT_MS: '20000' }
  const vars = Object.entries(bindings).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  const file = worker ? path.join(worker, 'wrangler.toml') : builtConfig(path.dirname(log))
  const config = rebuilds ? [] : ['--config', file]
  // What it keeps lies beside its log: two that run at once would lock each other's cache.
  const state = path.join(path.dirname(log), 'edge-state')
  const wrangler = path.join(root, 'tests/node_modules/wrangler/bin/wrangler.js')
  const child = spawn(
    node(),
    [wrangler, 'dev', ...config, '--local', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--persist-to', state, '--show-interactive-dev-session=false', ...vars],
    {
      cwd: root,
      detached: true,
      stdio: ['ignore', output, output],
      env: {
        ...process.env,
        CI: '1',
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        WRANGLER_SEND_ERROR_REPORTS: 'false',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_WRITE_LOGS: 'false',
      },
    },
  )
  const ended = once(child, 'exit')
  let stops = false
  child.once('exit', (code, signal) => {
    if (!stops) console.error(`wrangler dev ended by itself with ${code ?? signal}:\n${readFileSync(log, 'utf8').split('\n').slice(-40).join('\n')}`)
  })
  const url = `http://127.0.0.1:${port}`
  await until(`the edge at ${url}`, async () => {
    if (child.exitCode !== null) throw new Error(`wrangler dev ended with ${child.exitCode}:\n${readFileSync(log, 'utf8')}`)
    return (await fetch(`${url}/healthz`)).ok
  })
  return {
    url,
    async stop() {
      stops = true
      // Kill the process group, because wrangler would leave workerd running.
      try { process.kill(-child.pid, 'SIGTERM') } catch { /* it ended by itself */ }
      await ended
    },
  }
}
