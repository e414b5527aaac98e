// CORS, and the security headers of every answer.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { assertProblem, startEdge } from './harness.mjs';

const PAGE = 'https://preview.gym.example';
const json = { 'content-type': 'application/json' };
let edge, closed;
before(async () => {
  edge = await startEdge({ bindings: { WEB_ORIGIN: `${PAGE}/` } });
  closed = await startEdge();
});
beforeEach(() => { edge.origin.requests.length = 0; edge.origin.answer = undefined; });
after(() => Promise.all([edge.stop(), closed.stop()]));

const preflight = (at, origin, path = '/api/v1/waitlist/5/respond', more = {}) => at.fetch(path, {
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization,content-type', ...more },
});
const corsOf = (answer) => [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
const words = (answer, name) => (answer.headers.get(name) ?? '').toLowerCase().split(/, */);

test('a preflight of the page allows what the contract needs, without the origin', async () => {
  const answer = await preflight(edge, PAGE);
  assert.equal(answer.status, 204);
  assert.equal(await answer.text(), '');
  assert.equal(answer.headers.get('access-control-allow-origin'), PAGE);
  for (const method of ['get', 'post', 'put', 'delete']) assert.ok(words(answer, 'access-control-allow-methods').includes(method), method);
  for (const name of ['authorization', 'content-type', 'idempotency-first', 'idempotency-key', 'if-none-match', 'x-client', 'x-request-id']) {
    assert.ok(words(answer, 'access-control-allow-headers').includes(name), name);
  }
  assert.equal(answer.headers.get('access-control-allow-credentials'), null);
  assert.equal(answer.headers.get('vary'), 'origin');
  assert.ok(answer.headers.get('x-request-id'));
  assert.deepEqual(edge.origin.requests, []);
});

test('the page can read every answer, refusals and forwarded answers included', async () => {
  const headers = { origin: PAGE };
  const answers = [
    await edge.fetch('/api/v1/time', { headers }),
    await edge.fetch('/nowhere', { headers }),
    await edge.fetch('/api/v1/profiles', { headers }),
    await edge.as({}, '/api/v1/profiles', { headers }),
    await edge.as({}, '/api/v1/bookings', { method: 'POST', headers: { ...headers, 'content-type': 'text/plain' }, body: 'x' }),
  ];
  assert.deepEqual(answers.map((answer) => answer.status), [200, 404, 401, 200, 400]);
  for (const answer of answers) {
    assert.equal(answer.headers.get('access-control-allow-origin'), PAGE);
    for (const name of ['x-request-id', 'etag', 'retry-after', 'idempotency-replayed', 'age', 'x-served-stale']) {
      assert.ok(words(answer, 'access-control-expose-headers').includes(name), name);
    }
    assert.ok(words(answer, 'vary').includes('origin'));
  }
});

test('no other page can read answers, and they vary by origin', async () => {
  for (const origin of ['https://evil.example', 'null', `${PAGE}.evil.example`, PAGE.replace('https', 'http'), `${PAGE}:8443`]) {
    const refused = await preflight(edge, origin);
    await assertProblem(refused, 405, 'method_not_allowed', origin);
    const read = await edge.fetch('/api/v1/time', { headers: { origin } });
    for (const answer of [refused, read]) {
      assert.deepEqual(corsOf(answer), [], origin);
      assert.ok(words(answer, 'vary').includes('origin'), origin);
    }
  }
  const plain = await edge.fetch('/api/v1/time');
  assert.deepEqual(corsOf(plain), []);
  assert.ok(words(plain, 'vary').includes('origin'));
});

test('OPTIONS without preflight headers is treated like any other method', async () => {
  await assertProblem(await edge.fetch('/api/v1/time', { method: 'OPTIONS', headers: { origin: PAGE } }), 405, 'method_not_allowed');
});

test('without WEB_ORIGIN there is no CORS', async () => {
  const refused = await preflight(closed, PAGE);
  await assertProblem(refused, 405, 'method_not_allowed');
  const read = await closed.fetch('/api/v1/time', { headers: { origin: PAGE } });
  for (const answer of [refused, read]) {
    assert.deepEqual(corsOf(answer), []);
    assert.equal(answer.headers.get('vary'), null);
  }
  const nothing = await closed.fetch('/api/v1/time', { headers: { origin: '' } });
  assert.deepEqual(corsOf(nothing), []);
});

test('security headers are on every answer', async () => {
  edge.origin.answer = (request, response) => response
    .writeHead(409, { ...json, 'strict-transport-security': 'max-age=0', 'referrer-policy': 'unsafe-url' }).end('{}');
  const answers = [
    await edge.fetch('/healthz'),
    await edge.fetch('/nowhere'),
    await edge.fetch('/api/v1/time', { method: 'PATCH' }),
    await edge.fetch('/api/v1/profiles'),
    await edge.fetch('/api/v1/policy'),
    await preflight(edge, PAGE),
    await edge.fetch('/api/v1/time', { method: 'HEAD' }),
  ];
  assert.deepEqual(answers.map((answer) => answer.status), [200, 404, 405, 401, 409, 204, 200]);
  for (const answer of answers) {
    assert.match(answer.headers.get('strict-transport-security'), /^max-age=31536000/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
  }
});
