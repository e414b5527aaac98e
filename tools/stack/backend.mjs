// Runs the program `gym`, built by cargo, as a child process of a script or a test.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort, until } from './wait.mjs'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The directory of cargo's programs. */
export const target = (name) => path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'debug', name)

/**
 * Starts `gym serve --dev-clock` with its own database under `varDir` and waits until it is ready.
 * @param {{ varDir: string, port?: number, args?: string[], env?: Record<string, string>, program?: string }} options
 *   `program`: another `gym` than the one that this checkout built
 */
export async function startBackend({ varDir, port, args = [], env = {}, program = target('gym') }) {
  const listen = `127.0.0.1:${port ?? (await freePort())}`
  const settings = { ...process.env, GYM_VAR: varDir, GYM_LISTEN: listen, NO_COLOR: '1', ...env }
  mkdirSync(varDir, { recursive: true })
  const log = path.join(varDir, 'gym.log')
  const output = openSync(log, 'w')
  const child = spawn(program, ['serve', '--dev-clock', ...args], { env: settings, stdio: ['ignore', output, output] })
  const ended = once(child, 'exit')
  const url = `http://${listen}`
  const lastWords = () => readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')
  await until(`the backend at ${url}`, async () => {
    if (child.exitCode !== null) throw new Error(`gym serve ended with ${child.exitCode}:\n${lastWords()}`)
    return (await fetch(`${url}/readyz`)).ok
  })
  return {
    url,
    log,
    /** The public keys with which the edge verifies tokens. */
    jwks: () => readFileSync(path.join(varDir, 'jwt.key.jwks.json'), 'utf8').trim(),
    /** Runs another command of `gym` on the same database and returns its output. */
    gym: async (...words) => (await promisify(execFile)(program, words, { env: settings })).stdout.trim(),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
