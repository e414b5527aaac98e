// Rate limits, and how the origin learns the caller's address.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertLogged, assertProblem, startEdge } from './harness.mjs';

const json = { 'content-type': 'application/json' };
const place = { profile_id: 1, course_schedule_id: 1, booking_date: '2026-03-02' };
const write = { method: 'POST', headers: json, body: JSON.stringify(place) };
const from = (address, init = {}) => ({ ...init, headers: { ...init.headers, 'cf-connecting-ip': address } });

async function withEdge(options, story) {
  const edge = await startEdge(options);
  try {
    await story(edge);
  } finally {
    await edge.stop();
  }
}

/** Sends requests until one is refused; the limit renews each minute, and a minute may end meanwhile. */
async function allowance(limit, ask) {
  for (let served = 0; served <= 2 * limit; served += 1) {
    const answer = await ask();
    if (answer.status === 429) {
      assert.equal(answer.headers.get('retry-after'), '60');
      await assertProblem(answer, 429, 'rate_limited');
      return served;
    }
  }
  return Infinity;
}

/** Asserts that `served` requests fit a limit of `limit` a minute: exactly that many, or more if a minute ended. */
const isAllowance = (served, limit) => assert.ok(served >= limit && served <= 2 * limit, `${served} of ${limit}`);

test('an account over its limit of writes may still read, and so may everyone else', () => withEdge({ limits: { ACCOUNT_WRITES: 3, ACCOUNT_READS: 6 } }, async (edge) => {
  isAllowance(await allowance(3, () => edge.as({ sub: '7' }, '/api/v1/bookings', write)), 3);
  assert.ok(edge.origin.requests.length <= 6, 'what is refused here costs the origin nothing');
  const preview = () => edge.as({ sub: '7' }, '/api/v1/compensation/preview', { ...write, body: '{"profile_id":1,"required_minutes":60}' });
  assert.equal((await preview()).status, 200, 'a POST that changes nothing is a read');
  assert.equal((await edge.as({ sub: '8' }, '/api/v1/bookings', write)).status, 200);
  isAllowance(await allowance(6, () => edge.as({ sub: '9' }, '/api/v1/profiles')), 6);
  assert.equal((await edge.as({ sub: '9' }, '/api/v1/bookings', write)).status, 200);
}));

test('an address has limits of writes and reads for all its callers', () => withEdge({ limits: { ADDRESS_WRITES: 3, ADDRESS_READS: 6 } }, async (edge) => {
  let account = 100;
  const book = (address) => edge.as({ sub: String(account += 1) }, '/api/v1/bookings', from(address, write));
  isAllowance(await allowance(3, () => book('192.0.2.1')), 3);
  assert.equal((await book('192.0.2.2')).status, 200);
  const login = () => edge.fetch('/api/v1/auth/login', from('192.0.2.3', { ...write, body: '{"code":"guess"}' }));
  isAllowance(await allowance(3, login), 3);
  isAllowance(await allowance(6, () => edge.fetch('/api/v1/time', from('192.0.2.4'))), 6);
  // An IPv6 network is one caller, whatever the address in it.
  let host = 0;
  isAllowance(await allowance(3, () => book(`2001:db8::${host += 1}`)), 3);
}));

test('an invalid token counts for the address, not for the account that it names', () => withEdge({ limits: { ADDRESS_WRITES: 3, ACCOUNT_WRITES: 1 } }, async (edge) => {
  const guess = (address) => edge.fetch('/api/v1/bookings', from(address, { ...write, headers: { ...json, authorization: 'Bearer a.b.c' } }));
  assert.equal((await guess('192.0.2.1')).status, 401);
  isAllowance(await allowance(3, () => guess('192.0.2.2')), 3);
  assert.equal((await edge.as({}, '/api/v1/bookings', from('192.0.2.9', write))).status, 200);
}));

test('without a binding there is no limit', () => withEdge({}, async (edge) => {
  const answers = await Promise.all(Array.from({ length: 60 }, () => edge.as({}, '/api/v1/bookings', write)));
  assert.ok(answers.every((answer) => answer.status === 200));
}));

test('a binding of the wrong kind limits nobody, and the log names it', () => withEdge({ bindings: { ACCOUNT_WRITES: 'text' } }, async (edge) => {
  assert.equal((await edge.as({}, '/api/v1/bookings', write)).status, 200);
  await assertLogged(edge, 'ACCOUNT_WRITES');
}));

test('the origin gets the caller\'s address with the edge\'s secret, never the caller\'s own header', () => withEdge({ bindings: { EDGE_SECRET: 'a secret of the two' } }, async (edge) => {
  const lies = { 'x-client-address': '10.0.0.1', 'x-edge-secret': 'guess', 'x-real-ip': '10.0.0.2', 'true-client-ip': '10.0.0.3' };
  await edge.as({}, '/api/v1/profiles', from('192.0.2.7', { headers: lies }));
  const [{ headers }] = edge.origin.requests;
  assert.equal(headers['x-client-address'], '192.0.2.7');
  assert.equal(headers['x-edge-secret'], 'a secret of the two');
  for (const name of ['cf-connecting-ip', 'x-real-ip', 'true-client-ip', 'x-forwarded-for']) assert.equal(headers[name], undefined, name);
}));

test('without the secret the origin gets no address and no proof', () => withEdge({}, async (edge) => {
  await edge.as({}, '/api/v1/profiles', from('192.0.2.7', { headers: { 'x-client-address': '10.0.0.1', 'x-edge-secret': 'guess' } }));
  const [{ headers }] = edge.origin.requests;
  for (const name of ['x-client-address', 'x-edge-secret', 'cf-connecting-ip']) assert.equal(headers[name], undefined, name);
}));

test('no answer contains the secret', () => withEdge({ bindings: { EDGE_SECRET: 'a secret of the two' } }, async (edge) => {
  edge.origin.answer = (request, response) => response.writeHead(200, { ...json, 'x-edge-secret': request.headers['x-edge-secret'] }).end('{}');
  const answer = await edge.fetch('/api/v1/policy');
  assert.equal(answer.headers.get('x-edge-secret'), null);
}));
