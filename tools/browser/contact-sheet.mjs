// Every page in every state, light and dark, in one picture: tests/output/contact-sheet.png.
//   node tools/browser/contact-sheet.mjs [--only TEXT] [--width PIXELS] [--columns COUNT] [--no-build]
// --readme draws the README's three instead: docs/images/screens.png.

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { build } from './build.mjs'
import { launch, open, withTextSize } from './lib/browser.mjs'
import { readConfig, serve } from './lib/server.mjs'
import { classes, ended, everything, offer, parents, profiles, sessions, waiting } from './mock/people.mjs'
import { booking, CLAIM_CODE, entry, grant, guardian, problem, service } from './mock/service.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    readme: { type: 'boolean', default: false },
    width: { type: 'string', default: '260' },
    columns: { type: 'string', default: '8' },
    'no-build': { type: 'boolean', default: false },
  },
})
const here = path.dirname(fileURLToPath(import.meta.url))
const output = path.resolve(here, '../../tests/output')
const readme = { file: path.resolve(here, '../../docs/images/screens.png'), names: ['课程', '候补', '选补课 · 已选'] }
/** The width of one picture on the sheet, in pixels, and how many stand in a row. */
const THUMB = Number(values.width)
const COLUMNS = Number(values.columns)
const LARGEST_TEXT = 23
/** How many pictures are taken at once. */
const AT_ONCE = 4

const family = { profiles, sessions, bookings: [], entries: [] }
const missed = entry(31, 11, classes.tumble, 'notified', { response_deadline: '2026-03-04T01:50:00.000Z' })
const soon = { ...family, bookings: [booking(55, 11, classes.early)] }
const fresh = { profiles: profiles.slice(0, 1) }
const login = ['/auth/login', '/time', '/policy', '/policies/1', '/profiles']
const except =
  (answer) =>
  ({ path: asked }) =>
    login.includes(asked) || asked.startsWith('/rules/') ? undefined : answer()
const broken = { ...family, intercept: except(() => problem(500, 'internal')) }
const silent = { ...family, intercept: except(() => new Promise(() => {})) }
const partly = (pattern) => ({ ...everything, intercept: ({ path: asked }) => (pattern.test(asked) ? problem(500, 'internal') : undefined) })
const calledOff = booking(66, 12, classes.off, { status: 'cancelled_by_gym', makeup_until: '2026-03-18T08:30:00.000Z' })
const late = entry(31, 12, classes.tumble, 'expired', { response_deadline: '2026-03-04T01:50:00.000Z' })
const rich = { ...everything, entries: [], grants: [grant(81, 11, 30, 2), grant(82, 11, 30, 6)] }
const urgent = { ...everything, entries: [offer(3.2), ...waiting.slice(0, 1)] }
const button = (name) => (page) => page.locator('.mp-page:visible').getByRole('button', { name }).first().click()
const radio = (name) => (page) => page.locator('.mp-page:visible').getByRole('radio', { name }).first().click()
const tab = (name) => (page) => page.locator('.mp-page:visible').getByRole('tab', { name }).first().click()
const type = (text) => (page) => page.locator('.mp-page:visible input').fill(text)
const coach = { ...everything, role: 'coach' }
const parented = { ...everything, guardians: parents }
const FAMILY = 'pages/me/guardians?profile=11'
const offline = (page) => page.evaluate(() => host.setNetwork('off'))
const fold = button(/^展开/)

/** Every page once, for the states that all of them have. */
const pages = [
  ['课程', 'pages/classes/index'],
  ['课程详情', 'pages/classes/detail?schedule=3&date=2026-03-04'],
  ['候补', 'pages/waitlist/index'],
  ['候补详情', 'pages/waitlist/detail?id=31'],
  ['候补状态', 'pages/waitlist/status?id=32'],
  ['预约', 'pages/bookings/index'],
  ['补课', 'pages/makeup/index'],
  ['选补课', 'pages/makeup/select?booking=61'],
  ['补偿时长', 'pages/makeup/compensation'],
  ['消息', 'pages/notifications/waitlist'],
  ['我的', 'pages/me/index'],
  ['家人', FAMILY],
]

/** name, page, scenario, steps */
const shots = [
  ['课程', 'pages/classes/index', everything],
  ['课程 · 停课', 'pages/classes/index', { ...everything, profiles: [profiles[1]], bookings: [...everything.bookings, calledOff] }],
  ['课程 · 没有孩子', 'pages/classes/index', { profiles: [], sessions }],
  ['课程 · 没有课', 'pages/classes/index', everything, tab('周日 3月8日')],
  ['课程 · 用补偿', 'pages/classes/index', rich, button(/^预约，吊环入门/)],
  ['课程 · 名额过期', 'pages/classes/index', { ...family, entries: [missed] }],
  ['课程详情 · 有空位', 'pages/classes/detail?schedule=3&date=2026-03-04', everything],
  ['课程详情 · 满员', 'pages/classes/detail?schedule=1&date=2026-03-04', everything],
  ['课程详情 · 候补中', 'pages/classes/detail?schedule=2&date=2026-03-04', everything],
  ['课程详情 · 已停课', 'pages/classes/detail?schedule=7&date=2026-03-04', everything],
  ['候补', 'pages/waitlist/index', everything],
  ['候补 · 最后几分钟', 'pages/waitlist/index', urgent],
  ['候补 · 错过', 'pages/waitlist/index', { ...family, entries: [late, ...waiting] }],
  ['候补 · 只有已结束', 'pages/waitlist/index', { ...family, entries: ended }],
  ['候补 · 错过有空位', 'pages/waitlist/index', { ...family, sessions: [{ ...classes.tumble, waiting: 0, held: 0, free: 1 }], entries: [late] }],
  ['候补 · 空', 'pages/waitlist/index', fresh],
  ['详情 · 有名额', 'pages/waitlist/detail?id=31', everything],
  ['详情 · 候补中', 'pages/waitlist/detail?id=32', everything],
  ['详情 · 已预约', 'pages/waitlist/detail?id=35', everything],
  ['详情 · 错过', 'pages/waitlist/detail?id=31', { ...family, entries: [late] }],
  ['详情 · 消息打开', 'pages/waitlist/detail?id=31&message=91', everything],
  ['详情 · 打开太晚', 'pages/waitlist/detail?id=31&message=91', { ...everything, entries: [late] }],
  ['候补状态', 'pages/waitlist/status?id=32', everything],
  ['候补状态 · 很靠后', 'pages/waitlist/status?id=34', everything],
  ['候补状态 · 有名额', 'pages/waitlist/status?id=31', everything],
  ['预约', 'pages/bookings/index', everything],
  ['预约 · 停课', 'pages/bookings/index', { ...everything, bookings: [...everything.bookings, calledOff] }],
  ['预约 · 历史记录', 'pages/bookings/index', { ...everything, bookings: everything.bookings.slice(2) }, fold],
  ['预约 · 不去了', 'pages/bookings/index', everything, button(/^不去了/)],
  ['预约 · 太晚请假', 'pages/bookings/index', soon, button(/^不去了/)],
  ['预约 · 空', 'pages/bookings/index', fresh],
  ['补课', 'pages/makeup/index', everything, fold],
  ['补课 · 空', 'pages/makeup/index', fresh],
  ['选补课', 'pages/makeup/select?booking=61', everything, tab('周六 3月7日')],
  ['选补课 · 已选', 'pages/makeup/select?booking=61', everything, tab('周六 3月7日'), radio(/蹦床/)],
  ['选补课 · 没有课', 'pages/makeup/select?booking=61', { ...everything, sessions: sessions.filter((one) => one.course_schedule_id === 15) }],
  ['选补课 · 过期', 'pages/makeup/select?booking=99', everything],
  ['补偿时长', 'pages/makeup/compensation', everything],
  ['补偿时长 · 空', 'pages/makeup/compensation', fresh],
  ['补偿时长 · 缺余额', 'pages/makeup/compensation', partly(/^\/compensation\/balance/)],
  ['补偿时长 · 缺明细', 'pages/makeup/compensation', partly(/^\/compensation\/history/)],
  ['消息', 'pages/notifications/waitlist', everything],
  ['消息 · 空', 'pages/notifications/waitlist', fresh],
  ['我的', 'pages/me/index', everything],
  ['我的 · 没有孩子', 'pages/me/index', { profiles: [] }],
  ['我的 · 教练', 'pages/me/index', coach],
  ['我的 · 一个孩子', 'pages/me/index', { ...everything, profiles: profiles.slice(0, 1) }],
  ['添加孩子', 'pages/me/add-child', { profiles: [] }],
  ['添加孩子 · 码不对', 'pages/me/add-child', { profiles: [] }, type('BCDFGHJX'), button('添加孩子')],
  ['添加孩子 · 收到邀请', `pages/me/add-child?code=${CLAIM_CODE}`, { profiles: [] }],
  ['添加孩子 · 已添加', `pages/me/add-child?code=${CLAIM_CODE}`, { profiles: [], claimable: profiles[0] }, button('添加孩子')],
  ['家人', FAMILY, parented],
  ['家人 · 一位', FAMILY, everything],
  ['家人 · 邀请', FAMILY, parented, button('邀请家人')],
  ['家人 · 谁也不收', FAMILY, { ...everything, guardians: { 11: [guardian(1, -90, { first: true, told: false })] } }],
  ['家人 · 不是第一位', FAMILY, { ...everything, guardians: { 11: [guardian(7, -90, { first: true, name: '林妈妈' }), guardian(1, -3)] } }],
  ['大字 · 添加孩子', `pages/me/add-child?code=${CLAIM_CODE}`, { profiles: [] }, 'large'],
  ['大字 · 家人', FAMILY, parented, 'large', button('邀请家人')],
  ['隐私说明', 'pages/me/privacy', everything],
  ['登录前台', 'pages/me/desk-login', coach],
  ['登录前台 · 验证码不对', 'pages/me/desk-login', coach, type('BCDFGHJX'), button('下一步')],
  ['登录前台 · 允许吗', 'pages/me/desk-login', coach, type('BCDFGHJK'), button('下一步')],
  ['登录前台 · 已允许', 'pages/me/desk-login', coach, type('BCDFGHJK'), button('下一步'), button('允许登录')],
  ['大字 · 登录前台', 'pages/me/desk-login', coach, 'large', type('BCDFGHJK'), button('下一步')],
  ['大字 · 课程', 'pages/classes/index', everything, 'large'],
  ['大字 · 不去了', 'pages/bookings/index', everything, 'large', button(/^不去了/)],
  ['大字 · 补课', 'pages/makeup/index', everything, 'large'],
  ['大字 · 没有孩子', 'pages/classes/index', { profiles: [], sessions }, 'large'],
  ['大字 · 课程详情', 'pages/classes/detail?schedule=1&date=2026-03-04', everything, 'large'],
  ['大字 · 候补', 'pages/waitlist/index', everything, 'large'],
  ['大字 · 候补详情', 'pages/waitlist/detail?id=32', everything, 'large'],
  ['大字 · 候补状态', 'pages/waitlist/status?id=32', everything, 'large'],
  ['大字 · 预约', 'pages/bookings/index', everything, 'large'],
  ['大字 · 选补课', 'pages/makeup/select?booking=61', everything, 'large', tab('周六 3月7日'), radio(/蹦床/)],
  ['大字 · 补偿时长', 'pages/makeup/compensation', everything, 'large'],
  ['大字 · 消息', 'pages/notifications/waitlist', everything, 'large'],
  ['大字 · 我的', 'pages/me/index', everything, 'large'],
  ...pages.map(([name, address]) => [`${name} · 加载`, address, silent]),
  ...pages.map(([name, address]) => [`${name} · 故障`, address, broken]),
  ...pages.map(([name, address]) => [`${name} · 离线`, address, everything, offline]),
].filter(([name]) => (values.readme ? readme.names.includes(name) : !values.only || name.includes(values.only)))

const dist = path.join(here, 'dist')
const built = values['no-build'] ? { builtin: path.join(dist, 'builtin'), app: path.join(dist, 'miniprogram') } : build({ name: 'miniprogram' })
const browser = await launch()

async function take([name, address, scenario, ...steps], theme) {
  const server = await serve({ ...built, mock: service(scenario), config: await readConfig() })
  try {
    const phone = await open(steps.includes('large') ? withTextSize(browser, LARGEST_TEXT) : browser, server.url, {
      account: 'demo-lin',
      path: address,
      theme,
      subscribe: 'accept',
    })
    if (scenario !== silent) await phone.page.waitForFunction(() => host.data().view !== 'loading')
    for (const step of steps) if (typeof step === 'function') await step(phone.page)
    await phone.page.waitForTimeout(250) // a picture, not a test: nothing to wait for by name
    const picture = await phone.page.screenshot()
    await phone.close()
    return picture
  } catch (error) {
    throw new Error(`${name} (${theme}): ${error.message}`, { cause: error })
  } finally {
    await server.close()
  }
}

const image = (picture) => `<img src="data:image/png;base64,${picture.toString('base64')}">`

/** The README's pictures in a row. */
async function row(shown) {
  const page = await browser.newPage({ viewport: { width: 1330, height: 924 } })
  await page.setContent(`<style>
    body { display: flex; justify-content: space-between; margin: 0; padding: 40px; background: #e1e4eb }
    img { display: block; width: 390px; border-radius: 28px }
  </style>${shown.map(([, picture]) => image(picture)).join('')}`)
  await writeFile(readme.file, await page.screenshot({ fullPage: true }))
  return readme.file
}

/** The sheet, drawn by the same browser. */
async function sheet(groups) {
  const figures = (shown) => shown.map(([name, picture]) => `<figure>${image(picture)}<figcaption>${name}</figcaption></figure>`).join('')
  const page = await browser.newPage({ viewport: { width: COLUMNS * (THUMB + 16) + 32, height: 800 } })
  await page.setContent(`<style>
    body { margin: 0; padding: 16px; background: #8a8f9c; font: 15px sans-serif; color: #fff }
    section { display: flex; flex-wrap: wrap }
    figure { width: ${THUMB}px; margin: 8px }
    img { display: block; width: 100%; border-radius: 16px }
    figcaption { padding: 6px 4px }
  </style>${groups.map((shown) => `<section>${figures(shown)}</section>`).join('')}`)
  const file = path.join(output, 'contact-sheet.png')
  await mkdir(output, { recursive: true })
  await writeFile(file, await page.screenshot({ fullPage: true }))
  return file
}

try {
  const groups = []
  for (const theme of values.readme ? ['light'] : ['light', 'dark']) {
    const taken = []
    for (let first = 0; first < shots.length; first += AT_ONCE) {
      const some = shots.slice(first, first + AT_ONCE)
      taken.push(...(await Promise.all(some.map(async (shot) => [shot[0], await take(shot, theme)]))))
    }
    groups.push(taken)
  }
  console.log(await (values.readme ? row(groups[0]) : sheet(groups)))
} finally {
  await browser.close()
}
