// What a module can see. A name that is not there at all would throw without typeof.
module.exports = {
  absent: {
    window: typeof window,
    document: typeof document,
    fetch: typeof fetch,
    TextDecoder: typeof TextDecoder,
    TextEncoder: typeof TextEncoder,
    URL: typeof URL,
    BigInt: typeof BigInt,
    WebAssembly: typeof WebAssembly,
    localStorage: typeof localStorage,
    globalThis: typeof globalThis,
  },
  given: { wx: typeof wx, App: typeof App, Page: typeof Page, getApp: typeof getApp, WXWebAssembly: typeof WXWebAssembly, setTimeout: typeof setTimeout },
}
