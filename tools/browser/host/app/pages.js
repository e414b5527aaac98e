// The page stack: opening, showing, hiding and closing pages, with the calls that WeChat makes on them.

import * as glassEasel from 'glass-easel'

import { backend } from './backend.js'
import { Signal } from './signal.js'

const STACK_LIMIT = 10

/** Emits the page on top whenever that, or its title, changes. */
export const onTop = new Signal()

const stack = []
const tabs = new Map()
let pkg
let createRoot

/** Must be called once, before the first page opens. */
export function initPages(compiled, makeRoot) {
  pkg = compiled
  createRoot = makeRoot
}

export const top = () => stack.at(-1)
export const depth = () => stack.length
export const currentPages = () => stack.map((node) => node.page)

/** The window settings of a page: its own JSON over the app's. */
export const windowOf = (path) => ({ ...pkg.app.window, ...pkg.components[path] })

export const isTab = (path) => (pkg.app.tabBar?.list ?? []).some((tab) => tab.pagePath === path)

function call(node, name, argument) {
  const method = node.page[name]
  if (typeof method === 'function') glassEasel.safeCallback(name, method, node.page, [argument], node.root.getComponent())
}

/** `?a=1&b=2` as WeChat hands it to onLoad: strings, not decoded. */
function parseQuery(text) {
  const query = {}
  for (const pair of text.split('&').filter(Boolean)) {
    const at = pair.indexOf('=')
    if (at < 0) query[pair] = ''
    else query[pair.slice(0, at)] = pair.slice(at + 1)
  }
  return query
}

/** A page address, relative to the page on top, taken apart. Throws what WeChat says for a page that is not there. */
export function parseUrl(url) {
  if (typeof url !== 'string' || url === '') throw new Error('invalid url')
  const [address, query = ''] = url.split('?')
  const parts = address.startsWith('/') || !top() ? [] : top().path.split('/').slice(0, -1)
  for (const part of address.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const path = parts.join('/')
  if (!pkg.pages.includes(path)) throw new Error(`page "${path}" is not found`)
  return { path, query: parseQuery(query) }
}

/** Makes a page and puts it on the stack; it is there already when its onLoad runs. */
function create({ path, query }) {
  const { made: root, styles } = backend.recordStyles(() => createRoot(path))
  const element = Object.assign(document.createElement('div'), { className: 'mp-page', hidden: true })
  document.getElementById('pages').append(element)
  const placeholder = element.appendChild(document.createElement('i'))
  const node = { path, root, page: root.get(), styles, element, title: windowOf(path).navigationBarTitleText ?? '' }
  node.page.route = path
  node.page.options = query
  stack.push(node)
  setVisible(node, false)
  if (isTab(path)) tabs.set(path, node)
  if (isTab(path) && pkg.app.tabBar.custom) addTabBar(node)
  call(node, 'onLoad', query)
  root.attach(element, placeholder)
}

/** A tab page has a copy of `custom-tab-bar/index` of its own, as in WeChat. */
function addTabBar(node) {
  const { made: root, styles } = backend.recordStyles(() => createRoot('custom-tab-bar/index'))
  node.styles.push(...styles)
  node.tabBar = root
  node.page.getTabBar = () => root.get()
  const holder = Object.assign(document.createElement('div'), { className: 'mp-tab-bar' })
  node.element.append(holder)
  root.attach(holder, holder.appendChild(document.createElement('i')))
}

function setVisible(node, visible) {
  node.element.hidden = !visible
  for (const style of node.styles) style.media = visible ? 'all' : 'not all'
}

/** Shows the page on top and calls its `onShow`. */
export function showTop() {
  const node = top()
  if (!node) return
  setVisible(node, true)
  node.root.getComponent().triggerPageLifetime('show', [])
  call(node, 'onShow')
  if (!node.ready) {
    node.ready = true
    requestAnimationFrame(() => call(node, 'onReady'))
  }
  onTop.emit(node)
}

/** Calls `onHide` of the page on top, and hides it unless `keep` is true (the app went to the background). */
export function hideTop(keep = false) {
  const node = top()
  if (!node) return
  if (!keep) setVisible(node, false)
  node.root.getComponent().triggerPageLifetime('hide', [])
  call(node, 'onHide')
}

function close(node) {
  call(node, 'onUnload')
  node.root.release()
  node.tabBar?.release()
  node.element.remove()
  for (const style of node.styles) style.remove()
  tabs.delete(node.path)
}

function push(target) {
  create(target)
  showTop()
}

export function navigateTo(url) {
  const target = parseUrl(url)
  if (isTab(target.path)) throw new Error('can not navigateTo a tabbar page')
  if (stack.length >= STACK_LIMIT) throw new Error('webview count limit exceed')
  hideTop()
  push(target)
}

export function redirectTo(url) {
  const target = parseUrl(url)
  if (isTab(target.path)) throw new Error('can not redirectTo a tabbar page')
  close(stack.pop())
  push(target)
}

export function reLaunch(url) {
  const target = parseUrl(url)
  const all = new Set([...stack.splice(0).reverse(), ...tabs.values()])
  for (const node of all) close(node)
  push(target)
}

export function switchTab(url) {
  const target = parseUrl(url)
  if (!isTab(target.path)) throw new Error('can not switch to no-tabBar page')
  if (top()?.path === target.path) return
  if (top() && isTab(top().path)) hideTop()
  // Tab pages are kept; pages opened on top of them are closed.
  for (const node of stack.splice(0).reverse()) if (!isTab(node.path)) close(node)
  const kept = tabs.get(target.path)
  if (!kept) return push({ path: target.path, query: {} })
  stack.push(kept)
  showTop()
}

export function navigateBack(delta = 1) {
  const steps = Math.min(delta, stack.length - 1)
  if (steps <= 0) throw new Error('cannot navigate back at first page')
  for (let i = 0; i < steps; i++) close(stack.pop())
  showTop()
}

export function setTitle(title) {
  top().title = title
  onTop.emit(top())
}

/** Calls a method of the page on top, such as on a pull-down or a tap on the tab bar. */
export const callTop = (name, argument) => call(top(), name, argument)
