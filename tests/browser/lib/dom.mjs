// Runs the mini-program on WeChat's component framework in a DOM without a browser. Nothing is drawn, and the clock
// stands still until a test moves it. Each test file that uses this has a process of its own.

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { mock } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

import { Event } from 'glass-easel'
import { Window } from 'happy-dom'

import { profiles, sessions } from '../../../tools/browser/mock/people.mjs'
import { service, START } from '../../../tools/browser/mock/service.mjs'

const browser = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../tools/browser')
const ORIGIN = 'http://127.0.0.1:8787'
const GLOBALS = [
  'document',
  'location',
  'localStorage',
  'matchMedia',
  'getComputedStyle',
  'requestAnimationFrame',
  'addEventListener',
  'innerWidth',
  'innerHeight',
  'devicePixelRatio',
  'Element',
  'HTMLElement',
  'Node',
  'CSSMediaRule',
  'MutationObserver',
]

/** How many turns of the event loop pass before the page counts as settled. Answering and drawing take a few. */
const TURNS = 40
/** Milliseconds of real time that a load may take before the test fails. The rules are compiled on another thread. */
const PATIENCE = 15_000
const BEAT = 250

const state = { answer: undefined, wasm: 'on', seen: [] }
let host

/** Starts the host on packages that `build` of build.mjs has compiled. */
export async function startDom(built) {
  const window = new Window({ url: 'http://phone/app.html', width: 390, height: 844 })
  globalThis.window = window
  for (const name of GLOBALS) {
    const value = window[name]
    globalThis[name] = typeof value === 'function' && !value.prototype ? value.bind(window) : value
  }
  const html = await readFile(path.join(browser, 'host/app.html'), 'utf8')
  document.body.innerHTML = html.match(/<body>([^]*)<script type="module"/)[1]
  globalThis.fetch = answer
  const load = async (folder) => (await import(pathToFileURL(path.join(folder, 'package.js')))).default
  const [{ start }, builtin, app] = await Promise.all([import('../../../tools/browser/host/app/start.js'), load(built.builtin), load(built.app)])
  host = { start: () => start(builtin, app), app: built.app }
}

/** Answers the host's `fetch`: its settings, the package's files, the service. */
async function answer(address, { method = 'GET', headers, body } = {}) {
  const url = new URL(address, 'http://phone')
  if (url.pathname === '/host-config.json') return Response.json({ apiOrigin: ORIGIN, accounts: [{ openid: 'demo-lin' }] })
  if (url.pathname.startsWith('/app/')) {
    await state.wasm
    return new Response(brotliDecompressSync(await readFile(path.join(host.app, url.pathname.slice('/app/'.length)))))
  }
  const request = { method, path: url.pathname, query: Object.fromEntries(url.searchParams), headers, body: body && JSON.parse(body) }
  state.seen.push(`${method} ${url.pathname.replace('/api/v1', '')}`)
  const { status = 200, headers: head, body: json } = await state.answer(request)
  return new Response(JSON.stringify(json), { status, headers: head })
}

const turn = () => new Promise((go) => setImmediate(go))

/** Lets everything that does not wait for the clock happen. */
async function settled() {
  for (let left = TURNS; left > 0; left -= 1) await turn()
}

async function loaded() {
  const end = performance.now() + PATIENCE
  while (globalThis.host.data().view === 'loading' && performance.now() < end) await turn()
  await settled()
}

/** The timeouts under way. */
function watchTimeouts() {
  const { setTimeout: set, clearTimeout: clear } = globalThis
  const pending = new Set()
  globalThis.setTimeout = (work, ...rest) => {
    const timer = set(() => (pending.delete(timer), work()), ...rest)
    pending.add(timer)
    return timer
  }
  // Node's mock clears another timeout where the one given has already run, or belongs to an earlier phone.
  globalThis.clearTimeout = (timer) => pending.delete(timer) && clear(timer)
  return pending
}

const visible = () => [...document.querySelectorAll('.mp-page')].find((element) => !element.hidden)
const nameOf = (element) => element.getAttribute('aria-label') ?? element.textContent.trim()

function tapOn(element) {
  globalThis.host.tapped()
  let target = element
  while (!target.__wxElement) target = target.parentElement
  Event.dispatchEvent(target.__wxElement, new Event('tap', {}, { bubbles: true, composed: true, capturePhase: true }))
}

/**
 * Opens `path` over a scenario at its first moment, and runs `steps`.
 * `tap`, `tapBeside` (a dialog), `text`, `names` touch and read the page on top; `pass` lets milliseconds go by, `sleep` too, but no timer runs
 * meanwhile, as on a phone that sleeps; `move` sets the phone's clock, not the service's; `timeouts` counts those under way; `seen` counts requests.
 * `wasm`: `off` on a WeChat without WXWebAssembly, a promise where it takes its time; `network: 'off'` begins without one;
 * `wait: false` begins before the page is loaded.
 */
export async function domPhone({ path: address, scenario, wasm = 'on', network = 'on', wait = true }, steps) {
  let now = START
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  mock.method(Date, 'now', () => now)
  mock.method(console, 'warn', () => {})
  const pending = watchTimeouts()
  Object.assign(state, { wasm, seen: [], answer: service({ profiles, sessions, bookings: [], entries: [], ...scenario }) })
  localStorage.clear()
  document.getElementById('overlay').replaceChildren()
  const all = (role) => [...visible().querySelectorAll(`[role="${role}"]`)]
  const sleep = async (milliseconds) => {
    now += milliseconds
    await settled()
  }
  try {
    Object.assign(globalThis.host.settings, { path: address, network, subscribe: 'accept', wasm: wasm === 'off' ? 'off' : 'on' })
    host.start()
    await (wait ? loaded() : settled())
    await steps({
      loaded,
      sleep,
      move(milliseconds) {
        now += milliseconds
        state.answer.advance(-milliseconds)
      },
      text: () => visible().textContent,
      names: (role) => all(role).map(nameOf),
      data: () => globalThis.host.data(),
      seen: (name) => state.seen.filter((one) => one === name).length,
      timeouts: () => pending.size,
      async pass(milliseconds) {
        for (let left = milliseconds; left > 0; left -= BEAT) {
          now += Math.min(left, BEAT)
          mock.timers.tick(Math.min(left, BEAT))
          await settled()
        }
      },
      async tap(role, name) {
        const target = all(role).find((element) => nameOf(element).includes(name))
        if (!target) throw new Error(`no ${role} 「${name}」 among: ${all(role).map(nameOf).join(' | ')}`)
        tapOn(target)
        await settled()
      },
      async tapBeside(dialog) {
        tapOn(dialog.parentElement.firstElementChild)
        await settled()
      },
    })
  } finally {
    globalThis.host.hide()
    mock.timers.reset()
    mock.restoreAll()
  }
}
