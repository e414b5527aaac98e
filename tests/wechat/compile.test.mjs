// The mini-program through WeChat's own compiler and quality check, offline: the one question that the compiler asks of
// WeChat, what limits the project has, is answered with its own defaults, and its key is made for the occasion.

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const ci = require('miniprogram-ci')
const { DefaultProjectAttr } = require('miniprogram-ci/dist/config/config')

const root = fileURLToPath(new URL('../../miniprogram', import.meta.url))
const temporary = mkdtempSync(path.join(os.tmpdir(), 'wechat-'))
after(() => rmSync(temporary, { recursive: true, force: true }))

/**
 * What a phone downloads before the first page, in bytes. Scripts are two thirds of it, and two fifths of those come from
 * compiling to ES5. That cannot be left out: below iOS 16 WeChat's Promise is its own, and a native async function takes
 * the engine's.
 */
const LIMIT = 320 * 1024

const { setting, packOptions } = JSON.parse(readFileSync(path.join(root, 'project.config.json'), 'utf8'))
/** The settings of the developer tools as the compiler calls them. */
const settings = {
  es6: setting.es6,
  es7: setting.enhance,
  minifyJS: setting.minified,
  minifyWXSS: setting.minifyWXSS,
  minifyWXML: setting.minifyWXML,
  autoPrefixWXSS: setting.postcss,
}

/** A project of WeChat's compiler over a folder. */
function projectOf(projectPath) {
  const privateKeyPath = path.join(temporary, 'key')
  writeFileSync(privateKeyPath, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }))
  const project = new ci.Project({ appid: 'wx0000000000000000', type: 'miniProgram', projectPath, privateKeyPath, ignores: [] })
  project.attr = async () => DefaultProjectAttr
  return project
}

const compile = (projectPath) => ci.getCompiledResult({ project: projectOf(projectPath), version: '0.0.0', setting: settings, onProgressUpdate() {} }, path.join(temporary, 'out.zip'))

test("the package compiles with WeChat's own compiler, is small, and the rules are packed as they are", async () => {
  const files = await compile(root)
  const { pages } = JSON.parse(readFileSync(path.join(root, 'app.json'), 'utf8'))
  for (const page of pages) assert.ok(Object.keys(files).some((name) => name.startsWith(page)), page)
  const wasm = 'wasm/index_bg.wasm.br'
  assert.deepEqual(Buffer.from(files[wasm]), readFileSync(path.join(root, wasm)))
  const size = Object.values(files).reduce((sum, content) => sum + Buffer.byteLength(content), 0)
  assert.ok(size <= LIMIT, `the package has ${size} bytes; the limit is ${LIMIT}`)
  assert.ok(!('jsconfig.json' in files) && packOptions.ignore.length > 0)
})

test('the compiler says no to a package whose component is missing', async () => {
  const broken = path.join(temporary, 'broken')
  cpSync(root, broken, { recursive: true })
  rmSync(path.join(broken, 'components/nav-bar'), { recursive: true })
  await assert.rejects(compile(broken), /nav-bar/)
})

test("WeChat's quality check is green", async () => {
  const found = await ci.checkCodeQuality(projectOf(root))
  assert.ok(found.length >= 10, `${found.length} checks`)
  // jsconfig.json is not packed (packOptions): the check does not look at that.
  const wrong = found.filter((one) => !one.success && JSON.stringify(one.detail) !== '["jsconfig.json"]')
  assert.deepEqual(wrong, [])
})
