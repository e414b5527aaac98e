// The whole stack for a test file: database, backend, edge, the mini-program's page and one Chromium.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build } from '../../tools/browser/build.mjs'
import { launch, open } from '../../tools/browser/lib/browser.mjs'
import { serve } from '../../tools/browser/lib/server.mjs'
import { startBackend } from '../../tools/stack/backend.mjs'
import { client } from '../../tools/stack/client.mjs'
import { startWrangler } from '../../tools/stack/edge.mjs'
import { freePort } from '../../tools/stack/wait.mjs'

const DAY = 24 * 60 * 60 * 1000
/** The gym's time zone, Shanghai's: so far ahead of UTC. */
const ZONE = 8 * 60 * 60 * 1000

/** Where the service's clock stands first: ten in the morning of tomorrow. No story depends on the hour at which it is run. */
const MORNING = new Date((Math.floor((Date.now() + ZONE) / DAY) + 1) * DAY + 10 * 60 * 60 * 1000 - ZONE)

/** So many days after the first one; its UTC fields are those of the gym's wall clock. */
export const dayAfter = (days) => new Date(MORNING.getTime() + ZONE + days * DAY)

/** The settings of a backend that sends through WeChat. */
function wechatSettings(varDir, wechat, templates) {
  const file = path.join(varDir, 'templates.json')
  writeFileSync(file, JSON.stringify(templates))
  return { GYM_WECHAT_BASE_URL: wechat, GYM_WECHAT_APPID: 'wx0', GYM_WECHAT_SECRET: 'secret', GYM_TEMPLATES: file }
}

/**
 * Starts all parts; if one fails, the parts that were started are stopped.
 * @param {{ openid: string, name: string }[]} accounts who may hold the phone
 * @param {{ app?: string, worker?: string }} [options] `app`: the folder of another mini-program than the repository's, such as
 *   one that was kept of an earlier version: its source with its `wasm/`; `worker`: the folder of a kept worker; `wechat`: the
 *   address of a WeChat in place of the recorder, and its `templates`
 */
export async function startWhole(accounts, { app, worker, wechat, templates } = {}) {
  const varDir = mkdtempSync(path.join(os.tmpdir(), 'gym-e2e-'))
  const stops = []
  const stop = async () => {
    for (const step of stops.reverse()) await step()
    rmSync(varDir, { recursive: true, force: true })
  }
  const part = async (start, end) => {
    const started = await start
    stops.push(() => end(started))
    return started
  }
  try {
    const backend = await part(startBackend({ varDir, env: wechat ? wechatSettings(varDir, wechat, templates) : {} }), (one) => one.stop())
    await client(backend.url).put('/dev/clock', { now: MORNING.toISOString() })
    const edge = await part(
      startWrangler({ origin: backend.url, jwks: backend.jwks(), port: await freePort(), log: path.join(varDir, 'edge.log'), worker }),
      (one) => one.stop(),
    )
    const config = JSON.stringify({ apiOrigin: 'http://127.0.0.1:8787', accounts: accounts.map((one) => ({ note: '', ...one })) })
    const page = await part(serve({ ...build({ app, name: app ? `kept-${path.basename(app)}` : 'miniprogram' }), edge: edge.url, config }), (one) => one.close())
    const browser = await part(launch(), (one) => one.close())
    return {
      backend,
      edge: edge.url,
      varDir,
      stop,
      /** Loads fixtures. */
      async load(world) {
        const file = path.join(varDir, 'world.json')
        writeFileSync(file, JSON.stringify(world))
        await backend.gym('fixtures', 'load', file)
      },
      /** Opens the mini-program as a parent; `top` is the page on top, `button` one of its buttons. */
      async phone(account, address, options = {}) {
        const opened = await open(browser, page.url, { account, path: address, subscribe: 'accept', ...options })
        const top = opened.page.locator('.mp-page:visible')
        return { ...opened, top, button: (name) => top.getByRole('button', { name }), dialog: opened.page.getByRole('dialog') }
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
