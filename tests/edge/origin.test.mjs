// Forwarding requests to the origin and answers back.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { assertLogged, assertProblem, startEdge } from './harness.mjs';

let edge;
before(async () => { edge = await startEdge(); });
beforeEach(() => { edge.origin.requests.length = 0; edge.origin.answer = undefined; });
after(() => edge.stop());

const json = { 'content-type': 'application/json' };
const place = JSON.stringify({ profile_id: 1, course_schedule_id: 1, booking_date: '2026-03-02' });

test('method, path, query and body are forwarded unchanged, with listed headers only', async () => {
  const body = '{"action": "confirm", "名": "é"}';
  await edge.as({}, '/api/v1/waitlist/5/respond?a=1&b=%2F%20x', {
    method: 'PUT',
    headers: {
      ...json, accept: 'application/json', 'idempotency-key': 'key 1', 'if-none-match': '"e"', 'x-request-id': 'r-1',
      'x-client': 'mini/9.0.0', 'user-agent': 'Firefox', 'idempotency-first': '0', 'x-edge-cron': '1',
      cookie: 'a=b', 'x-forwarded-for': '1.2.3.4', 'x-secret': 's',
    },
    body,
  });
  const [request] = edge.origin.requests;
  assert.equal(request.method, 'PUT');
  assert.equal(request.url, '/api/v1/waitlist/5/respond?a=1&b=%2F%20x');
  assert.equal(request.body, body);
  assert.equal(request.headers['content-type'], 'application/json');
  assert.equal(request.headers.accept, 'application/json');
  assert.equal(request.headers['idempotency-key'], 'key 1');
  assert.equal(request.headers['if-none-match'], '"e"');
  assert.equal(request.headers['x-request-id'], 'r-1');
  assert.equal(request.headers['content-length'], String(Buffer.byteLength(body)));
  assert.equal(request.headers['x-client'], 'mini/9.0.0');
  assert.equal(request.headers['user-agent'], 'Firefox');
  for (const name of ['cookie', 'x-forwarded-for', 'x-secret', 'idempotency-first', 'x-edge-cron']) assert.equal(request.headers[name], undefined, name);
});

test('the request id that the edge creates is forwarded', async () => {
  const answer = await edge.fetch('/api/v1/policy');
  assert.equal(edge.origin.requests[0].headers['x-request-id'], answer.headers.get('x-request-id'));
});

test('status and body come back unchanged, with listed headers only', async () => {
  edge.origin.answer = (request, response) => response.writeHead(409, {
    'content-type': 'application/problem+json', etag: '"v1"', 'cache-control': 'private', 'retry-after': '9',
    'idempotency-replayed': 'true', age: '3', location: '/api/v1/bookings/1', date: 'Mon, 02 Mar 2026 10:00:00 GMT',
    'x-request-id': 'other', server: 'gym', 'set-cookie': 'a=b', 'x-internal': 'y',
  }).end('{"code":"queue_full"}');
  const answer = await edge.as({}, '/api/v1/bookings', { method: 'POST', headers: { ...json, 'x-request-id': 'mine' }, body: place });
  assert.equal(answer.status, 409);
  assert.equal(await answer.text(), '{"code":"queue_full"}');
  const expected = {
    'content-type': 'application/problem+json', etag: '"v1"', 'cache-control': 'private', 'retry-after': '9',
    'idempotency-replayed': 'true', age: '3', location: '/api/v1/bookings/1', date: 'Mon, 02 Mar 2026 10:00:00 GMT',
    'x-request-id': 'mine', server: null, 'set-cookie': null, 'x-internal': null,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(answer.headers.get(name), value, name);
});

test('answers without a body, redirects and HEAD', async () => {
  edge.origin.answer = (request, response) => response.writeHead(304, { etag: '"v1"' }).end();
  const unchanged = await edge.fetch('/api/v1/policy', { headers: { 'if-none-match': '"v1"' } });
  assert.equal(unchanged.status, 304);
  assert.equal(unchanged.headers.get('etag'), '"v1"');
  edge.origin.answer = (request, response) => response.writeHead(307, { location: '/elsewhere' }).end();
  assert.equal((await edge.fetch('/api/v1/policy')).status, 307);
  edge.origin.answer = undefined;
  assert.equal((await edge.fetch('/api/v1/policy', { method: 'HEAD' })).status, 200);
  assert.equal(edge.origin.requests.at(-1).method, 'HEAD');
});

test('an answer is streamed: its first part arrives before its last is written', async () => {
  let finish;
  edge.origin.answer = (request, response) => {
    response.writeHead(200, json).write('{"first":');
    finish = () => response.end('1}');
  };
  // miniflare compresses if the client accepts it, as the platform does, and buffers small parts for that.
  const answer = await edge.fetch('/api/v1/policy', { headers: { 'accept-encoding': 'identity' } });
  const reader = answer.body.getReader();
  let text = Buffer.from((await reader.read()).value).toString();
  assert.equal(text, '{"first":');
  finish();
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += Buffer.from(part.value).toString();
  assert.equal(text, '{"first":1}');
});

test('the origin\'s own 503 is passed on; a proxy\'s page becomes a problem', async () => {
  edge.origin.answer = (request, response) => response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '7' }).end('{"code":"unavailable"}');
  const own = await edge.fetch('/api/v1/policy');
  assert.equal(own.status, 503);
  assert.equal(own.headers.get('retry-after'), '7');
  for (const status of [500, 502]) {
    edge.origin.answer = (request, response) => response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Ill</h1>');
    await assertProblem(await edge.fetch('/api/v1/policy'), 503, 'unavailable');
  }
});

test('an unreachable or slow origin is 503 with retry-after', async () => {
  const slow = await startEdge({ bindings: { ORIGIN_TIMEOUT_MS: '50', ORIGIN_WRITE_TIMEOUT_MS: '50' } });
  try {
    slow.origin.answer = () => {};
    await assertProblem(await slow.fetch('/api/v1/policy'), 503, 'unavailable');
    await slow.origin.close();
    const away = await slow.as({}, '/api/v1/bookings', { method: 'POST', headers: json, body: place });
    assert.match(away.headers.get('retry-after'), /^\d+$/);
    await assertProblem(away, 503, 'unavailable');
    assert.equal((await slow.fetch('/healthz')).status, 200);
  } finally {
    await slow.stop();
  }
});

test('a missing ORIGIN is 500, and the log names the binding', async () => {
  const unfit = await startEdge({ bindings: { ORIGIN: '' } });
  try {
    await assertProblem(await unfit.fetch('/api/v1/policy'), 500, 'internal');
    await assertLogged(unfit, 'ORIGIN');
  } finally {
    await unfit.stop();
  }
});

test('with a dev clock, the origin answers time and dev paths', async () => {
  const dev = await startEdge({ bindings: { DEV_CLOCK: '1' } });
  try {
    assert.deepEqual(await (await dev.fetch('/api/v1/time')).json(), { from: 'origin' });
    await dev.fetch('/api/v1/dev/clock', { method: 'PUT', headers: json, body: '{"now":"2026-03-02T10:00:00.000Z"}' });
    await dev.fetch('/api/v1/dev/clock/advance', { method: 'POST', headers: json, body: '{"seconds":1}' });
    await dev.fetch('/api/v1/dev/sweep', { method: 'POST' });
    await dev.fetch('/api/v1/dev/messages');
    assert.deepEqual(dev.origin.requests.map((request) => `${request.method} ${request.url} ${request.body}`), [
      'GET /api/v1/time ',
      'PUT /api/v1/dev/clock {"now":"2026-03-02T10:00:00.000Z"}',
      'POST /api/v1/dev/clock/advance {"seconds":1}',
      'POST /api/v1/dev/sweep ',
      'GET /api/v1/dev/messages ',
    ]);
    await assertProblem(await dev.fetch('/api/v1/dev/clock'), 405, 'method_not_allowed');
  } finally {
    await dev.stop();
  }
});
