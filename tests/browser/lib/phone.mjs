// Opens the mini-program over a scenario for a test, and fails the test on errors in the page.

import assert from 'node:assert/strict'

import { build } from '../../../tools/browser/build.mjs'
import { launch, open, withTextSize } from '../../../tools/browser/lib/browser.mjs'
import { readConfig, serve } from '../../../tools/browser/lib/server.mjs'
import { profiles, sessions } from '../../../tools/browser/mock/people.mjs'
import { service } from '../../../tools/browser/mock/service.mjs'

/** Warnings of the component framework about data that does not fit its component. */
const COMPLAINT = /type-incompatible|not unique|for-list/

let browser, built

export async function start() {
  built = build({ name: 'miniprogram' })
  browser = await launch()
}

export const stop = () => browser?.close()

/**
 * Opens a page over a scenario, runs `steps`, and fails on whatever went wrong in the page.
 * `named` finds the requests so far by `METHOD /path`; `advance` moves the service's clock; `prepare` works on another
 * page first, before the mini-program starts again; `open` is what `lib/browser.mjs` takes; `textSize` is WeChat's.
 */
export async function phone({ path, scenario, prepare, open: options, textSize }, steps) {
  const seen = []
  const answer = service({ profiles, sessions, bookings: [], entries: [], ...scenario })
  const mock = (request) => {
    seen.push({ name: `${request.method} ${request.path.replace('/api/v1', '')}`, headers: request.headers, body: request.body })
    return answer(request)
  }
  const server = await serve({ ...built, mock, config: await readConfig() })
  try {
    const opened = await open(textSize ? withTextSize(browser, textSize) : browser, server.url, {
      account: 'demo-lin',
      subscribe: 'accept',
      path: prepare ? 'pages/bookings/index' : path,
      ...options,
    })
    if (prepare) {
      await prepare(opened.page)
      await opened.page.reload()
      await opened.page.locator('html[data-ready="true"]').waitFor()
      await opened.page.evaluate((address) => host.open(address), path)
    }
    const top = opened.page.locator('.mp-page:visible')
    await steps({
      page: opened.page,
      top,
      advance: answer.advance,
      named: (name) => seen.filter((one) => one.name === name),
      button: (name) => top.getByRole('button', { name }),
      dialog: opened.page.getByRole('dialog'),
    })
    assert.deepEqual(
      opened.warnings.filter((text) => COMPLAINT.test(text)),
      [],
    )
    await opened.close()
  } finally {
    await server.close()
  }
}
