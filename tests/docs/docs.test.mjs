// The documents name files, functions, headings and rules of this repository: each of them must exist.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const read = (file) => readFileSync(path.join(root, file), 'utf8')

/** Documents that describe the tree as it is. A changelog and a superseded decision describe an older one. */
const documents = [
  'README.md',
  'README.zh-CN.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
].filter((file) => existsSync(path.join(root, file)) && !/^- Status: superseded/m.test(read(file)))

/** Folders that builds make: a document may name what is in them. */
const generated = read('.gitignore')
  .split('\n')
  .filter((line) => line.startsWith('/'))
  .map((line) => line.slice(1))

const folders = readdirSync(root).filter((name) => statSync(path.join(root, name)).isDirectory())

/** The code spans of a document, with fenced blocks left out. */
function codeSpans(markdown) {
  return [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map((match) => match[1])
}

/** Whether a code span names a path of the repository: `folder/…`, with `::name` for something inside the file. */
function isPath(span) {
  return /^[\w.-]+\/[\w./*-]*(::\w+)?$/.test(span) && folders.includes(span.split('/')[0])
}

function slug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function anchors(markdown) {
  return [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map((match) => slug(match[1]))
}

/** The files that a path names; `*` stands for any part of a file's name. */
function filesOf(span) {
  if (!span.includes('*')) return existsSync(path.join(root, span)) ? [span] : []
  const folder = path.dirname(span)
  if (!existsSync(path.join(root, folder))) return []
  const [before, after] = path.basename(span).split('*')
  return readdirSync(path.join(root, folder))
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => `${folder}/${name}`)
}

/** What is wrong with a code span that names a path; null if it exists. */
function faultOfPath(span) {
  const [file, name] = span.split('::')
  if (generated.some((folder) => file.startsWith(folder))) return null
  const found = filesOf(file)
  if (found.length === 0) return `\`${span}\`: no such file`
  if (name && !found.some((one) => new RegExp(`\\b${name}\\b`).test(read(one)))) return `\`${span}\`: no such name in the file`
  return null
}

/** What is wrong with a link to this repository; null if its target exists. */
function faultOfLink(from, target) {
  if (/^[a-z]+:/.test(target)) return null
  const [file, anchor] = target.split('#')
  const to = file ? path.join(path.dirname(from), file) : from
  if (!existsSync(path.join(root, to))) return `link to ${target}: no such file`
  if (anchor && !anchors(read(to)).includes(anchor)) return `link to ${target}: no such heading`
  return null
}

const rules = [...read('docs/RULES.md').matchAll(/\*\*(R\d+\.\d+)\*\*/g)].map((match) => match[1])

test('there are documents to check', () => {
  assert.ok(documents.length > 10, documents.join(', '))
  assert.ok(rules.length > 100, `${rules.length} rules`)
})

test('a path, a name, a link or a rule that does not exist is found', () => {
  assert.equal(isPath('logic/src/lib.rs'), true)
  assert.equal(isPath('session/decide.rs'), false)
  assert.equal(isPath('application/json'), false)
  assert.equal(faultOfPath('logic/src/lib.rs'), null)
  assert.match(faultOfPath('logic/src/nothing.rs'), /no such file/)
  assert.match(faultOfPath('logic/src/*.nothing'), /no such file/)
  assert.equal(faultOfPath('logic/src/deadline.rs::may_notify'), null)
  assert.match(faultOfPath('logic/src/deadline.rs::may_notif'), /no such name/)
  assert.equal(faultOfLink('docs/API.md', 'RULES.md#1-policy'), null)
  assert.match(faultOfLink('docs/API.md', 'RULES.md#nothing'), /no such heading/)
  assert.match(faultOfLink('docs/API.md', 'NOTHING.md'), /no such file/)
  assert.deepEqual(codeSpans('`a` ``\n```\n`b`\n```\n`c`'), ['a', 'c'])
})

for (const file of documents) {
  test(`${file}: what it names exists`, () => {
    const text = read(file)
    const faults = [
      ...codeSpans(text).filter(isPath).map(faultOfPath),
      ...[...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => faultOfLink(file, match[1])),
      ...[...text.matchAll(/\bR\d+\.\d+\b/g)].map((match) => (rules.includes(match[0]) ? null : `${match[0]}: no such rule`)),
    ].filter(Boolean)
    assert.deepEqual(faults, [])
  })
}

test('every decision says its number, its state, its date, why and what', () => {
  for (const file of readdirSync(path.join(root, 'docs/decisions'))) {
    const text = read(`docs/decisions/${file}`)
    assert.equal(text.slice(2, 6), file.slice(0, 4), `${file}: its title begins with its number`)
    for (const part of ['\n- Status: ', '\n- Date: ', '\n## Context\n', '\n## Decision\n']) assert.ok(text.includes(part), `${file}: ${part.trim()}`)
  }
})

test('the number of a rule is given once', () => {
  assert.deepEqual(rules.filter((rule, at) => rules.indexOf(rule) !== at), [])
})

test('a member of a type that a document names exists', () => {
  const words = new Set(rustSources().flatMap((file) => read(file).match(/\b\w+\b/g)))
  const members = documents.flatMap((file) => codeSpans(read(file)).filter((span) => /^[A-Z]\w+::\w+$/.test(span)))
  assert.ok(members.length > 5, members.join(', '))
  assert.deepEqual(members.filter((span) => !span.split('::').every((word) => words.has(word))), [])
})

test('every setting of the backend is documented', () => {
  const sources = readdirSync(path.join(root, 'backend/src'), { recursive: true }).filter((file) => file.endsWith('.rs'))
  const settings = sources.flatMap((file) => [...read(`backend/src/${file}`).matchAll(/\benv = "(\w+)"/g)].map((match) => match[1]))
  assert.ok(settings.length > 5, settings.join(', '))
  const documented = read('docs/API.md') + read('docs/operations.md')
  assert.deepEqual(settings.filter((name) => !documented.includes(`\`${name}\``)), [])
})

/** The Rust files of every crate. */
function rustSources() {
  const crates = ['logic', 'contract', 'edge', 'backend']
  return crates.flatMap((crate) =>
    readdirSync(path.join(root, crate, 'src'), { recursive: true })
      .filter((file) => file.endsWith('.rs'))
      .map((file) => `${crate}/src/${file}`),
  )
}

/** The columns of a table, by the migrations that created and altered it. */
function columnsOf(table) {
  const migrations = readdirSync(path.join(root, 'backend/migrations')).sort().map((file) => read(`backend/migrations/${file}`))
  const statements = migrations.join('\n').replace(/--.*/g, '').split(';')
  const own = statements.filter((statement) => new RegExp(`(CREATE|ALTER) TABLE ${table}\\b`).test(statement))
  return new Set(own.flatMap((statement) => [...statement.matchAll(/^\s*(?:ADD COLUMN )?`?(\w+)`? +[A-Z]+/gm)].map((match) => match[1])))
}

test('every column that the page on the plan names is in its table', () => {
  const sections = read('docs/the-plan.md').split(/^### /m).filter((section) => section.includes('| column |'))
  assert.equal(sections.length, 6)
  for (const section of sections) {
    const table = section.match(/^`(\w+)`/)[1]
    const [rows] = section.slice(section.indexOf('| column |')).split('\n\n')
    const named = rows.split('\n').slice(2).flatMap((row) => {
      const [, first, second] = row.split('|')
      const cell = first.trim() === 'added' ? second.replace(/\(.*?\)|: .*/g, '') : first
      return [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1])
    })
    assert.ok(named.length > 3, `${table}: ${named}`)
    assert.deepEqual(named.filter((name) => !columnsOf(table).has(name)), [], table)
  }
})

test('every metric that an alert asks for is documented', () => {
  const asked = [...new Set(read('docs/alerts/gym.yml').match(/\bgym_[a-z_]+/g))].map((name) => name.replace(/_count$/, ''))
  assert.ok(asked.length > 5, asked.join(', '))
  const documented = read('docs/operations.md')
  assert.deepEqual(asked.filter((name) => !documented.includes(`\`${name}\``)), [])
})
