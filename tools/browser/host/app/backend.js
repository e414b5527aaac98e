// glass-easel on this page's DOM, with what a mini-program's renderer adds to it.

import * as glassEasel from 'glass-easel'

import { tapped } from './gesture.js'
import { settings } from './settings.js'

const RPX_PER_SCREEN = 750

/** `rpx` in inline styles: the stylesheet compiler only sees .wxss files. */
const withRpx = (style) => style.replace(/(-?\d*\.?\d+)rpx\b/g, (_, n) => `${(Number(n) * 100) / RPX_PER_SCREEN}vw`)

/** Attributes that DOM spells differently. */
const ATTRIBUTES = { 'aria-role': 'role' }

function setAttribute(name, value) {
  Element.prototype.setAttribute.call(this, ATTRIBUTES[name] ?? name, name === 'style' ? withRpx(String(value)) : value)
}

/** Makes `wx-` elements, so that `<input>` and its like are not the browser's; `html-*` are real ones, for the built-in components. */
function createElement(tag) {
  const element = document.createElement(tag.startsWith('html-') ? tag.slice('html-'.length) : `wx-${tag}`)
  element.setAttribute = setAttribute
  return element
}

class Backend extends glassEasel.CurrentWindowBackendContext {
  /** The style elements that `recordStyles` is gathering. */
  #recording = null

  document = {
    createElement,
    createTextNode: (text) => document.createTextNode(text),
    createDocumentFragment: () => document.createDocumentFragment(),
  }

  getTheme() {
    return settings.theme
  }

  /** Runs `make` and returns its result with the style elements it added: a page's styles go with the page. */
  recordStyles(make) {
    const styles = (this.#recording = [])
    try {
      return { made: make(), styles }
    } finally {
      this.#recording = null
    }
  }

  appendStyleSheetPath(path, scope) {
    const last = document.head.lastElementChild
    const id = super.appendStyleSheetPath(path, scope)
    const added = document.head.lastElementChild
    if (added !== last) {
      applyTheme(added)
      this.#recording?.push(added)
    }
    return id
  }
}

export const backend = new Backend()

function dispatch(target, type, detail, options) {
  if (type === 'tap') tapped()
  const event = new glassEasel.Event(type, detail, options)
  glassEasel.Event.dispatchEvent(target, event)
  return event.getEventBubbleStatus()
}
backend.onEvent(dispatch)

// A focused button answers to the keyboard as to a tap.
document.addEventListener('keydown', (event) => {
  const target = event.target
  if ((event.key !== 'Enter' && event.key !== ' ') || !target.__wxElement || !target.matches('[role][tabindex]')) return
  event.preventDefault()
  if (target.getAttribute('aria-disabled') === 'true') return
  dispatch(target.__wxElement, 'tap', {}, { originalEvent: event, bubbles: true, composed: true, capturePhase: true })
})

// --- light and dark: the frame's theme overrides the browser's, so the media queries are rewritten.
const mediaTexts = new WeakMap()

function applyTheme(style) {
  for (const rule of style.sheet?.cssRules ?? []) {
    if (!(rule instanceof CSSMediaRule)) continue
    if (!mediaTexts.has(rule)) mediaTexts.set(rule, rule.media.mediaText)
    rule.media.mediaText = mediaTexts
      .get(rule)
      .replace(/\(\s*prefers-color-scheme:\s*(\w+)\s*\)/g, (_, theme) => (theme === settings.theme ? '(min-width: 0)' : '(max-width: 0)'))
  }
}

/** Shows the page in `settings.theme`. */
export function refreshTheme() {
  document.documentElement.dataset.theme = settings.theme
  for (const style of document.head.querySelectorAll('style')) {
    const media = style.media // a rule list is there only while the element is switched on
    style.media = ''
    applyTheme(style)
    style.media = media
  }
}
