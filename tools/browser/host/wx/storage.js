// Storage, kept apart by account: two parents on one computer never see each other's.

import { settings } from '../app/settings.js'
import { api, WxError } from './call.js'

/** What one key may hold, in characters. */
const KEY_LIMIT = 1024 * 1024

const prefix = () => `mp:${settings.account}:`
const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix()))
const has = (key) => localStorage.getItem(prefix() + key) !== null

function get(key) {
  const text = localStorage.getItem(prefix() + key)
  return text === null ? '' : JSON.parse(text)
}

function set(key, value) {
  if (typeof key !== 'string') throw new WxError('parameter error: parameter.key should be String')
  const text = JSON.stringify(value ?? '')
  if (text.length > KEY_LIMIT) throw new WxError('exceed storage item max length')
  localStorage.setItem(prefix() + key, text)
}

const remove = (key) => localStorage.removeItem(prefix() + key)
const clear = () => keys().forEach((key) => localStorage.removeItem(key))

const info = () => ({
  keys: keys().map((key) => key.slice(prefix().length)),
  currentSize: Math.ceil(keys().reduce((size, key) => size + localStorage.getItem(key).length, 0) / 1024),
  limitSize: 10 * 1024,
})

export const storage = {
  getStorageSync: get,
  setStorageSync: set,
  removeStorageSync: remove,
  clearStorageSync: clear,
  getStorageInfoSync: info,
  getStorage: api('getStorage', ({ key }) => {
    if (!has(key)) throw new WxError('data not found')
    return { data: get(key) }
  }),
  setStorage: api('setStorage', ({ key, data }) => set(key, data)),
  removeStorage: api('removeStorage', ({ key }) => remove(key)),
  clearStorage: api('clearStorage', clear),
  getStorageInfo: api('getStorageInfo', info),
}
