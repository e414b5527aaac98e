// How much the pages ask of the service, and how much of the answers they keep. On WeChat's component framework in a DOM
// without a browser.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { domPhone, startDom } from './lib/dom.mjs'
import { classes, everything } from '../../tools/browser/mock/people.mjs'
import { booking } from '../../tools/browser/mock/service.mjs'

const MINUTE = 60_000
const LIST = 'pages/waitlist/index'
const CLASSES = 'pages/classes/index'
const DETAIL = 'pages/classes/detail?schedule=3&date=2026-03-04'
const BOOKINGS = 'pages/bookings/index'

before(() => startDom(build({ name: 'miniprogram' })))

const PAGES = [
  CLASSES,
  DETAIL,
  LIST,
  'pages/waitlist/detail?id=31',
  'pages/waitlist/detail?id=32',
  'pages/waitlist/status?id=32',
  BOOKINGS,
  'pages/makeup/index',
  'pages/makeup/select?booking=61',
  'pages/makeup/compensation',
  'pages/notifications/waitlist',
  'pages/me/index',
  'pages/me/guardians?profile=11',
]

/** Pages that ask once, or not at all. */
const STILL = ['pages/me/add-child', 'pages/me/privacy', 'pages/me/desk-login']

test('no page asks more than twelve times a minute while nothing changes', async () => {
  const { pages } = JSON.parse(readFileSync(new URL('../../miniprogram/app.json', import.meta.url), 'utf8'))
  assert.deepEqual([...new Set([...PAGES, ...STILL].map((path) => path.split('?')[0]))].sort(), pages.sort(), 'every page is counted')
  const counts = {}
  for (const path of [...PAGES, ...STILL]) {
    let asked = 0
    const intercept = () => void (asked += 1)
    await domPhone({ path, scenario: { ...everything, intercept } }, async ({ pass }) => {
      await pass(MINUTE)
      asked = 0
      await pass(MINUTE)
      counts[path] = asked
    })
  }
  const worst = Object.entries(counts).filter(([, count]) => count > 12)
  assert.deepEqual(worst, [], JSON.stringify(counts))
  const still = Object.keys(counts).filter((path) => counts[path] === 0)
  assert.deepEqual(still, STILL, JSON.stringify(counts))
})

test('no page reads the whole history of bookings: 我的预约 and 补课 one page of it, the others from a day on', async () => {
  const past = Array.from({ length: 250 }, (_, index) => {
    const starts = new Date(Date.parse('2026-01-31T10:00:00.000Z') - index * 24 * 60 * MINUTE).toISOString()
    return { ...booking(500 + index, 11, classes.tumble), status: 'completed', booking_date: starts.slice(0, 10), starts_at: starts }
  })
  const family = { ...everything, bookings: [...everything.bookings, ...past] }
  const asked = {}
  for (const path of PAGES) {
    asked[path] = []
    const intercept = ({ path: read, query }) => void (read === '/bookings/my' && asked[path].push(query.from ?? 'all'))
    await domPhone({ path, scenario: { ...family, intercept } }, async ({ loaded }) => loaded())
  }
  const from = '2026-03-04'
  assert.deepEqual(asked, {
    ...Object.fromEntries(PAGES.map((path) => [path, [from]])),
    [BOOKINGS]: ['all'],
    'pages/makeup/index': ['all'],
    'pages/waitlist/index': [from],
    'pages/notifications/waitlist': [],
    'pages/makeup/compensation': [],
    'pages/me/index': [],
    'pages/me/guardians?profile=11': [],
  })
  await domPhone({ path: BOOKINGS, scenario: family }, async ({ tap, text, data }) => {
    await tap('button', '展开')
    assert.equal(data().past.length, 20)
    assert.match(text(), /更早的/)
  })
})

test('a missed class that cannot be found is looked for once, in three pages', () => {
  const past = Array.from({ length: 350 }, (_, index) => ({ ...booking(500 + index, 11, classes.lastWeek), status: 'completed' }))
  const scenario = { ...everything, bookings: past }
  return domPhone({ path: 'pages/makeup/index', scenario }, async ({ pass, seen, data }) => {
    await pass(90_000)
    assert.equal(data().view, 'ready')
    assert.equal(seen('GET /bookings/my'), 3)
  })
})

test("a class that was looked at does not keep the account's whole history on the phone", () =>
  domPhone({ path: DETAIL, scenario: everything }, async () => {
    const kept = Object.entries(localStorage).filter(([key]) => key.includes('last:class:'))
    assert.equal(kept.length, 1)
    const { entries, bookings } = JSON.parse(kept[0][1]).value
    assert.ok(entries.length > 0 && entries.every((one) => ['waiting', 'notified'].includes(one.status)))
    assert.ok(bookings.length > 0 && bookings.every((one) => ['booked', 'cancelled_by_gym'].includes(one.status)))
  }))
