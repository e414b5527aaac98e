// The commands that the README shows print what it says.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { root, startBackend, target } from '../../tools/stack/backend.mjs'

const varDir = mkdtempSync(path.join(os.tmpdir(), 'gym-readme-'))
after(() => rmSync(varDir, { recursive: true, force: true }))

/** The transcript in a document: commands begin with `$`, go on in indented lines, and are followed by their output. */
const transcriptIn = (file) => readFileSync(path.join(root, file), 'utf8').match(/```console\n([^]*?)```/)[1]

test('the transcript of the README is what its commands print', async () => {
  const transcript = transcriptIn('README.md')
  assert.equal(transcriptIn('README.zh-CN.md'), transcript, 'both languages show the same')
  const commands = transcript.match(/^\$ .*(\n {4}.*)*/gm).map((command) => command.slice(2))
  const outputs = transcript.replace(/^\$ .*(\n {4}.*)*\n/gm, '')
  assert.ok(commands.length > 8)

  const backend = await startBackend({ varDir })
  try {
    const script = commands.join('\n').replace('http://127.0.0.1:8080', backend.url).replace('cargo run -q -p backend --', target('gym'))
    const { stdout } = await promisify(execFile)('bash', ['-euc', script], { cwd: root, env: { ...process.env, GYM_VAR: varDir } })
    assert.equal(stdout, outputs)
  } finally {
    await backend.stop()
  }
})
