// Edge parity: every kind of request is sent to a backend, and to the edge in front of another backend with the same
// history. Their answers must be equal byte for byte, except for headers that name the hop.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { root, startBackend } from '../../tools/stack/backend.mjs'
import { client } from '../../tools/stack/client.mjs'
import { startWrangler } from '../../tools/stack/edge.mjs'
import { freePort } from '../../tools/stack/wait.mjs'
import { MORNING, calls, variants, world } from './calls.mjs'

/** The headers that the contract defines. */
const CONTRACT_HEADERS = [
  'content-type', 'etag', 'cache-control', 'retry-after', 'allow', 'idempotency-replayed', 'location', 'www-authenticate',
  'x-request-id',
]

const BODY_LIMIT = 64 * 1024

const varDir = mkdtempSync(path.join(os.tmpdir(), 'gym-edge-parity-'))
const stops = []
let servers, tokens

before(async () => {
  const [near, far] = ['near', 'far'].map((name) => path.join(varDir, name))
  // Both backends share a signing key that the test holds, so that a token is valid at both and the test can sign invalid claims.
  const { privateKey } = generateKeyPairSync('ed25519')
  const GYM_JWT_KEY = path.join(near, 'jwt.key')
  mkdirSync(near)
  writeFileSync(GYM_JWT_KEY, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const backend = await startBackend({ varDir: near, env: { GYM_JWT_KEY } })
  stops.push(backend.stop)
  const origin = await startBackend({ varDir: far, env: { GYM_JWT_KEY } })
  stops.push(origin.stop)
  const edge = await startWrangler({ origin: origin.url, jwks: backend.jwks(), port: await freePort(), log: path.join(varDir, 'edge.log') })
  stops.push(edge.stop)
  servers = { backend: backend.url, edge: edge.url }

  const file = path.join(varDir, 'gym.json')
  writeFileSync(file, JSON.stringify(world))
  for (const one of [backend, origin]) {
    await client(one.url).put('/dev/clock', { now: MORNING })
    await one.gym('fixtures', 'load', file)
  }
  const issue = (account, role) => backend.gym('token', '--account', String(account), '--role', role)
  tokens = {
    ma: await issue(1, 'member'),
    pa: await issue(2, 'member'),
    coach: await issue(3, 'staff'),
    cron: await issue(4, 'service'),
    owner: await issue(5, 'owner'),
    /** A second token of `pa`, which logs out. */
    leaver: await issue(2, 'member'),
    /** For an account that does not exist. */
    gone: await issue(999, 'member'),
    /** For a member's account with the role of staff. */
    liar: await issue(1, 'staff'),
    stranger: 'not.a.token',
    forger: `${await issue(1, 'member')}x`,
    ...forged(privateKey, JSON.parse(backend.jwks()).keys[0].kid),
  }
})

/** Tokens that are signed with the right key but have wrong claims or headers, and one with a broken signature. */
function forged(key, kid) {
  const now = Math.floor(Date.now() / 1000)
  const b64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = (claims, header) => {
    const all = { sub: '1', role: 'member', iat: now, exp: now + 3600, jti: 'j', ...claims }
    const signed = `${b64({ alg: 'EdDSA', typ: 'JWT', kid, ...header })}.${b64(all)}`
    return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
  }
  return {
    'expired': token({ iat: now - 60, exp: now }),
    'long-lived': token({ exp: now + 100_000 }),
    'from the future': token({ iat: now + 90_000, exp: now + 93_600 }),
    'without sub': token({ sub: undefined }),
    'without jti': token({ jti: undefined }),
    'of nobody': token({ sub: '0' }),
    'of a name': token({ sub: 'ma' }),
    'of no role of ours': token({ role: 'king' }),
    'of another key': token({}, { kid: 'other' }),
    'without a key': token({}, { kid: undefined }),
    'of another kind': token({}, { alg: 'HS256' }),
    'of no kind': token({}, { alg: 'none' }),
    'cut short': token().slice(0, -10),
  }
}

after(async () => {
  for (const stop of stops.reverse()) await stop()
  rmSync(varDir, { recursive: true, force: true })
})

/** Sends a request; returns the status, the headers of the contract and the body's bytes. */
async function ask(base, { method, path: where, who, headers, body }, id) {
  const request = http.request(`${base}/`, {
    // A request refused before its body was read may close the connection, so each request has its own.
    agent: false,
    method,
    path: where,
    headers: {
      'x-request-id': id,
      ...(tokens[who] && { authorization: `Bearer ${tokens[who]}` }),
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
  })
  // The backend answers before it reads a body that is announced as too large, and closes the connection.
  const tooLarge = base === servers.backend && body !== undefined && Buffer.byteLength(body) > BODY_LIMIT
  if (tooLarge) request.flushHeaders()
  else request.end(body)
  request.setTimeout(20_000, () => request.destroy(new Error(`no answer: ${method} ${where}`)))
  const [response] = await once(request, 'response')
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  if (tooLarge) request.on('error', () => {}).destroy()
  const kept = Object.fromEntries(CONTRACT_HEADERS.filter((name) => name in response.headers).map((name) => [name, response.headers[name]]))
  return { status: response.statusCode, headers: kept, body: Buffer.concat(chunks).toString('latin1') }
}

/** Removes what differs between two services: secrets, the times and ids that one of them counts alone, and the version in an `etag`. */
function comparable({ status, headers, body }) {
  const etag = headers.etag?.replace(/^W\/"[\w-]+"$/, 'W/"…"')
  const secrets = /"(token|expires_at|device_code|user_code)":"[^"]*"/g
  return {
    status,
    headers: { ...headers, ...(etag && { etag }) },
    body: /^{"(token|device_code)":/.test(body) ? body.replace(secrets, '"$1":"…"') : body.replace(/"code":"[A-Z]{8}"/, '"code":"…"').replace(/"since":"[^"]*"/g, '"since":"…"').replace(/"id":\d+,"at"/g, '"id":"…","at"').replace(/("created_by":0,"created_at"):"[^"]*"/g, '$1:"…"'),
  }
}

const shown = ({ method, path: where, who, headers, body }) =>
  `${method} ${where} as ${who} ${JSON.stringify(headers)} ${String(body ?? '').slice(0, 200)}`

test('the calls cover all operations of the contract', () => {
  const contract = JSON.parse(readFileSync(path.join(root, 'docs/openapi.json'), 'utf8'))
  const operations = Object.entries(contract.paths)
    .flatMap(([where, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${where}`))
  assert.deepEqual(Object.keys(calls).sort(), operations.sort())
})

/** Sends all requests to both servers and reports the differences; returns the statuses. */
async function compare(all) {
  const seen = new Set()
  const differences = []
  let count = 0
  for (const call of all) {
    const id = `r-${count += 1}`
    const expected = comparable(await ask(servers.backend, call, id))
    const answered = comparable(await ask(servers.edge, call, id))
    assert.ok(expected.status < 500, `${shown(call)}: ${expected.body}`)
    seen.add(expected.status)
    try {
      assert.deepEqual(answered, expected)
    } catch {
      differences.push(`${shown(call)}\n  backend ${JSON.stringify(expected)}\n  edge    ${JSON.stringify(answered)}`)
    }
  }
  assert.equal(differences.length, 0, `${differences.length} of ${count}:\n${differences.join('\n')}`)
  return [...seen]
}

// The logout ends tokens that the other calls need, so it is last.
const LOGOUT = 'POST /api/v1/auth/logout'
for (const operation of [...Object.keys(calls).filter((name) => name !== LOGOUT), LOGOUT]) {
  test(operation, async () => {
    const seen = await compare(variants(operation))
    // The variants include accepted requests and refused ones.
    assert.ok((calls[operation].isRefused || seen.some((status) => status < 300)) && seen.some((status) => status >= 400), seen.join())
  })
}

test('valid and invalid tokens', async () => {
  const seen = await compare(Object.keys(tokens).map((who) => ({ method: 'GET', path: '/api/v1/profiles', who, headers: {} })))
  assert.deepEqual(seen.sort(), [200, 401, 403])
  const odd = ['Bearer', 'Bearer ', 'Basic YTpi', 'bearer x', `BEARER  ${tokens.ma}`, `Bearer\t${tokens.ma}`, tokens.ma]
  await compare(odd.map((authorization) => ({ method: 'GET', path: '/api/v1/profiles', headers: { authorization } })))
})

test('unknown paths', async () => {
  const paths = ['/', '/api', '/api/v1', '/api/v1/', '/api/v2/time', '/api/v1/nothing', '/api/v1/waitlist', '/api/v1/TIME', '/%', '/api/v1/time%2f']
  const calls = paths.flatMap((where) => ['GET', 'POST', 'OPTIONS'].map((method) => ({ method, path: where, who: 'ma', headers: {} })))
  assert.deepEqual(await compare(calls), [404])
})
