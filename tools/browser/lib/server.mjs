// The page's server: host, compiled packages, libraries; /api/* and /healthz go on to the edge (or to a mock).

import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

const browser = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.wasm': 'application/wasm',
}

/** Headers that belong to one connection and are not passed on. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer']

const withoutHops = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))

const CODES = { 400: 'invalid_request', 404: 'not_found', 405: 'invalid_request', 500: 'internal', 503: 'unavailable' }

function problem(response, status, detail) {
  response.writeHead(status, { 'content-type': 'application/problem+json' })
  response.end(JSON.stringify({ type: 'about:blank', title: http.STATUS_CODES[status], status, detail, code: CODES[status] }))
}

function forward(request, response, edge) {
  const target = new URL(request.url, edge)
  const upstream = http.request(target, { method: request.method, headers: { ...withoutHops(request.headers), host: target.host } }, (answer) => {
    response.writeHead(answer.statusCode, withoutHops(answer.headers))
    pipeline(answer, response).catch(() => response.destroy())
  })
  upstream.on('error', (error) => {
    if (response.headersSent) response.destroy()
    else problem(response, 503, `the edge at ${edge} does not answer: ${error.code ?? error.message}`)
  })
  response.on('close', () => upstream.destroy())
  pipeline(request, upstream).catch(() => {})
}

async function answerFromMock(request, response, mock) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const url = new URL(request.url, 'http://mock')
  const answer = await mock({
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: text === '' ? undefined : JSON.parse(text),
  })
  if (!answer) return problem(response, 404, `the mock has no answer for ${request.method} ${url.pathname}`)
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', date: new Date().toUTCString(), ...answer.headers })
  response.end(answer.body === undefined ? '' : JSON.stringify(answer.body))
}

async function sendFile(response, file) {
  const found = await stat(file).catch(() => null)
  if (!found?.isFile()) return problem(response, 404, 'no such file')
  if (file.endsWith('.br')) {
    response.writeHead(200, { 'content-type': TYPES[path.extname(file.slice(0, -'.br'.length))] ?? 'application/octet-stream', 'cache-control': 'no-store' })
    return response.end(brotliDecompressSync(await readFile(file)))
  }
  response.writeHead(200, {
    'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
    'content-length': found.size,
    'cache-control': 'no-store',
  })
  await pipeline(createReadStream(file), response).catch(() => response.destroy())
}

/** The decoded path of a request, or undefined where it cannot be decoded. */
function pathOf(url) {
  try {
    return decodeURIComponent(new URL(url, 'http://page').pathname)
  } catch {
    return undefined
  }
}

/** The file behind a path under one of the served folders; undefined outside of them. */
function locate(pathname, folders) {
  for (const [prefix, folder] of folders) {
    if (!pathname.startsWith(prefix)) continue
    const file = path.join(folder, pathname.slice(prefix.length))
    return file.startsWith(folder + path.sep) ? file : undefined
  }
  return undefined
}

/**
 * Starts the server.
 * @param options.app the compiled mini-program
 * @param options.builtin the compiled built-in components
 * @param options.edge where /api/* goes
 * @param options.mock a function that answers /api/* in the edge's place
 * @param options.config the text of /host-config.json, or a function giving it
 * @param options.port 0 takes a free one
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serve({ app, builtin, edge = 'http://127.0.0.1:8787', mock, config, port = 0, libraries = path.resolve(browser, '../node_modules') }) {
  const folders = [
    ['/host/', path.join(browser, 'host')],
    ['/app/', path.resolve(app)],
    ['/builtin/', path.resolve(builtin)],
    ['/lib/', path.resolve(libraries)],
  ]
  const pages = { '/': 'index.html', '/index.html': 'index.html', '/app.html': 'app.html' }

  async function handle(request, response) {
    const pathname = pathOf(request.url)
    if (pathname === undefined) return problem(response, 400, 'the path cannot be decoded')
    if (pathname.startsWith('/api/') || pathname === '/healthz') {
      return mock ? answerFromMock(request, response, mock) : forward(request, response, edge)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return problem(response, 405, 'only GET here')
    if (pathname === '/host-config.json') {
      response.writeHead(200, { 'content-type': TYPES['.json'], 'cache-control': 'no-store' })
      return response.end(config)
    }
    const file = pages[pathname] ? path.join(browser, 'host', pages[pathname]) : locate(pathname, folders)
    return file ? sendFile(response, file) : problem(response, 404, 'no such file')
  }

  const server = http.createServer((request, response) => {
    handle(request, response).catch((error) => {
      console.error(`${request.method} ${request.url}: ${error.stack}`)
      if (response.headersSent) response.destroy()
      else problem(response, 500, error.message)
    })
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  }
}

/** The demo accounts and the address that the mini-program calls. */
export const readConfig = (file = path.join(browser, 'host-config.json')) => readFile(file, 'utf8')
