// Chromium for tests: a phone-sized page over the mini-program, which keeps whatever went wrong in it.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { chromium } from 'playwright-core'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const PHONE = { width: 390, height: 844 }
const SCALE = 2
/** Milliseconds after which something that has not appeared counts as missing. */
const PATIENCE = 15_000
/** The headless shell comes first: it opens a page in half the time. */
const PLACES = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const screens = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../tests/output/screens')

/** Starts Chromium: the one that CHROMIUM names, or the system's. */
export function launch() {
  const executablePath = process.env.CHROMIUM ?? PLACES.find(existsSync)
  if (!executablePath) throw new Error(`no Chromium at ${PLACES.join(', ')}: install the package chromium-headless-shell, or name it in CHROMIUM`)
  return chromium.launch({ executablePath, headless: true, args: FLAGS })
}

/**
 * Opens the mini-program as one account, in a browser profile of its own.
 * @param browser from `launch`
 * @param url of the page server
 * @param options account, path, network ('off'), theme ('dark'), subscribe ('accept' | 'reject')
 * @returns the Playwright page, with `errors` (what went wrong), `warnings` (what the framework
 * dislikes), `screenshot(name)` and `close()` beside it
 */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: PHONE, deviceScaleFactor: SCALE, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  const errors = []
  const warnings = []
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message))
  page.on('console', (message) => {
    // Chromium logs every answer above 399. Such answers are part of the tests.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
    if (message.type() === 'warning') (message.text().startsWith('[host]') ? errors : warnings).push(message.text())
  })
  const query = new URLSearchParams(Object.entries(options).filter(([, value]) => value !== undefined))
  await page.goto(`${url}/app.html?${query}`)
  await page
    .locator('html[data-ready="true"]')
    .waitFor()
    .catch((error) => {
      throw new Error(`the mini-program did not start: ${errors.join('\n') || error.message}`)
    })
  return {
    page,
    errors,
    warnings,
    /** Keeps a picture under tests/output/screens/. */
    async screenshot(name) {
      await mkdir(screens, { recursive: true })
      const file = path.join(screens, `${name}.png`)
      await page.screenshot({ path: file })
      return file
    },
    /** Closes the page and fails if anything went wrong in it. */
    async close() {
      await context.close()
      if (errors.length > 0) throw new Error(`errors in the mini-program's page:\n${errors.join('\n')}`)
    },
  }
}

/**
 * The same browser on a phone whose WeChat shows larger text; the host's own says the standard 16.
 * @param standard from `launch`
 * @param {number} size WeChat's `fontSizeSetting`
 */
export const withTextSize = (standard, size) => ({
  async newContext(options) {
    const context = await standard.newContext(options)
    await context.route('**/host/wx/device.js', async (route) => {
      const response = await route.fetch()
      const text = await response.text()
      assert.match(text, /fontSizeSetting: 16/)
      await route.fulfill({ response, body: text.replace('fontSizeSetting: 16', `fontSizeSetting: ${size}`) })
    })
    return context
  },
})
