// Starts a compiled mini-program in this document.

import { createWx } from '../wx/index.js'
import { appHidden, appShown } from '../wx/lifecycle.js'
import { networkChanged } from '../wx/network.js'
import { themeChanged } from '../wx/device.js'
import { resetRequests } from '../wx/request.js'
import { playUpdate, restarts } from '../wx/update.js'
import { refreshTheme } from './backend.js'
import { initChrome, redraw, refreshClock } from './chrome.js'
import { tapped } from './gesture.js'
import { initHover } from './hover.js'
import { createLoader } from './modules.js'
import { registerPackages } from './packages.js'
import { currentPages, hideTop, initPages, parseUrl, reLaunch, showTop, top } from './pages.js'
import { settings } from './settings.js'
import { share, shared } from './share.js'
import { WXWebAssembly } from './wasm.js'

let app
let running
let entered
const names = {
  App: (options) => {
    running = options
    running.globalData ??= {}
  },
  getApp: () => running,
  getCurrentPages: currentPages,
}

/** Skyline's defaults differ from the web's, unless app.json asks for the web's. */
function applyRenderer() {
  const skyline = app.app.rendererOptions?.skyline ?? {}
  document.documentElement.dataset.renderer = app.app.renderer ?? 'webview'
  document.documentElement.dataset.display = skyline.defaultDisplayBlock ? 'block' : 'flex'
  document.documentElement.dataset.box = skyline.defaultContentBox ? 'content' : 'border'
}

/**
 * Starts `compiled` with the host's built-in components; `globalThis.host` then drives it.
 * @returns what the status bar waits for
 */
export function start(builtin, compiled) {
  app = compiled
  applyRenderer()
  refreshTheme()
  initChrome(app.app, app.theme)
  initHover()

  initPages(app, (path) => registered.createRoot(path))
  resetRequests()
  const first = settings.path === '' ? app.pages[0] : settings.path
  const launch = enter(first, settings.scene)
  names.wx = createWx(launch, () => entered)
  names.WXWebAssembly = settings.wasm === 'off' ? undefined : WXWebAssembly

  const registered = registerPackages(builtin, app, (pkg, space, label) =>
    createLoader(pkg, space, pkg === builtin ? { ...names, host: { share } } : names, label),
  )
  const run = createLoader(app, registered.appSpace, names, 'miniprogram')
  run('app')
  for (const path of Object.keys(app.components)) run(path)

  running.onLaunch?.(launch)
  running.onShow?.(launch)
  open(first, settings.scene)
  return refreshClock()
}

/** Records the page, query and scene with which the mini-program was entered. */
function enter(url, scene) {
  entered = { ...parseUrl(`/${url.replace(/^\//, '')}`), scene, referrerInfo: {} }
  return entered
}

/** Opens a page alone on the stack, as a launch or a tapped message (scene 1107) does. */
function open(url, scene = 1001) {
  enter(url, scene)
  reLaunch(`/${url.replace(/^\//, '')}`)
}

/** For the demo console beside the phone, and for tests. */
globalThis.host = {
  settings,
  open,
  /** The page, query and scene with which the mini-program was last entered. */
  entered: () => entered,
  /** What App() was given, and the page on top. */
  app: () => running,
  page: () => top().page,
  /** The data of the page on top. */
  data: () => top().page.data,
  /** Paths of the open pages, the first opened first. */
  stack: () => currentPages().map((page) => page.route),
  setNetwork(network) {
    settings.network = network
    networkChanged()
  },
  setTheme(theme) {
    settings.theme = theme
    refreshTheme()
    redraw(app.app)
    themeChanged()
  },
  /** The parent leaves WeChat, and comes back. */
  hide() {
    hideTop(true)
    running.onHide?.()
    appHidden()
  },
  show() {
    const options = { path: top().path, query: top().page.options, scene: 1001 }
    running.onShow?.(options)
    appShown(options)
    showTop()
    return refreshClock()
  },
  refreshClock,
  tapped,
  /** The card that was sent last: `{ title, path }`. */
  shared,
  playUpdate,
  restarts,
}
