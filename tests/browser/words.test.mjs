// The mini-program's words: times as parents say them in whatever zone the phone is, and a sentence for
// every code of the contract.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { mock, test } from 'node:test'

process.env.TZ = 'America/New_York'
globalThis.wx = { getAccountInfoSync: () => ({ miniProgram: { envVersion: 'develop' } }), getStorageSync: () => '' }

const require = createRequire(import.meta.url)
const times = require('../../miniprogram/views/times')
const { MESSAGES, explain } = require('../../miniprogram/views/refusals')
const log = require('../../miniprogram/transport/log')
const { openedByMessage } = require('../../miniprogram/page/opened-by-message')
const { chanceText } = require('../../miniprogram/views/entry')
const { codeView } = require('../../miniprogram/views/code')
const { guardiansView, inviteView } = require('../../miniprogram/views/guardian')

/** Wednesday, 4 March 2026, 23:50 in the gym; the day before on this test's phone. */
const NOW = times.parse('2026-03-04T15:50:00.000Z')

test('the log from phones names the fault, and never a child', () => {
  const lines = []
  mock.method(console, 'warn', () => {})
  globalThis.wx.getRealtimeLogManager = () => ({ warn: (line) => lines.push(line) })
  log.warn('page', { code: 'internal', status: 500, requestId: 'r-1', fields: { child: '林小满' }, detail: '林小满' })
  log.warn('page', new Error('no answer'))
  log.warn('page', { errMsg: 'request:fail timeout', data: '林小满' })
  mock.restoreAll()
  assert.deepEqual(lines, ['page code=internal status=500 requestId=r-1', 'page message=no answer', 'page errMsg=request:fail timeout'])
})

/** Words that parents stumbled over: twins of other words, riddles, and 您 beside the 你 of the rest. */
const DROPPED = ['您', '过去的', '接下来', '为 TA', '为TA', '这笔余', '没来补课', '每同意一次', '课时补偿', '补课补偿', '请刷新看看']

test('words that parents stumbled over do not come back, in the app or in messages', () => {
  const app = new URL('../../miniprogram/', import.meta.url)
  const sources = readdirSync(app, { recursive: true }).filter((file) => /\.(js|wxml|json)$/.test(file) && !/^(wasm|types)/.test(file))
  assert.ok(sources.length > 100, `${sources.length} files`)
  const texts = [...sources.map((file) => new URL(file, app)), new URL('../../backend/src/wechat/message.rs', import.meta.url)]
  for (const file of texts) {
    const text = readFileSync(file, 'utf8')
    for (const word of DROPPED) assert.ok(!text.includes(word), `${file.pathname} says ${word}`)
  }
})

test("days and hours are the gym's", () => {
  assert.equal(times.whenText(times.parse('2026-03-04T10:00:00.000Z'), NOW), '今天 18:00')
  assert.equal(times.whenText(times.parse('2026-03-04T16:00:00.000Z'), NOW), '明天 00:00')
  assert.equal(times.whenText(times.parse('2026-03-03T15:59:59.000Z'), NOW), '昨天 23:59')
  assert.equal(times.whenText(times.parse('2026-03-07T02:00:00.000Z'), NOW), '周六 3月7日 10:00')
  assert.equal(times.dateOf(NOW), '2026-03-04')
})

test('a text that was written for any day names the days that are near, also across the turn of a year', () => {
  const read = (text, said = '2026-03-04T01:00:00.000Z', now = NOW) => times.nearDays(text, times.parse(said), typeof now === 'string' ? times.parse(now) : now)
  assert.equal(read('平衡木（3月4日 周三 18:00）有名额了，请在 3月5日 周四 09:05 前确认'), '平衡木（今天 18:00）有名额了，请在明天 09:05 前确认')
  assert.equal(read('已于 3月3日 周二 18:00 到期'), '已于昨天 18:00 到期')
  assert.equal(read('请在 3月6日 周五 18:00 前补课'), '请在 3月6日 周五 18:00 前补课')
  assert.equal(read('3月4日 周二 18:00', '2025-03-01T01:00:00.000Z'), '3月4日 周二 18:00', 'the same day of another year')
  assert.equal(read('1月1日 周五 09:00', '2026-12-31T01:00:00.000Z', '2026-12-31T02:00:00.000Z'), '明天 09:00')
  assert.equal(read('满 3月 的 4日'), '满 3月 的 4日')
})

test('a deadline of today is shown without its day', () => {
  assert.equal(times.untilText(times.parse('2026-03-04T03:30:00.000Z'), NOW), '11:30')
  assert.equal(times.untilText(times.parse('2026-03-05T03:30:00.000Z'), NOW), '明天 11:30')
})

test('the strip starts today and says where a month begins', () => {
  const strip = times.days(times.parse('2026-02-27T02:00:00.000Z'), 4)
  assert.deepEqual(
    strip.map(({ date, name, day }) => [date, name, day]),
    [
      ['2026-02-27', '今天', '27'],
      ['2026-02-28', '明天', '28'],
      ['2026-03-01', '周日', '3/1'],
      ['2026-03-02', '周一', '2'],
    ],
  )
})

test('ages and spans are rounded down and written out', () => {
  assert.deepEqual([59_999, 60_000, 3_599_999, 7_200_000, 86_400_000].map(times.ageText), ['刚刚', '1 分钟前', '59 分钟前', '2 小时前', '1 天前'])
  assert.deepEqual([45, 60, 390].map(times.spanText), ['45 分钟', '1 小时', '6 小时 30 分'])
})

test('every chance has a word beside its percentage, and none claims certainty', () => {
  assert.equal(chanceText(null), null)
  assert.deepEqual(chanceText(0.712), { text: '机会较大（约 70%）', width: 71 })
  assert.deepEqual(chanceText(0.5), { text: '机会中等（约 50%）', width: 50 })
  assert.deepEqual(chanceText(0.2), { text: '机会较小（约 20%）', width: 20 })
  assert.deepEqual(chanceText(0.001), { text: '机会很小（不到 5%）', width: 0 })
  assert.deepEqual(chanceText(1), { text: '机会很大（95% 以上）', width: 100 })
})

test('every code of the contract has a sentence that says what to do', () => {
  const types = readFileSync(new URL('../../miniprogram/wasm/index.d.ts', import.meta.url), 'utf8')
  const codes = types.match(/export type Code =([^;]+);/)[1].match(/[a-z_]+(?=')/g)
  assert.ok(codes.length > 30, `only ${codes.length} codes found`)
  for (const code of codes) {
    assert.ok(code in MESSAGES, `no sentence for ${code}`)
    const { text, label } = explain({ code })
    assert.match(text, /[。？]$/, code)
    assert.doesNotMatch(text, /[！!]/, code)
    assert.ok(label.length <= 4, `${code}: WeChat's dialogs take four characters, not 「${label}」`)
  }
})

/** The colours of styles/tokens.wxss, light and dark. */
function palettes() {
  const text = readFileSync(new URL('../../miniprogram/styles/tokens.wxss', import.meta.url), 'utf8')
  const [light, dark] = text
    .split('@media')
    .map((part) => Object.fromEntries([...part.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour])))
  return { light, dark: { ...light, ...dark } }
}

/** WCAG's relative luminance. */
function luminance(colour) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

test('every text colour has enough contrast on its background, light and dark', () => {
  const on = {
    bg: ['text', 'sub', 'faint', 'accent', 'amber', 'red', 'green'],
    card: ['text', 'sub', 'faint', 'accent', 'amber', 'red', 'green'],
    fill: ['on-fill'],
    'accent-tint': ['accent'],
    'amber-tint': ['amber', 'text', 'sub'],
    'red-tint': ['red', 'text', 'sub'],
    'green-tint': ['green'],
    'grey-tint': ['sub'],
  }
  for (const [theme, colours] of Object.entries(palettes())) {
    for (const [ground, words] of Object.entries(on)) {
      for (const word of words) {
        const [high, low] = [luminance(colours[word]), luminance(colours[ground])].sort((a, b) => b - a)
        const contrast = (high + 0.05) / (low + 0.05)
        assert.ok(contrast >= 4.5, `${theme}: ${word} on ${ground} has ${contrast.toFixed(2)}`)
      }
    }
  }
})

test('every control has enough contrast on its background, light and dark', () => {
  for (const [theme, colours] of Object.entries(palettes())) {
    for (const [mark, ground] of [
      ['mark', 'card'],
      ['fill', 'card'],
      ['fill', 'bg'],
    ]) {
      const [high, low] = [luminance(colours[mark]), luminance(colours[ground])].sort((a, b) => b - a)
      const contrast = (high + 0.05) / (low + 0.05)
      assert.ok(contrast >= 3, `${theme}: ${mark} on ${ground} has ${contrast.toFixed(2)}`)
    }
  }
})

test('an expiry is named by its day', () => {
  const due = (text) => times.dueText(times.parse(text), NOW)
  assert.equal(due('2026-03-04T15:59:00.000Z'), '今天 23:59')
  assert.equal(due('2026-03-04T16:00:00.000Z'), '明天')
  assert.equal(due('2026-03-06T10:00:00.000Z'), '后天')
  assert.equal(due('2026-03-15T10:00:00.000Z'), '3月15日')
})

test('a space separates words from digits, and not words from words', () => {
  assert.equal(times.beside('可补课至', '后天'), '可补课至后天')
  assert.equal(times.beside('可补课至', '3月15日'), '可补课至 3月15日')
})

test("a page counts as opened by a message by WeChat's scene on the first page, or by the list's own query", () => {
  const route = 'pages/waitlist/detail'
  const opened = ({ scene, path = route, pages = 1, query = {} }) => {
    globalThis.wx.getEnterOptionsSync = () => ({ scene, path })
    globalThis.getCurrentPages = () => Array(pages)
    return openedByMessage(query, route)
  }
  assert.equal(opened({ scene: 1107 }), true)
  assert.equal(opened({ scene: 1014 }), true)
  assert.equal(opened({ scene: 1001 }), false)
  assert.equal(opened({ scene: 1107, path: 'pages/bookings/index' }), false, 'another page was opened')
  assert.equal(opened({ scene: 1107, pages: 2 }), false, 'the parent went on to this one')
  assert.equal(opened({ scene: 1001, pages: 2, query: { message: '91' } }), true)
})

test('a code is read however it is typed, pasted or spoken of', () => {
  const read = (typed) => codeView(typed)
  assert.deepEqual(read('bcdfghjk'), { code: 'BCDF-GHJK', complete: true })
  assert.deepEqual(read(' BC-DF gh.jk '), { code: 'BCDF-GHJK', complete: true })
  assert.deepEqual(read('添加码：ＢＣＤＦ－ＧＨＪＫ'), { code: 'BCDF-GHJK', complete: true })
  assert.deepEqual(read('BCDFGHJKLM'), { code: 'BCDF-GHJK', complete: true })
  assert.deepEqual(read('BCDF'), { code: 'BCDF', complete: false }, 'no hyphen that could not be deleted')
  assert.deepEqual(read(''), { code: '', complete: false })
})

test('guardians are shown as the one who looks sees them', () => {
  const mother = { account_id: 1, name: '林妈妈', first: true, told: true, since: '2026-01-02T02:00:00.000Z' }
  const father = { account_id: 7, name: null, first: false, told: false, since: '2026-03-03T16:30:00.000Z' }
  const first = guardiansView([mother, father], 1)
  assert.deepEqual(
    first.rows.map(({ title, note, removable }) => [title, note, removable]),
    [
      ['我', '第一位家长', false],
      ['账号 7', '加入于 2026年3月4日', true],
    ],
  )
  assert.deepEqual([first.mayInvite, first.alone, first.heir, first.told, first.silent], [true, false, '账号 7', true, false])
  const second = guardiansView([mother, father], 7)
  assert.deepEqual(
    second.rows.map(({ title, removable }) => [title, removable]),
    [
      ['林妈妈', false],
      ['我', false],
    ],
  )
  assert.deepEqual([second.mayInvite, second.firstName, second.heir, second.told], [false, '林妈妈', '', false])
  const alone = guardiansView([{ ...mother, told: false }], 1)
  assert.deepEqual([alone.alone, alone.heir, alone.silent], [true, '', true])
  assert.deepEqual(inviteView({ code: 'BCDFGHJK', expires_at: '2026-03-07T02:00:00.000Z' }), { code: 'BCDF-GHJK', until: '3月7日 周六 10:00' })
})

test('too many requests are answered with the time to wait where it is long', () => {
  assert.equal(explain({ code: 'rate_limited', retryAfter: 2 }).text, '点得有点快，请过一会儿再试。')
  assert.equal(explain({ code: 'rate_limited' }).text, '点得有点快，请过一会儿再试。')
  assert.equal(explain({ code: 'rate_limited', retryAfter: 3541 }).text, '试的次数太多了，请 1 小时后再试。')
})
