// One contract, two servers: everything that can be asked is asked of a backend, and of the edge before another backend
// that has seen the same. What they answer is compared byte for byte; headers that name the hop are let be.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { root, startBackend } from '../stack/backend.mjs'
import { client } from '../stack/client.mjs'
import { startWrangler } from '../stack/edge.mjs'
import { freePort } from '../stack/wait.mjs'
import { MORNING, calls, variants, world } from './calls.mjs'

/** Whose presence and value are the contract's. */
const KEPT = [
  'content-type', 'etag', 'cache-control', 'retry-after', 'allow', 'idempotency-replayed', 'location', 'www-authenticate',
  'x-request-id',
]

const BODY_LIMIT = 64 * 1024

const varDir = mkdtempSync(path.join(os.tmpdir(), 'gym-homes-'))
const stops = []
let homes, tokens

before(async () => {
  const [near, far] = ['near', 'far'].map((name) => path.join(varDir, name))
  // One signing key, so that one token is good at both; ours, so that there are tokens which no signer would make.
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
  homes = { backend: backend.url, edge: edge.url }

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
    /** Of an account that is none. */
    gone: await issue(999, 'member'),
    /** A member who says that he is staff. */
    liar: await issue(1, 'staff'),
    stranger: 'not.a.token',
    forger: `${await issue(1, 'member')}x`,
    ...forged(privateKey, JSON.parse(backend.jwks()).keys[0].kid),
  }
})

/** Tokens that the gym's own key signed, and that no signer of the gym's would make. */
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
    'of an owner': token({ role: 'owner' }),
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

/** What a home answers: status, kept headers, bytes. */
async function ask(base, { method, path: where, who, headers, body }, id) {
  const request = http.request(`${base}/`, {
    // Who is refused before the body was read may find the connection closed: each has its own.
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
  // The backend answers before it reads what is said to be too large, and closes the connection on whoever still sends.
  const tooLarge = base === homes.backend && body !== undefined && Buffer.byteLength(body) > BODY_LIMIT
  if (tooLarge) request.flushHeaders()
  else request.end(body)
  request.setTimeout(20_000, () => request.destroy(new Error(`no answer: ${method} ${where}`)))
  const [response] = await once(request, 'response')
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  if (tooLarge) request.on('error', () => {}).destroy()
  const kept = Object.fromEntries(KEPT.filter((name) => name in response.headers).map((name) => [name, response.headers[name]]))
  return { status: response.statusCode, headers: kept, body: Buffer.concat(chunks).toString('latin1') }
}

/** Without what no two services have in common: a login's token, and the tag by which one knows its own rows' versions. */
function comparable({ status, headers, body }) {
  const etag = headers.etag?.replace(/^W\/"[\w-]+"$/, 'W/"…"')
  const login = body.startsWith('{"token":')
  return {
    status,
    headers: { ...headers, ...(etag && { etag }) },
    body: login ? body.replace(/"token":"[^"]*"/, '"token":"…"').replace(/"expires_at":"[^"]*"/, '"expires_at":"…"') : body,
  }
}

const shown = ({ method, path: where, who, headers, body }) =>
  `${method} ${where} as ${who} ${JSON.stringify(headers)} ${String(body ?? '').slice(0, 200)}`

test('these are all operations of the contract', () => {
  const contract = JSON.parse(readFileSync(path.join(root, 'docs/openapi.json'), 'utf8'))
  const operations = Object.entries(contract.paths)
    .flatMap(([where, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${where}`))
  assert.deepEqual(Object.keys(calls).sort(), operations.sort())
})

/** Asks everything of both, and says where they differ. */
async function compare(all) {
  const seen = new Set()
  const differences = []
  let count = 0
  for (const call of all) {
    const id = `r-${count += 1}`
    const expected = comparable(await ask(homes.backend, call, id))
    const answered = comparable(await ask(homes.edge, call, id))
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

for (const operation of Object.keys(calls)) {
  test(operation, async () => {
    const seen = await compare(variants(operation))
    // The list is about something: a good call was among the bad ones.
    assert.ok(seen.some((status) => status < 300) && seen.some((status) => status >= 400), seen.join())
  })
}

test('every token that is no good, and some that are', async () => {
  const seen = await compare(Object.keys(tokens).map((who) => ({ method: 'GET', path: '/api/v1/profiles', who, headers: {} })))
  assert.deepEqual(seen.sort(), [200, 401, 403])
  const odd = ['Bearer', 'Bearer ', 'Basic YTpi', 'bearer x', `BEARER  ${tokens.ma}`, `Bearer\t${tokens.ma}`, tokens.ma]
  await compare(odd.map((authorization) => ({ method: 'GET', path: '/api/v1/profiles', headers: { authorization } })))
})

test('what is no path of the contract', async () => {
  const paths = ['/', '/api', '/api/v1', '/api/v1/', '/api/v2/time', '/api/v1/nothing', '/api/v1/waitlist', '/api/v1/TIME', '/%', '/api/v1/time%2f']
  const calls = paths.flatMap((where) => ['GET', 'POST', 'OPTIONS'].map((method) => ({ method, path: where, who: 'ma', headers: {} })))
  assert.deepEqual(await compare(calls), [404])
})
