// The colours of both programs, by the numbers of WCAG 2.2 AA: text 4.5 to 1, controls 3 to 1 against what they stand on. Text
// passes on every surface, so that no page has to think of it.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file) => readFileSync(path.join(root, file), 'utf8')

const TEXT = 4.5
const CONTROL = 3
const WORDS = ['text', 'sub', 'faint', 'accent', 'amber', 'red', 'green']
const SURFACES = ['bg', 'card', 'grey-tint', 'accent-tint', 'amber-tint', 'red-tint', 'green-tint']

/** The colours of a style sheet by name, in one look. */
const colours = (text) => Object.fromEntries([...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]))

function desk() {
  const sheet = read('desk/src/tokens.css')
  const look = (nth) => colours(sheet.replace(/light-dark\((#\w+), (#\w+)\)/g, (_, ...both) => both[nth]))
  return { light: look(0), dark: look(1) }
}

function miniProgram() {
  const [light, dark] = read('miniprogram/styles/tokens.wxss').split('@media (prefers-color-scheme: dark)').map(colours)
  return { light, dark: { ...light, ...dark } }
}

/** The relative luminance of `#rrggbb`, 0 to 1. */
function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function ratio(one, other) {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (lighter + 0.05) / (darker + 0.05)
}

/** The pairs `[what stands there, on what]` that differ by less than `least` in some look. */
function faint(looks, pairs, least) {
  return Object.entries(looks).flatMap(([look, of]) =>
    pairs
      .map(([mark, ground]) => [mark, ground, ratio(of[mark] ?? mark, of[ground])])
      .filter(([, , found]) => !(found >= least))
      .map(([mark, ground, found]) => `${look}: ${mark} on ${ground} is ${found.toFixed(2)}`),
  )
}

/** The text colour and the ground of every rule that sets both, of the style sheets under a folder. */
function pairsIn(folder) {
  const files = readdirSync(path.join(root, folder), { recursive: true }).filter((file) => /\.(vue|css|wxss)$/.test(file))
  return files.flatMap((file) =>
    [...read(path.join(folder, file)).matchAll(/\{([^{}]*)\}/g)].flatMap(([, rule]) => {
      const ground = rule.match(/background(?:-color)?: var\(--([\w-]+)\)/)?.[1]
      const mark = rule.match(/(?:^|[;\s])color: var\(--([\w-]+)\)/)?.[1]
      return mark && ground ? [[mark, ground]] : []
    }),
  )
}

const every = (marks, grounds) => marks.flatMap((mark) => grounds.map((ground) => [mark, ground]))

test('the ratio is that of WCAG', () => {
  assert.equal(ratio('#000000', '#ffffff'), 21)
  assert.equal(ratio('#777777', '#ffffff').toFixed(2), '4.48')
})

for (const [name, looks, folder] of [
  ['the desk', desk(), 'desk/src'],
  ['the mini-program', miniProgram(), 'miniprogram'],
]) {
  test(`${name}: text can be read on every surface, in light and dark`, () => {
    assert.deepEqual(faint(looks, every(WORDS, SURFACES), TEXT), [])
    const pairs = pairsIn(folder)
    assert.ok(pairs.length > 15, `${pairs.length} pairs`)
    assert.deepEqual(faint(looks, pairs, TEXT), [])
  })
}

test('the desk: the words of filled buttons can be read, and the edges of fields and what has the focus can be seen', () => {
  const fills = ['fill', 'td-brand-color-hover', 'td-brand-color-active', 'td-error-color']
  assert.deepEqual(faint(desk(), every(['#ffffff'], fills), TEXT), [])
  assert.deepEqual(faint(desk(), every(['td-border-level-2-color', 'accent', 'fill'], ['bg', 'card']), CONTROL), [])
})

test('the mini-program: the words of filled buttons and badges can be read, and fields and marks can be seen', () => {
  assert.deepEqual(
    faint(
      miniProgram(),
      [
        ['on-fill', 'fill'],
        ['card', 'red'],
      ],
      TEXT,
    ),
    [],
  )
  assert.deepEqual(faint(miniProgram(), every(['mark', 'accent', 'fill', 'faint'], ['bg', 'card']), CONTROL), [])
  assert.match(read('miniprogram/styles/code.wxss'), /border: 2rpx solid var\(--mark\)/)
})
