// The console beside the phone, over the sample mini-program and a stand-in for the service's development paths.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { build } from '../../tools/browser/build.mjs'
import { launch } from '../../tools/browser/lib/browser.mjs'
import { serve } from '../../tools/browser/lib/server.mjs'

const CONFIG = JSON.stringify({
  apiOrigin: 'http://127.0.0.1:8787',
  staff: 'demo-staff',
  accounts: [
    { openid: 'demo-a', name: '林女士', note: 'waits' },
    { openid: 'demo-b', name: '王先生', note: 'holds the seat' },
  ],
})
const MESSAGE = {
  openid: 'demo-b',
  template: 'spot_available',
  page: 'pages/detail/detail?id=7',
  at: '2026-03-02T02:05:00.000Z',
  data: { thing1: { value: '平衡木基础' }, time4: { value: '2026年3月2日 10:35' } },
}

let browser, server, now, calls, messages, hasDevClock

const CHILDREN = {
  'demo-a': [
    { id: 7, name: '小明' },
    { id: 8, name: '小红' },
  ],
  'demo-b': [{ id: 9, name: '小刚' }],
}
const session = (id, name, at, status = 'scheduled') => ({
  course_schedule_id: id,
  booking_date: at.slice(0, 10),
  course_name: name,
  starts_at: at,
  status,
  booked: 8,
  capacity: 8,
  waiting: id,
})
const sessions = [
  session(2, '蹦床', '2026-03-03T10:00:00.000Z'),
  session(1, '平衡木', '2026-03-02T10:00:00.000Z'),
  session(3, '吊环', '2026-03-02T09:00:00.000Z', 'cancelled'),
  session(4, '早课', '2026-03-02T01:00:00.000Z'),
]

function service({ method, path, body, headers }) {
  if (path === '/api/v1/auth/login') {
    const openid = body.code.slice('dev:'.length)
    return { body: { token: openid, profiles: CHILDREN[openid] ?? [] } }
  }
  if (path === '/api/v1/sessions') return { body: { items: sessions } }
  if (path.startsWith('/api/v1/sessions/')) {
    calls.push([method, path.slice('/api/v1/'.length), headers.authorization])
    return { body: {} }
  }
  if (path === '/api/v1/time') return { body: { now: new Date(now).toISOString() } }
  if (path === '/api/v1/dev/messages') return { body: { items: messages } }
  if (!path.startsWith('/api/v1/dev/') || !hasDevClock) return undefined
  calls.push([method, path.slice('/api/v1/dev/'.length), body])
  if (body?.seconds) now += body.seconds * 1000
  return { body: {} }
}

before(async () => {
  const built = build({ app: fileURLToPath(new URL('./sample', import.meta.url)), name: 'sample' })
  server = await serve({ ...built, mock: service, config: CONFIG })
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await server?.close()
})

async function desk(steps, viewport = { width: 1280, height: 900 }) {
  now = Date.parse('2026-03-02T02:00:00.000Z')
  calls = []
  messages = []
  hasDevClock = true
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', (error) => errors.push(error.stack))
  await page.goto(server.url)
  const phone = page.frameLocator('#phone')
  await phone.locator('html[data-ready="true"]').waitFor({ state: 'attached' })
  await steps(page, phone, (script, argument) => page.frames()[1].evaluate(script, argument))
  await context.close()
  assert.deepEqual(errors, [])
}

test('the server answers invalid paths, and serves nothing outside its folders', async () => {
  const status = async (path) => (await fetch(server.url + path)).status
  assert.equal(await status('/app/%zz'), 400)
  assert.equal(await status('/app/%2e%2e%2f%2e%2e/README.md'), 404)
  assert.equal(await status('/app/package.js'), 200)
})

test('the console logs the phone in to another account', () =>
  desk(async (page, phone, inPhone) => {
    assert.equal(await inPhone(() => host.settings.account), 'demo-a')
    await page.getByRole('radio', { name: '王先生' }).check()
    await page.waitForFunction(() => document.getElementById('phone').contentWindow.host?.settings.account === 'demo-b')
  }))

test('moving the clock runs what is due and brings the app to the foreground', () =>
  desk(async (page, phone, inPhone) => {
    assert.equal(await page.locator('#now').innerText(), '10:00')
    await page.getByRole('button', { name: '+30 min' }).click()
    await page.locator('#now', { hasText: '10:30' }).waitFor()
    await phone.locator('#status time', { hasText: '10:30' }).waitFor()
    assert.deepEqual(calls, [
      ['POST', 'clock/advance', { seconds: 1800 }],
      ['POST', 'sweep', undefined],
    ])
    assert.deepEqual((await inPhone(() => host.app().log)).slice(-3), ['app hide', 'app show', 'home show'])
  }))

test('the child is chosen beside the phone too', () =>
  desk(async (page, phone, inPhone) => {
    await page.getByRole('radio', { name: '小红' }).check()
    await page.waitForFunction(() => document.getElementById('phone').contentWindow.host?.stack().length === 1)
    assert.equal(await inPhone(() => localStorage.getItem('mp:demo-a:gym:profile')), '8')
    await page.getByRole('radio', { name: '王先生' }).check()
    await page.getByRole('radio', { name: '小红' }).waitFor({ state: 'hidden' })
  }))

test('the gym calls off a class that is still to come', () =>
  desk(async (page, phone, inPhone) => {
    const options = page.getByLabel('Class', { exact: true }).locator('option')
    await options.nth(1).waitFor({ state: 'attached' })
    assert.deepEqual(await options.allInnerTexts(), ['Mon 18:00 平衡木, 8/8 booked, 1 waiting', 'Tue 18:00 蹦床, 8/8 booked, 2 waiting'])
    await page.getByLabel('Class', { exact: true }).selectOption({ index: 1 })
    await page.getByRole('button', { name: 'Call off' }).click()
    await page.getByText('蹦床 is called off: everyone in it and everyone waiting is told.').waitFor()
    await page.waitForFunction(() => document.getElementById('phone').contentWindow.host.app().log.at(-2) === 'app show')
    assert.deepEqual(calls, [
      ['POST', 'sessions/2/2026-03-03/cancel', 'Bearer demo-staff'],
      ['POST', 'sweep', undefined],
    ])
    assert.deepEqual((await inPhone(() => host.app().log)).slice(-3), ['app hide', 'app show', 'home show'])
  }))

test('a service without a development clock says so', () =>
  desk(async (page) => {
    hasDevClock = false
    await page.getByRole('button', { name: '+1 h' }).click()
    await page.getByText('Not moved: the service runs without --dev-clock.').waitFor()
  }))

test('a message is shown as a card; a tap opens its page as the account it was sent to', () =>
  desk(async (page, phone, inPhone) => {
    messages = [MESSAGE]
    const card = page.getByRole('button', { name: '候补名额通知' })
    await card.waitFor()
    assert.match(await card.innerText(), /王先生[^]*课程\s+平衡木基础[^]*截止时间\s+2026年3月2日 10:35/)
    await card.click()
    await phone.getByText('详情 7').waitFor()
    assert.equal(await inPhone(() => host.entered().scene), 1107)
    assert.equal(await page.getByRole('radio', { name: '王先生' }).isChecked(), true)
  }))

test('network and theme reach the phone', () =>
  desk(async (page, phone, inPhone) => {
    await page.getByRole('switch', { name: 'Network' }).click()
    await page.getByRole('switch', { name: 'Dark' }).check()
    assert.deepEqual(await inPhone(() => [host.settings.network, host.settings.theme]), ['off', 'dark'])
  }))

test('in a narrow window the console lies over the phone', () =>
  desk(
    async (page) => {
      assert.equal((await page.locator('#phone').boundingBox()).width, 390)
      assert.equal(await page.getByRole('radio', { name: '林女士' }).isVisible(), false)
      await page.getByRole('button', { name: 'Console' }).click()
      await page.getByRole('radio', { name: '林女士' }).waitFor()
    },
    { width: 390, height: 844 },
  ))
