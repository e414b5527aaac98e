// The console beside the phone, over the sample mini-program and a stand-in for the service's development paths.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { build } from './build.mjs'
import { launch } from './lib/browser.mjs'
import { serve } from './lib/server.mjs'

const CONFIG = JSON.stringify({
  apiOrigin: 'http://127.0.0.1:8787',
  accounts: [{ openid: 'demo-a', name: '林女士', note: 'waits' }, { openid: 'demo-b', name: '王先生', note: 'holds the seat' }],
})
const MESSAGE = {
  openid: 'demo-b', template: 'spot_available', page: 'pages/detail/detail?id=7', at: '2026-03-02T02:05:00.000Z',
  data: { thing1: { value: '平衡木基础' }, time4: { value: '2026年3月2日 10:35' } },
}

let browser, server, now, calls, messages, hasDevClock

function service({ method, path, body }) {
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

test('the server answers paths that are none, and serves nothing outside its folders', async () => {
  const status = async (path) => (await fetch(server.url + path)).status
  assert.equal(await status('/app/%zz'), 400)
  assert.equal(await status('/app/%2e%2e%2f%2e%2e/README.md'), 404)
  assert.equal(await status('/app/package.js'), 200)
})

test('the phone changes hands', () =>
  desk(async (page, phone, inPhone) => {
    assert.equal(await inPhone(() => host.settings.account), 'demo-a')
    await page.getByRole('radio', { name: '王先生' }).check()
    await page.waitForFunction(() => document.getElementById('phone').contentWindow.host?.settings.account === 'demo-b')
  }))

test('the clock moves, what is due happens, and the parent looks again', () =>
  desk(async (page, phone, inPhone) => {
    assert.equal(await page.locator('#now').innerText(), '10:00')
    await page.getByRole('button', { name: '+30 min' }).click()
    await page.locator('#now', { hasText: '10:30' }).waitFor()
    await phone.locator('#status time', { hasText: '10:30' }).waitFor()
    assert.deepEqual(calls, [['POST', 'clock/advance', { seconds: 1800 }], ['POST', 'sweep', undefined]])
    assert.deepEqual((await inPhone(() => host.app().log)).slice(-3), ['app hide', 'app show', 'home show'])
  }))

test('a service without a development clock says so', () =>
  desk(async (page) => {
    hasDevClock = false
    await page.getByRole('button', { name: '+1 h' }).click()
    await page.getByText('Not moved: the service runs without --dev-clock.').waitFor()
  }))

test('a message is a card; a tap opens its page in the hands it was sent to', () =>
  desk(async (page, phone) => {
    messages = [MESSAGE]
    const card = page.getByRole('button', { name: '候补名额通知' })
    await card.waitFor()
    assert.match(await card.innerText(), /王先生[^]*课程\s+平衡木基础[^]*截止时间\s+2026年3月2日 10:35/)
    await card.click()
    await phone.getByText('详情 7').waitFor()
    assert.equal(await page.getByRole('radio', { name: '王先生' }).isChecked(), true)
  }))

test('network and theme reach the phone', () =>
  desk(async (page, phone, inPhone) => {
    await page.getByRole('switch', { name: 'Network' }).click()
    await page.getByRole('switch', { name: 'Dark' }).check()
    assert.deepEqual(await inPhone(() => [host.settings.network, host.settings.theme]), ['off', 'dark'])
  }))

test('a narrow window is the phone, with the console over it', () =>
  desk(async (page) => {
    assert.equal((await page.locator('#phone').boundingBox()).width, 390)
    assert.equal(await page.getByRole('radio', { name: '林女士' }).isVisible(), false)
    await page.getByRole('button', { name: 'Console' }).click()
    await page.getByRole('radio', { name: '林女士' }).waitFor()
  }, { width: 390, height: 844 }))
