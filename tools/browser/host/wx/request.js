// wx.request over fetch: the address of the mini-program's server becomes this page's own server, which forwards it.

import { settings } from '../app/settings.js'
import { settle } from './call.js'

/** WeChat has no PATCH. */
const METHODS = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT']
const DEFAULT_TIMEOUT = 60_000
/** How many requests may be under way at once. */
const AT_ONCE = 10

/** The requests of this launch. */
let tasks = { underWay: 0 }

/** A new launch begins without requests. */
export const resetRequests = () => {
  tasks = { underWay: 0 }
}

class RequestFailure extends Error {
  constructor(message, errno) {
    super(message)
    this.errno = errno
  }
}

function address(url) {
  if (typeof url !== 'string' || !url.startsWith(`${settings.apiOrigin}/`)) {
    throw new RequestFailure(`url not in domain list: ${url}`, 600002)
  }
  return new URL(url.slice(settings.apiOrigin.length), location.origin)
}

function prepare(options) {
  const method = (options.method ?? 'GET').toUpperCase()
  if (!METHODS.includes(method)) throw new RequestFailure(`invalid method "${method}"`, 600000)
  const url = address(options.url)
  const headers = new Headers(options.header)
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  let body
  if (options.data !== undefined && options.data !== null) {
    if (method === 'GET' || method === 'HEAD') {
      for (const [name, value] of Object.entries(options.data)) url.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value))
    } else {
      body = typeof options.data === 'string' || options.data instanceof ArrayBuffer ? options.data : encode(options.data, headers)
    }
  }
  return { url, init: { method, headers, body, cache: 'no-store', credentials: 'omit' } }
}

const encode = (data, headers) => (headers.get('content-type').includes('x-www-form-urlencoded') ? new URLSearchParams(data).toString() : JSON.stringify(data))

async function read(response, options) {
  if (options.responseType === 'arraybuffer') return response.arrayBuffer()
  const text = await response.text()
  if ((options.dataType ?? 'json') !== 'json') return text
  try {
    return JSON.parse(text)
  } catch {
    return text // WeChat hands over what is not JSON as it came
  }
}

function failure(error, signal) {
  if (error instanceof RequestFailure) return { errMsg: `request:fail ${error.message}`, errno: error.errno }
  if (signal.aborted && signal.reason === 'abort') return { errMsg: 'request:fail abort', errno: 600003 }
  if (signal.aborted) return { errMsg: 'request:fail timeout', errno: 5 }
  return { errMsg: `request:fail ${error.message}`, errno: 600001 }
}

async function send(options, controller, onHeaders) {
  if (settings.network === 'off') throw new RequestFailure('errcode:-106 error_msg:net::ERR_INTERNET_DISCONNECTED', 600001)
  const { url, init } = prepare(options)
  const response = await fetch(url, { ...init, signal: controller.signal })
  const header = Object.fromEntries(response.headers)
  onHeaders({ header, statusCode: response.status, cookies: [] })
  return { data: await read(response, options), statusCode: response.status, header, cookies: [], errMsg: 'request:ok' }
}

/** Returns a task that can be aborted, never a promise: so does WeChat. */
export function request(options) {
  const controller = new AbortController()
  const listeners = new Set()
  const timer = setTimeout(() => controller.abort('timeout'), options.timeout ?? DEFAULT_TIMEOUT)
  const launch = tasks
  launch.underWay += 1
  Promise.resolve(launch.underWay)
    .then((count) => {
      if (settings.strict === 'on' && count > AT_ONCE) throw new RequestFailure('exceed max task count', 600008)
      return send(options, controller, (headers) => listeners.forEach((listener) => listener(headers)))
    })
    .then(
      (result) => ({ callback: options.success, result }),
      (error) => ({ callback: options.fail, result: failure(error, controller.signal) }),
    )
    .then(({ callback, result }) => {
      launch.underWay -= 1
      clearTimeout(timer)
      settle(callback, result)
      settle(options.complete, result)
    })
  return {
    abort: () => controller.abort('abort'),
    onHeadersReceived: (listener) => listeners.add(listener),
    offHeadersReceived: (listener) => (listener ? listeners.delete(listener) : listeners.clear()),
  }
}
