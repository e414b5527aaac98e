// The settings of this page, read once from its address and from /host-config.json.

const query = new URLSearchParams(location.search)
const file = await fetch('/host-config.json').then((answer) => answer.json())

/** The measures of the simulated phone, in CSS pixels. */
export const PHONE = { statusBarHeight: 47, homeIndicatorHeight: 34, capsule: { width: 87, height: 32, right: 7, gap: 5 } }

/** Settings that the demo console and tests may change while the page runs. */
export const settings = {
  /** The openid that `wx.login` logs in; storage is kept apart by it. */
  account: query.get('account') ?? file.accounts[0]?.openid ?? 'demo',
  /** The address that the mini-program calls; requests to it go to this page's own server. */
  apiOrigin: file.apiOrigin,
  /** `on` or `off`. */
  network: query.get('network') === 'off' ? 'off' : 'on',
  /** `light` or `dark`; left out, the browser's own. */
  theme: query.get('theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'),
  /** What a parent answers to `wx.requestSubscribeMessage`: `ask` shows the sheet, `accept` and `reject` answer for them. */
  subscribe: query.get('subscribe') ?? 'ask',
  /** `off`: the parent switched the mini-program's messages off in WeChat's settings. */
  messages: query.get('messages') === 'off' ? 'off' : 'on',
  /** `opened`: WeChat's privacy contract was opened. */
  contract: '',
  /** `off`: does not refuse what WeChat would; for a mini-program that was kept from before the host was strict. */
  strict: query.get('strict') === 'off' ? 'off' : 'on',
  /** `off`: a WeChat without WXWebAssembly. */
  wasm: query.get('wasm') === 'off' ? 'off' : 'on',
  /** How the mini-program was opened, by WeChat's numbers: 1001 by itself, 1107 by a tap on a message. */
  scene: Number(query.get('scene') ?? 1001),
  /** The first page, with its query; left out, the first one of app.json. */
  path: query.get('path') ?? '',
}
