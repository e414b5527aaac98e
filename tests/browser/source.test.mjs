// The mini-program's source: which folder may use which, no circles, and types that are the contract's.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { apiTypes, typesFile } from '../../tools/api-types.mjs'

const root = fileURLToPath(new URL('../../miniprogram', import.meta.url))

/** What the modules of each folder may require. A name with a slash is one module. */
const ALLOWED = {
  transport: ['transport', 'config', 'version'],
  services: ['services', 'transport', 'config', 'wasm'],
  views: ['views', 'services/rules', 'transport/account', 'config'],
  page: ['page', 'views', 'services', 'transport', 'config'],
  components: ['page', 'views', 'services/clock', 'services/rules', 'transport/log'],
  'custom-tab-bar': ['page'],
  pages: ['page', 'views', 'services', 'transport', 'config', 'version'],
  app: ['page', 'services', 'transport'],
}

/** Every module's path, without `.js`, and the paths that it requires. */
const modules = Object.fromEntries(
  readdirSync(root, { recursive: true })
    .filter((file) => file.endsWith('.js') && !file.startsWith('wasm'))
    .map((file) => {
      const text = readFileSync(path.join(root, file), 'utf8')
      const required = [...text.matchAll(/require\('(\.[^']+)'\)/g)].map(([, name]) => path.join(path.dirname(file), name))
      return [file.slice(0, -'.js'.length), required]
    }),
)

test('a module requires only what its folder may use', () => {
  const wrong = []
  for (const [module, required] of Object.entries(modules)) {
    const allowed = ALLOWED[module.split('/')[0]] ?? []
    for (const name of required) {
      if (!allowed.includes(name.split('/')[0]) && !allowed.includes(name)) wrong.push(`${module} requires ${name}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('no module requires itself, directly or through others', () => {
  const circles = []
  const visit = (module, way) => {
    if (way.includes(module)) circles.push([...way.slice(way.indexOf(module)), module].join(' → '))
    else (modules[module] ?? []).forEach((next) => visit(next, [...way, module]))
  }
  Object.keys(modules).forEach((module) => visit(module, []))
  assert.deepEqual(circles, [])
})

test('the bar above the page, with the clock and the battery, is dark on light and light on dark', () => {
  const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'))
  assert.equal(read('app.json').window.navigationBarTextStyle, '@navText')
  const { light, dark } = read('theme.json')
  assert.deepEqual([light.navText, dark.navText], ['black', 'white'])
})

test('only services/ and the login send requests', () => {
  const senders = Object.entries(modules).filter(([, required]) => required.includes('transport/request'))
  for (const [module] of senders) assert.match(module, /^services\/|^transport\/login$|^page\/update$/)
})

test('the types are those of the published contract', async () => {
  assert.equal(readFileSync(typesFile, 'utf8'), await apiTypes(), 'run node tools/api-types.mjs')
})
