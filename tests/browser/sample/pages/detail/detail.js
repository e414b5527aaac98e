const { note } = require('../../utils/log')
const scope = require('../../utils/scope')

// The tests call `run` with what they want to know of the wx object: only a module of the package sees it.
const QUESTIONS = {
  scope: () => scope,
  request: (options) => new Promise((resolve) => wx.request({ ...options, complete: resolve })),
  requests: (all) => Promise.all(all.map((options) => QUESTIONS.request(options))),
  requestIsNoPromise: () => typeof wx.request({ url: '' }).then,
  call: ({ name, options }) => wx[name](options),
  sync: ({ name, options }) => wx[name](...options),
  absent: ({ name }) => typeof wx[name],
  wasm: async ({ path, a, b }) => (await WXWebAssembly.instantiate(path, {})).instance.exports.add(a, b),
  frame: () => ({ window: wx.getWindowInfo(), capsule: wx.getMenuButtonBoundingClientRect() }),
}

Page({
  data: { id: '', name: '', result: '' },
  onLoad(query) {
    note(`detail load ${query.id}`)
    this.setData({ id: query.id, name: decodeURIComponent(query.name || '') })
    wx.onNetworkStatusChange((state) => note(`network ${state.isConnected}`))
    wx.onAppShow(() => note('heard app show'))
    wx.onThemeChange(({ theme }) => note(`theme ${theme}`))
  },
  onShow() {
    note('detail show')
  },
  onHide() {
    note('detail hide')
  },
  onUnload() {
    note('detail unload')
  },
  async run(question, options) {
    let result
    try {
      result = { ok: await QUESTIONS[question](options) }
    } catch (error) {
      result = { failed: error.errMsg || error.message }
    }
    this.setData({ result: JSON.stringify(result) })
  },
})
