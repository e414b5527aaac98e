// Tokens: verified with the public key, before the origin is called.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { signer } from '../../tools/stack/signer.mjs';
import { assertLogged, assertProblem, startEdge } from './harness.mjs';

let edge;
before(async () => { edge = await startEdge(); });
beforeEach(() => { edge.origin.requests.length = 0; });
after(() => edge.stop());

const now = () => Math.floor(Date.now() / 1000);
const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });
const profiles = (token) => edge.fetch('/api/v1/profiles', bearer(token));

test('a valid token is forwarded', async () => {
  const token = edge.keys.token();
  for (let round = 0; round < 3; round += 1) assert.equal((await profiles(token)).status, 200);
  assert.equal(edge.origin.requests.length, 3);
  assert.equal(edge.origin.requests[0].headers.authorization, `Bearer ${token}`);
  assert.equal((await edge.fetch('/api/v1/profiles', { headers: { authorization: `bearer ${token}` } })).status, 200);
  assert.equal((await profiles(edge.keys.token({}, { kid: undefined }))).status, 200, 'no key named, as at the backend');
});

test('a missing token is 401 and says what to send', async () => {
  const answer = await edge.fetch('/api/v1/profiles');
  assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
  await assertProblem(answer, 401, 'unauthenticated');
});

test('an invalid token is 401', async () => {
  const good = edge.keys.token();
  const [header, payload, signature] = good.split('.');
  const other = edge.keys.token({ sub: '8' }).split('.')[1];
  const cases = {
    expired: edge.keys.token({ iat: now() - 7200, exp: now() - 1 }),
    'longer than a day': edge.keys.token({ exp: now() + 86400 + 60 }),
    'no role of ours': edge.keys.token({ role: 'king' }),
    'no exp': edge.keys.token({ exp: undefined }),
    'exp as text': edge.keys.token({ exp: `${now() + 60}` }),
    'no jti': edge.keys.token({ jti: undefined }),
    'another key under our name': signer('key-1').token(),
    'an unknown key': signer('key-2').token(),
    'alg none': `${edge.keys.token({}, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
    'alg none, signed': edge.keys.token({}, { alg: 'none' }),
    'alg HS256': edge.keys.token({}, { alg: 'HS256' }),
    'alg RS256': edge.keys.token({}, { alg: 'RS256' }),
    'other claims': `${header}.${other}.${signature}`,
    'a cut signature': `${header}.${payload}.${signature.slice(0, -4)}`,
    'no signature': `${header}.${payload}.`,
    'four parts': `${good}.x`,
    empty: '',
    nonsense: 'a.b.c',
    'not ASCII': 'é.é.é',
  };
  for (const [name, token] of Object.entries(cases)) {
    const answer = await edge.fetch('/api/v1/profiles', { headers: { authorization: Buffer.from(`Bearer ${token}`).toString('latin1') } });
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer', name);
    await assertProblem(answer, 401, 'unauthenticated', name);
  }
  assert.deepEqual(edge.origin.requests, []);
});

test('roles: staff-only paths, and the one call of the service role', async () => {
  const ask = (body) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const [notify, all] = [ask('{"waitlist_ids":[1]}'), ask('{}')];
  await assertProblem(await edge.as({ role: 'member' }, '/api/v1/waitlist/notify', notify), 403, 'forbidden');
  await assertProblem(await edge.as({ role: 'member' }, '/api/v1/waitlist/process-expiry', all), 403, 'forbidden');
  await assertProblem(await edge.as({ role: 'service' }, '/api/v1/waitlist/notify', notify), 403, 'forbidden');
  await assertProblem(await edge.as({ role: 'service' }, '/api/v1/profiles'), 403, 'forbidden');
  assert.deepEqual(edge.origin.requests, []);
  assert.equal((await edge.as({ role: 'staff' }, '/api/v1/waitlist/notify', notify)).status, 200);
  assert.equal((await edge.as({ role: 'staff' }, '/api/v1/profiles')).status, 200);
  for (const role of ['staff', 'service']) {
    assert.equal((await edge.as({ role }, '/api/v1/waitlist/process-expiry', all)).status, 200);
  }
});

test('public paths need no token and ignore an invalid one', async () => {
  assert.equal((await edge.fetch('/api/v1/policy')).status, 200);
  assert.equal((await edge.fetch('/api/v1/policy', bearer('nonsense'))).status, 200);
});

test('two keys by key id, during a rotation', async () => {
  const [old, fresh] = [signer('old'), signer('new')];
  const rotating = await startEdge({ bindings: { JWT_JWKS: JSON.stringify({ keys: [{ kty: 'RSA', kid: 'old' }, old.jwk, fresh.jwk] }) } });
  try {
    for (const key of [old, fresh, old]) {
      assert.equal((await rotating.fetch('/api/v1/profiles', bearer(key.token()))).status, 200);
    }
    await assertProblem(await rotating.fetch('/api/v1/profiles', bearer(signer('old').token())), 401, 'unauthenticated');
  } finally {
    await rotating.stop();
  }
});

test('an unreadable key set is 500, and the log names the binding', async () => {
  for (const JWT_JWKS of ['', '{', '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"key-1","x":"AAAA"}]}']) {
    const unfit = await startEdge({ bindings: { JWT_JWKS } });
    try {
      await assertProblem(await unfit.as({}, '/api/v1/profiles'), 500, 'internal');
      await assertLogged(unfit, 'JWT_JWKS');
    } finally {
      await unfit.stop();
    }
  }
});
