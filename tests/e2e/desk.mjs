// The desk through the whole stack for a test file: the page in Chromium, which the edge serves, the backend, the database.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build } from '../../tools/browser/build.mjs'
import { launch, open } from '../../tools/browser/lib/browser.mjs'
import { faintTexts } from '../../tools/browser/lib/contrast.mjs'
import { serve } from '../../tools/browser/lib/server.mjs'
import { root, startBackend } from '../../tools/stack/backend.mjs'
import { client, login } from '../../tools/stack/client.mjs'
import { startWrangler } from '../../tools/stack/edge.mjs'
import { freePort } from '../../tools/stack/wait.mjs'
import { dayAfter } from './whole.mjs'

/** A coach's phone, and the computer of the front desk. */
export const WIDTHS = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 860 } }

/** Those who work at the gym, by openid; `family` is the family of most children. */
export const ACCOUNTS = ['family', 'front', 'coach', 'owner', 'coach2', 'newcomer']
const ROLES = { front: 'staff', coach: 'coach', owner: 'owner', coach2: 'coach' }
export const accounts = ACCOUNTS.map((openid, index) => ({ id: index + 1, openid, role: ROLES[openid] ?? 'member' }))

/**
 * Starts all parts, with quiet hours from ten to eight and the clock at eight in the morning of the day after today: every class of that day is to come.
 * @param {(day: { date: string, weekday: number }) => object} worldOf the fixtures of that day
 */
export async function startDesk(worldOf) {
  const varDir = mkdtempSync(path.join(os.tmpdir(), 'gym-desk-'))
  const stops = [() => rmSync(varDir, { recursive: true, force: true })]
  const stop = async () => {
    for (const step of stops.reverse()) await step()
  }
  try {
    const policy = path.join(varDir, 'policy.json')
    writeFileSync(policy, JSON.stringify({ quiet_hours: { from: 22 * 60, to: 8 * 60 } }))
    const backend = await startBackend({ varDir, args: ['--desk', path.join(root, 'desk/dist/desk')], env: { GYM_POLICY: policy } })
    stops.push(() => backend.stop())
    const log = path.join(varDir, 'edge.log')
    const edge = await startWrangler({ origin: backend.url, jwks: backend.jwks(), port: await freePort(), log })
    stops.push(() => edge.stop())
    const browser = await launch()
    stops.push(() => browser.close())

    const tomorrow = dayAfter(0)
    const day = tomorrow.toISOString().slice(0, 10)
    const at = (time, date = day) =>
      client(backend.url).put('/dev/clock', { now: new Date(Date.parse(`${date}T${time}:00+08:00`)).toISOString() })
    await at('08:00')
    const file = path.join(varDir, 'world.json')
    writeFileSync(file, JSON.stringify(worldOf({ date: day, weekday: tomorrow.getUTCDay() || 7 })))
    await backend.gym('fixtures', 'load', file)

    return {
      backend,
      edge: edge.url,
      day,
      stop,
      /** Moves the service's clock to a time of the day, or of another date. */
      at,
      /** A client of the contract as one of the accounts, over the edge. */
      as: (openid) => login(edge.url, openid),
      /** Opens the mini-program as one of the accounts; `top` is the page on top, `button` one of its buttons. */
      async phone(account, address) {
        const config = JSON.stringify({ apiOrigin: 'http://127.0.0.1:8787', accounts: [{ openid: account, name: account, note: '' }] })
        const server = await serve({ ...build({ name: 'miniprogram' }), edge: edge.url, config })
        stops.push(() => server.close())
        const opened = await open(browser, server.url, { account, path: address })
        const top = opened.page.locator('.mp-page:visible')
        return { ...opened, top, button: (name) => top.getByRole('button', { name }) }
      },
      /**
       * Opens the desk in a browser profile of its own, logged in by the dev clock's way.
       * @param {{ size?: keyof WIDTHS, viewport?: object, dark?: boolean, scale?: number }} [options] `scale`: of the picture
       */
      async open(openid, { size = 'desk', viewport = WIDTHS[size], dark = false, scale = 1 } = {}) {
        const context = await browser.newContext({
          viewport, deviceScaleFactor: scale, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce',
          colorScheme: dark ? 'dark' : 'light',
        })
        context.setDefaultTimeout(20_000)
        const page = await context.newPage()
        const errors = []
        page.on('pageerror', (error) => errors.push(error.stack ?? error.message))
        await page.goto(`${edge.url}/desk/`)
        const opened = {
          page,
          errors,
          button: (name, options) => page.getByRole('button', { name, ...options }),
          dialog: page.getByRole('dialog'),
          goto: (address) => page.goto(`${edge.url}/desk/#${address}`),
          class: (slot, date = day) => page.goto(`${edge.url}/desk/#/class/${slot}/${date}`),
          /** Logs in as an account, on the dev clock. */
          async enter(account) {
            await page.getByLabel('以某个账号登录').fill(account)
            await page.getByRole('button', { name: '登录', exact: true }).click()
          },
          /** Keeps a picture of the whole page under tests/output/screens/, and checks that nothing is cut off and every text can be read. */
          async look(name, { fullPage = true } = {}) {
            const folder = path.join(root, 'tests/output/screens')
            mkdirSync(folder, { recursive: true })
            await page.screenshot({ path: path.join(folder, `desk-${name}.png`), fullPage })
            await assertFits(page, name)
            assert.deepEqual(await faintTexts(page), [], name)
          },
          async close() {
            await context.close()
            assert.deepEqual(errors, [])
          },
        }
        if (openid) {
          await opened.enter(openid)
          await page.getByRole('heading', { level: 1 }).filter({ hasText: /今天|明天|昨天|周/ }).waitFor()
        }
        return opened
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Checks that nothing is wider than the page, and that whatever can be tapped is 44 px high. */
async function assertFits(page, about) {
  const faults = await page.evaluate(() => {
    const found = []
    if (document.documentElement.scrollWidth > innerWidth) {
      const wide = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
      found.push(`wider than ${innerWidth}: ${wide.slice(0, 4).map((one) => one.outerHTML.slice(0, 120)).join(' | ')}`)
    }
    for (const one of document.querySelectorAll('dialog[open]')) {
      if (one.scrollWidth > one.clientWidth) found.push(`a dialog of ${one.clientWidth} holds ${one.scrollWidth}`)
    }
    const tapped = 'button, a[href], input:not([type=radio], [type=checkbox]), textarea, select, summary, label:has([type=radio])'
    for (const one of document.querySelectorAll(tapped)) {
      // A field of TDesign's is as large as the box around it.
      const { width, height } = (one.closest('.t-input, .t-textarea') ?? one).getBoundingClientRect()
      const isSeen = one.checkVisibility({ visibilityProperty: true }) && !one.closest('.skip')
      if (isSeen && (height < 43.5 || width < 43.5)) found.push(`${Math.round(width)} x ${Math.round(height)}: ${one.outerHTML.slice(0, 120)}`)
    }
    return found
  })
  assert.deepEqual(faults, [], about)
}
