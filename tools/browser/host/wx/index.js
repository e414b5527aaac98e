// The wx object: what the mini-program needs of WeChat. A name that is not simulated is undefined, and says so once.

import { top } from '../app/pages.js'
import { account } from './account.js'
import { device } from './device.js'
import { lifecycle } from './lifecycle.js'
import { navigation } from './navigation.js'
import { network } from './network.js'
import { request } from './request.js'
import { storage } from './storage.js'
import { ui } from './ui.js'
import { update } from './update.js'

const logger = { debug: console.debug, info: console.info, log: console.log, warn: console.warn, error: console.error, addFilterMsg() {}, setFilterMsg() {} }

/**
 * @param launch what App.onLaunch gets
 * @param entered returns how the mini-program was last entered
 */
export function createWx(launch, entered) {
  const known = {
    ...account,
    ...device,
    ...lifecycle,
    ...navigation,
    ...network,
    ...storage,
    ...ui,
    ...update,
    request,
    getLaunchOptionsSync: () => launch,
    getEnterOptionsSync: entered,
    nextTick: (callback) => void Promise.resolve().then(callback),
    createSelectorQuery: () => top().page.createSelectorQuery(),
    createIntersectionObserver: (component, options) => component.createIntersectionObserver(options),
    canIUse: (name) => name.split('.')[0] in known || name.split('.')[0] === 'WXWebAssembly',
    getLogManager: () => logger,
    getRealtimeLogManager: () => logger,
    env: { USER_DATA_PATH: 'wxfile://usr' },
  }
  const missed = new Set()
  return new Proxy(known, {
    get(target, name) {
      if (!(name in target) && typeof name === 'string' && !missed.has(name)) {
        missed.add(name)
        console.warn(`[host] wx.${name} is not simulated`)
      }
      return target[name]
    },
  })
}
