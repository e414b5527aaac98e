// The browser host, over the sample mini-program: it behaves as WeChat does.

import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { build } from '../../tools/browser/build.mjs'
import { launch, open } from '../../tools/browser/lib/browser.mjs'
import { serve } from '../../tools/browser/lib/server.mjs'

const ORIGIN = 'http://127.0.0.1:8787'
const CONFIG = JSON.stringify({ apiOrigin: ORIGIN, accounts: [{ openid: 'demo-a', name: 'A' }] })
const DETAIL = 'pages/detail/detail?id=1'

let browser, edge, seen, server

before(async () => {
  const built = build({ app: fileURLToPath(new URL('./sample', import.meta.url)), name: 'sample' })
  edge = http.createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const { method, url, headers } = request
    if (url === '/api/v1/time') return response.writeHead(200).end('{"now":"2026-03-02T10:05:00.000Z"}')
    seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
    if (url === '/api/v1/slow') return undefined
    response.writeHead(url.includes('late') ? 410 : 200, { 'content-type': 'application/json', 'x-request-id': headers['x-request-id'] ?? 'none' })
    return response.end('{"position":2}')
  })
  await new Promise((resolve) => edge.listen(0, '127.0.0.1', resolve))
  server = await serve({ ...built, edge: `http://127.0.0.1:${edge.address().port}`, config: CONFIG })
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await server?.close()
  edge?.closeAllConnections()
  edge?.close()
})

/** Opens the sample, runs `steps` and fails on whatever went wrong in the page. */
async function phone(options, steps) {
  seen = []
  const opened = await open(browser, server.url, { account: 'demo-a', ...options })
  await steps(opened.page, opened)
  await opened.close()
}

/** Asks the detail page, from inside its module. */
async function ask(page, question, options) {
  await page.evaluate(([name, argument]) => host.page().run(name, argument), [question, options])
  await page.waitForFunction(() => host.data().result !== '')
  const result = JSON.parse(await page.evaluate(() => host.data().result))
  await page.evaluate(() => host.page().setData({ result: '' }))
  return result
}

const log = (page) => page.evaluate(() => host.app().log)
const onTop = (page) => page.locator('.mp-page:visible')

test('a module sees what WeChat gives it and nothing of the browser', () =>
  phone({ path: DETAIL }, async (page) => {
    const { ok: scope } = await ask(page, 'scope')
    for (const [name, type] of Object.entries(scope.absent)) assert.equal(type, 'undefined', name)
    for (const [name, type] of Object.entries(scope.given)) assert.notEqual(type, 'undefined', name)
  }))

test("life cycles run in WeChat's order through a page and back", () =>
  phone({}, async (page) => {
    await page.waitForFunction(() => host.app().log.includes('home ready'))
    await page.getByRole('button', { name: '打开详情' }).click()
    await onTop(page).getByText('详情 7 张').waitFor()
    assert.deepEqual(await page.evaluate(() => host.stack()), ['pages/home/home', 'pages/detail/detail'])
    await page.evaluate(() => host.page().run('call', { name: 'navigateBack', options: {} }))
    await onTop(page).getByText('首页').first().waitFor()
    assert.deepEqual(await log(page), [
      'app launch pages/home/home',
      'app show',
      'home load {} on stack 1',
      'home show',
      'home ready',
      'home hide',
      'detail load 7',
      'detail show',
      'detail unload',
      'home show',
    ])
  }))

test('going to the background and back calls the app, the page and the listeners', () =>
  phone({ path: DETAIL }, async (page) => {
    await page.evaluate(() => (host.hide(), host.show()))
    assert.deepEqual((await log(page)).slice(-5), ['detail hide', 'app hide', 'app show', 'heard app show', 'detail show'])
  }))

test('taps bubble, caught taps do not, components tell their page, setData draws', () =>
  phone({}, async (page) => {
    await page.getByText('冒泡', { exact: true }).click()
    assert.deepEqual(await page.locator('.heard').allInnerTexts(), ['内0', '外1'])
    await page.getByText('不冒泡').click()
    assert.deepEqual(await page.locator('.heard').allInnerTexts(), ['内0', '外1', '内2'])
    await page.getByRole('button', { name: '加一' }).click()
    assert.equal(await page.locator('.count').innerText(), '数到 +4')
    assert.equal(await page.getByRole('button', { name: '不能点' }).isDisabled(), true)
  }))

test('input and switch report their values', () =>
  phone({}, async (page) => {
    await page.getByPlaceholder('名字').fill('小张')
    await page.getByRole('switch', { name: '开关' }).click()
    assert.equal(await page.evaluate(() => host.data().name), '小张')
    assert.equal(await page.getByRole('switch', { name: '开关' }).getAttribute('aria-checked'), 'true')
  }))

test('750 rpx are the width of the screen, in stylesheets and in styles', () =>
  phone({}, async (page) => {
    assert.equal((await page.locator('.full').boundingBox()).width, 390)
    assert.equal((await page.locator('[style*="vw"]').boundingBox()).width, 195)
  }))

test("a page's styles do not apply to other pages", () =>
  phone({}, async (page) => {
    const colour = () =>
      onTop(page)
        .locator('.mark')
        .evaluate((mark) => getComputedStyle(mark).color)
    assert.equal(await colour(), 'rgb(1, 2, 3)')
    await page.getByRole('button', { name: '打开详情' }).click()
    assert.equal(await colour(), 'rgb(200, 0, 0)')
    await page.evaluate(() => host.open('pages/home/home'))
    assert.equal(await colour(), 'rgb(1, 2, 3)')
  }))

test('the frame chooses light or dark, whatever the browser prefers', () =>
  phone({ theme: 'dark', path: DETAIL }, async (page) => {
    const ground = () => page.locator('wx-page:visible').evaluate((element) => getComputedStyle(element).backgroundColor)
    assert.equal(await ground(), 'rgb(10, 10, 10)')
    await page.evaluate(() => host.setTheme('light'))
    assert.equal(await ground(), 'rgb(250, 250, 250)')
    assert.equal((await log(page)).at(-1), 'theme light')
  }))

test('tab pages are kept, and each has its tab bar', () =>
  phone({}, async (page) => {
    const tab = (name) => onTop(page).getByRole('tab', { name })
    await tab('列表').click()
    await onTop(page).getByText('列表 1').waitFor()
    await tab('首页').click()
    await tab('列表').click()
    await onTop(page).getByText('列表 2').waitFor()
    assert.equal((await log(page)).filter((line) => line === 'home unload').length, 0)
  }))

test('a list is pulled to refresh, and says when its end is near', () =>
  phone({ path: 'pages/list/list' }, async (page) => {
    await page.mouse.move(195, 300)
    await page.mouse.down()
    await page.mouse.move(195, 420, { steps: 4 })
    await page.mouse.up()
    await page.waitForFunction(() => host.data().refreshes === 1 && !host.data().refreshing)
    await page.locator('wx-scroll-view').evaluate((list) => list.scrollTo(0, list.scrollHeight))
    await page.waitForFunction(() => host.data().ends === 1)
  }))

test('hover-class applies while a finger is down', () =>
  phone({ path: 'pages/list/list' }, async (page) => {
    const opacity = (value) => page.waitForFunction((wanted) => getComputedStyle(document.querySelector('.mark')).opacity === wanted, value)
    await page.locator('.mark').hover()
    await page.mouse.down()
    await opacity('0.5')
    await page.mouse.up()
    await opacity('1')
  }))

test('storage is kept apart by account', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  const show = async (account) => {
    await page.goto(`${server.url}/app.html?account=${account}&path=${encodeURIComponent(DETAIL)}`)
    await page.locator('html[data-ready="true"]').waitFor()
  }
  await show('demo-a')
  await ask(page, 'sync', { name: 'setStorageSync', options: ['token', { of: 'a' }] })
  assert.deepEqual(await ask(page, 'sync', { name: 'getStorageSync', options: ['token'] }), { ok: { of: 'a' } })
  await show('demo-b')
  assert.deepEqual(await ask(page, 'sync', { name: 'getStorageSync', options: ['token'] }), { ok: '' })
  assert.deepEqual(await ask(page, 'call', { name: 'getStorage', options: { key: 'token' } }), { failed: 'getStorage:fail data not found' })
  assert.deepEqual(await ask(page, 'call', { name: 'login', options: {} }), { ok: { errMsg: 'login:ok', code: 'dev:demo-b' } })
  await context.close()
})

test("requests to the mini-program's server reach the edge as they are", () =>
  phone({ path: DETAIL }, async (page) => {
    const { ok } = await ask(page, 'request', {
      url: `${ORIGIN}/api/v1/waitlist/join`,
      method: 'POST',
      data: { profile_id: 7 },
      header: { 'Idempotency-Key': 'k1', 'X-Request-Id': 'r1', Authorization: 'Bearer t' },
    })
    assert.equal(ok.statusCode, 200)
    assert.deepEqual(ok.data, { position: 2 })
    assert.equal(ok.header['x-request-id'], 'r1')
    const [{ method, url, headers, body }] = seen
    assert.deepEqual([method, url, body], ['POST', '/api/v1/waitlist/join', '{"profile_id":7}'])
    assert.deepEqual([headers['idempotency-key'], headers.authorization, headers['content-type']], ['k1', 'Bearer t', 'application/json'])

    assert.equal((await ask(page, 'request', { url: `${ORIGIN}/api/v1/late` })).ok.statusCode, 410)
    await ask(page, 'request', { url: `${ORIGIN}/api/v1/list?a=1`, data: { limit: 20 } })
    assert.equal(seen.at(-1).url, '/api/v1/list?a=1&limit=20')
  }))

test("a request fails as WeChat's does: no network, other servers, PATCH, too slow", () =>
  phone({ path: DETAIL }, async (page) => {
    const fails = async (options) => (await ask(page, 'request', options)).ok.errMsg
    assert.match(await fails({ url: 'https://example.com/' }), /^request:fail url not in domain list/)
    assert.match(await fails({ url: `${ORIGIN}/api/v1/time`, method: 'PATCH' }), /^request:fail invalid method/)
    assert.equal(await fails({ url: `${ORIGIN}/api/v1/slow`, timeout: 1 }), 'request:fail timeout')
    await page.evaluate(() => host.setNetwork('off'))
    assert.match(await fails({ url: `${ORIGIN}/api/v1/time` }), /^request:fail /)
    assert.equal((await log(page)).at(-1), 'network false')
    assert.deepEqual(await ask(page, 'requestIsNoPromise'), { ok: 'undefined' })
  }))

test('wasm is loaded by its path in the package, and refused where a phone would refuse it', () =>
  phone({ path: DETAIL }, async (page) => {
    const add = (path) => ask(page, 'wasm', { path, a: 2, b: 3 })
    assert.deepEqual(await add('wasm/add.wasm'), { ok: 5 })
    assert.deepEqual(await add('/wasm/packed.wasm.br'), { ok: 5 })
    assert.match((await add('wasm/none.wasm')).failed, /not found/)
    assert.match((await add([0, 97, 115, 109])).failed, /must be a string/)
    assert.match((await add('wasm/global.wasm')).failed, /exports the Global "state"/)
  }))

test('dialogs, sheets and toasts answer what the parent taps', () =>
  phone({ path: DETAIL }, async (page) => {
    const modal = ask(page, 'call', { name: 'showModal', options: { title: '放弃名额', content: '确定吗' } })
    await page.getByRole('dialog', { name: '放弃名额' }).getByRole('button', { name: '确定' }).click()
    assert.equal((await modal).ok.confirm, true)
    const sheet = ask(page, 'call', { name: 'showActionSheet', options: { itemList: ['请假', '取消预约'] } })
    await page.getByRole('button', { name: '取消预约' }).click()
    assert.equal((await sheet).ok.tapIndex, 1)
    await ask(page, 'call', { name: 'showToast', options: { title: '已预约', icon: 'success', duration: 60_000 } })
    assert.equal(await page.getByRole('status').innerText(), '已预约')
  }))

test('what WeChat refuses is refused: consent without a tap, a seventh choice, a megabyte under one key, an eleventh request', () =>
  phone({ path: DETAIL }, async (page) => {
    const consent = { name: 'requestSubscribeMessage', options: { tmplIds: ['spot'] } }
    assert.match((await ask(page, 'call', consent)).failed, /can only be invoked by user TAP gesture/)
    const asked = page.evaluate((argument) => {
      document.body.click()
      return host.page().run('call', argument)
    }, consent)
    await page.getByRole('button', { name: '允许' }).click()
    await asked
    assert.equal(JSON.parse(await page.evaluate(() => host.data().result)).ok.spot, 'accept')
    await page.evaluate(() => host.page().setData({ result: '' }))

    const sheet = { name: 'showActionSheet', options: { itemList: ['一', '二', '三', '四', '五', '六', '七'] } }
    assert.match((await ask(page, 'call', sheet)).failed, /itemList should have 1 to 6 items/)

    const large = { name: 'setStorageSync', options: ['large', 'x'.repeat(1024 * 1024)] }
    assert.match((await ask(page, 'sync', large)).failed, /exceed storage item max length/)

    const answers = await ask(page, 'requests', Array(11).fill({ url: `${ORIGIN}/api/v1/list` }))
    assert.equal(answers.ok.filter(({ errMsg }) => errMsg === 'request:ok').length, 10)
    assert.match(answers.ok.at(-1).errMsg, /exceed max task count/)
  }))

test('the status bar is drawn in the colour that the package says, white where it says nothing', () =>
  phone({ path: DETAIL }, async (page) => {
    const colour = () => page.locator('#status').evaluate((bar) => getComputedStyle(bar).color)
    assert.equal(await colour(), 'rgb(0, 0, 0)')
    await page.evaluate(() => host.setTheme('dark'))
    assert.equal(await colour(), 'rgb(255, 255, 255)')
    await page.evaluate(() => host.open('pages/list/list'))
    await page.evaluate(() => host.setTheme('light'))
    assert.equal(await colour(), 'rgb(255, 255, 255)', 'this page says nothing')
  }))

test('the measures that wx reports are those of the frame', () =>
  phone({ path: DETAIL }, async (page) => {
    const { ok } = await ask(page, 'frame')
    const capsule = await page.locator('#capsule').boundingBox()
    assert.deepEqual([ok.capsule.left, ok.capsule.top, ok.capsule.width], [capsule.x, capsule.y, capsule.width])
    assert.equal(ok.window.statusBarHeight, (await page.locator('#status').boundingBox()).height)
    assert.equal(await page.locator('#status time').innerText(), '18:05')
  }))

test('opening a page that does not exist fails with its name', () =>
  phone({ path: DETAIL }, async (page) => {
    const { failed } = await ask(page, 'call', { name: 'navigateTo', options: { url: '/pages/none/none' } })
    assert.equal(failed, 'navigateTo:fail page "pages/none/none" is not found')
  }))
