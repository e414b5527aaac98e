// Runs the stories, the bad input and the races of the crate `tests` through the edge instead of the backend.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { root, startBackend } from '../../tools/stack/backend.mjs'
import { startWrangler } from '../../tools/stack/edge.mjs'
import { freePort } from '../../tools/stack/wait.mjs'

const varDir = mkdtempSync(path.join(os.tmpdir(), 'gym-contract-'))
const stops = []
let backend, edge

before(async () => {
  backend = await startBackend({ varDir })
  stops.push(backend.stop)
  edge = await startWrangler({ origin: backend.url, jwks: backend.jwks(), port: await freePort(), log: path.join(varDir, 'edge.log') })
  stops.push(edge.stop)
})

after(async () => {
  for (const stop of stops.reverse()) await stop()
  rmSync(varDir, { recursive: true, force: true })
})

test('every story passes through the edge', async () => {
  const service = { GYM_TEST_BASE_URL: edge.url, GYM_TEST_DATABASE_URL: readFileSync(path.join(varDir, 'db/url'), 'utf8').trim() }
  const cargo = spawn('cargo', ['test', '-q', '--workspace', '--test', 'stories', '--test', 'bad_input', '--test', 'races'], {
    cwd: root,
    env: { ...process.env, ...service },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  cargo.stdout.on('data', (chunk) => { printed += chunk })
  const [code] = await once(cargo, 'close')
  assert.equal(code, 0, printed)
})
