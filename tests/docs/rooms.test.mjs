// The tables of rooms in docs/ARCHITECTURE.md say what each room may use: the `use` lines of the sources keep to it.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const read = (file) => readFileSync(path.join(root, file), 'utf8')
const BACKEND = 'backend/src/'
const CRATES = ['logic', 'contract', 'edge', 'backend']

/** The rows of the tables under the heading "Rooms": a room, and the rooms that it may use; null for everything. */
function readRooms() {
  const section = read('docs/ARCHITECTURE.md').split(/^## /m).find((part) => part.startsWith('Rooms'))
  return section
    .split('\n')
    .map((line) => line.match(/^\| `([^`]+)` \|.*\|([^|]*)\|$/))
    .filter(Boolean)
    .map(([, room, uses]) => ({
      room,
      uses: uses.includes('everything') ? null : [...uses.matchAll(/`([^`]+)`/g)].map((match) => match[1]),
    }))
}

function rustFiles(folder) {
  if (!existsSync(path.join(root, folder))) return []
  return readdirSync(path.join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.rs'))
    .map((file) => path.join(folder, file))
}

/** The sources of a room: its folder, and for a module the file of the same name. */
function sourcesOf(room) {
  if (!room.startsWith(BACKEND)) return rustFiles(`${room}src`)
  const module = room.replace(/\/$/, '')
  return [...rustFiles(module), ...[`${module}.rs`].filter((file) => existsSync(path.join(root, file)))]
}

const code = (file) => read(file).replace(/^\s*\/\/.*$/gm, '')

/** The modules of the backend that a source names: `crate::service::…`, `crate::{db, telemetry}`. */
function modulesNamed(text) {
  const lists = [...text.matchAll(/\bcrate::\{([^}]*)\}/g)].flatMap((match) => match[1].split(',').map((name) => name.trim().split('::')[0]))
  return new Set([...lists, ...[...text.matchAll(/\bcrate::([a-z_]\w*)/g)].map((match) => match[1])])
}

const cratesNamed = (text) => new Set(CRATES.filter((name) => new RegExp(`\\b${name}::`).test(text)))

const rooms = readRooms()
const modules = readdirSync(path.join(root, BACKEND)).filter((name) => statSync(path.join(root, BACKEND, name)).isDirectory())

test('every crate and every folder of the backend is a room', () => {
  const named = rooms.map((one) => one.room)
  assert.deepEqual([...CRATES.map((name) => `${name}/`), ...modules.map((name) => `${BACKEND}${name}/`)].filter((room) => !named.includes(room)), [])
})

for (const { room, uses } of rooms) {
  const files = sourcesOf(room)
  if (files.length === 0 || uses === null) continue
  test(`${room} uses what its row allows, and all of it`, () => {
    const own = room.startsWith(BACKEND) ? path.basename(room) : null
    const used = new Set()
    for (const file of files) {
      const text = code(file)
      if (own) for (const name of modulesNamed(text)) if (modules.includes(name) && name !== own) used.add(`${BACKEND}${name}/`)
      for (const name of cratesNamed(text)) if (`${name}/` !== room && !(own && name === 'backend')) used.add(`${name}/`)
    }
    assert.deepEqual([...used].sort(), [...uses].sort())
  })
}

test('no room of the backend uses another in a circle', () => {
  const graph = new Map(rooms.filter((one) => one.room.startsWith(BACKEND) && one.uses).map((one) => [one.room, one.uses]))
  const visit = (room, above) => {
    assert.ok(!above.includes(room), [...above, room].join(' → '))
    for (const next of graph.get(room) ?? []) visit(next, [...above, room])
  }
  for (const room of graph.keys()) visit(room, [])
})

test('SQL is in the store alone', () => {
  const allowed = [`${BACKEND}store`, `${BACKEND}testing`]
  const others = rustFiles(BACKEND).filter((file) => !allowed.some((folder) => file.startsWith(folder)))
  assert.deepEqual(others.filter((file) => /\bsqlx::(query|raw_sql)|\bQueryBuilder\b/.test(code(file))), [])
})
