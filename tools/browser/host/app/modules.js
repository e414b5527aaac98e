// Loads a package's scripts: CommonJS, each module seeing only what WeChat gives it.

/** Names of the browser that a mini-program does not have: inside a module they are undefined. */
const ABSENT = [
  'globalThis',
  'window',
  'self',
  'frames',
  'parent',
  'top',
  'document',
  'location',
  'navigator',
  'history',
  'screen',
  'customElements',
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'EventSource',
  'Headers',
  'Request',
  'Response',
  'FormData',
  'AbortController',
  'AbortSignal',
  'localStorage',
  'sessionStorage',
  'indexedDB',
  'caches',
  'crypto',
  'performance',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'Blob',
  'File',
  'FileReader',
  'atob',
  'btoa',
  'WebAssembly',
  'Worker',
  'BigInt',
  'BigInt64Array',
  'BigUint64Array',
  'Intl',
  'structuredClone',
  'queueMicrotask',
  'requestAnimationFrame',
  'requestIdleCallback',
  'getComputedStyle',
  'matchMedia',
  'alert',
  'confirm',
  'prompt',
  'Image',
  'Event',
  'EventTarget',
  'CustomEvent',
  'MutationObserver',
  'ResizeObserver',
  'IntersectionObserver',
]

const GIVEN = ['require', 'module', 'exports', 'Page', 'Component', 'Behavior', 'App', 'getApp', 'getCurrentPages', 'wx', 'WXWebAssembly', 'host']

function resolve(from, path) {
  const parts = path.startsWith('/') ? [] : from.split('/').slice(0, -1)
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/**
 * A function that runs a module by its path, once.
 * @param pkg the compiled package
 * @param space the adapter's code space, which tells `Page` and `Component` which file they stand in
 * @param names App, getApp, getCurrentPages, wx, WXWebAssembly; `host`, for the built-in components alone
 * @param label shown before the path in stack traces
 */
export function createLoader(pkg, space, names, label) {
  const loaded = new Map()

  const find = (path) => {
    const bare = path.replace(/\.js$/, '')
    return [bare, `${bare}/index`].find((candidate) => candidate in pkg.modules)
  }

  const run = (path) => {
    if (loaded.has(path)) return loaded.get(path).exports
    const module = { exports: {} }
    loaded.set(path, module)
    const source = `"use strict"; return (() => {${pkg.modules[path]}\n})()\n//# sourceURL=${label}/${path}.js`
    const body = new Function(...GIVEN, ...ABSENT, source)
    const require = (wanted) => {
      const target = find(resolve(path, wanted))
      if (target === undefined) throw new Error(`module '${resolve(path, wanted)}.js' is not defined, require args is '${wanted}'`)
      return run(target)
    }
    space.componentEnv(path, ({ Page, Component, Behavior }) => {
      body(
        require,
        module,
        module.exports,
        Page,
        Component,
        Behavior,
        names.App,
        names.getApp,
        names.getCurrentPages,
        names.wx,
        names.WXWebAssembly,
        names.host,
      )
    })
    return module.exports
  }

  return run
}
