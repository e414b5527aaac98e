// Compiles the host's built-in components and a mini-program into tools/browser/dist/.
//   node tools/browser/build.mjs [--app FOLDER] [--out NAME]
// The compiler is built by cargo when needed; MPC names one that is already there.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import path from 'node:path'
import { parseArgs } from 'node:util'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.resolve(here, '../..')
const dist = path.join(here, 'dist')

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], cwd: root })
  if (error) throw error
  if (status !== 0) throw new Error(`${path.basename(command)} ${args.join(' ')}: exit ${status}`)
}

/** Runs the compiler (crate `mpc`). */
export function mpc(...args) {
  if (process.env.MPC) run(process.env.MPC, args)
  else run('cargo', ['run', '--quiet', '--package', 'mpc', '--', ...args])
}

/**
 * Compiles what a page needs.
 * @returns {{ builtin: string, app: string }} the compiled folders
 */
export function build({ app = path.join(root, 'miniprogram'), name = 'app' } = {}) {
  const built = { builtin: path.join(dist, 'builtin'), app: path.join(dist, name) }
  mpc('build', path.join(here, 'builtin'), '--out', built.builtin, '--scope', 'b')
  mpc('build', path.resolve(app), '--out', built.app, '--scope', 'c')
  return built
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { app: { type: 'string' }, out: { type: 'string' } } })
  build({ app: values.app, name: values.out })
}
