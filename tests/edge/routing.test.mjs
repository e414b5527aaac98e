// What the edge answers without the origin.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { assertProblem, startEdge } from './harness.mjs';

let edge;
before(async () => { edge = await startEdge(); });
beforeEach(() => { edge.origin.requests.length = 0; });
after(() => edge.stop());

const json = { 'content-type': 'application/json' };
const place = JSON.stringify({ profile_id: 1, course_schedule_id: 1, booking_date: '2026-03-02' });
const unasked = () => assert.deepEqual(edge.origin.requests, []);

test('healthz is answered by the edge and reports the origin', async () => {
  const answer = await edge.fetch('/healthz');
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { status: 'ok', origin: 'ok' });
  assert.deepEqual(edge.origin.requests.map((request) => request.url), ['/healthz']);
});

test('time is answered by the edge, in UTC milliseconds', async () => {
  const before = Date.now();
  const answer = await edge.fetch('/api/v1/time');
  assert.equal(answer.status, 200);
  const { now } = await answer.json();
  assert.match(now, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Date.parse(now) >= before - 1000 && Date.parse(now) <= Date.now() + 1000, now);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  unasked();
});

test('HEAD is GET without the body', async () => {
  const answer = await edge.fetch('/api/v1/time', { method: 'HEAD' });
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), '');
});

test('unknown paths are 404 for every caller', async () => {
  for (const path of ['/', '/api/v1', '/api/v1/time/', '/api/v2/time', '/metrics', '/readyz', '/api/v1/dev/messages']) {
    await assertProblem(await edge.fetch(path), 404, 'not_found');
  }
  unasked();
});

test('malformed ids and dates are 404 for authorized callers', async () => {
  for (const path of ['waitlist/0', 'waitlist/-3', 'waitlist/x', 'waitlist/1.5', 'waitlist/99999999999999999999',
    'sessions/1/2026-3-2', 'sessions/1/2026-02-30', 'sessions/01/2026-03-02']) {
    await assertProblem(await edge.fetch(`/api/v1/${path}`), 401, 'unauthenticated', path);
    await assertProblem(await edge.as({}, `/api/v1/${path}`), 404, 'not_found', path);
  }
  const capacity = { method: 'PUT', headers: json, body: '!' };
  await assertProblem(await edge.as({}, '/api/v1/sessions/1/today/capacity', capacity), 403, 'forbidden');
  await assertProblem(await edge.as({ role: 'staff' }, '/api/v1/sessions/1/today/capacity', capacity), 404, 'not_found');
  await assertProblem(await edge.as({ role: 'staff' }, '/api/v1/sessions/1/2026-03-02/capacity', capacity), 400, 'invalid_request');
  unasked();
});

test('a wrong method is 405 with the right ones', async () => {
  const answer = await edge.fetch('/api/v1/waitlist/5', { method: 'POST', headers: json, body: '{}' });
  assert.equal(answer.headers.get('allow'), 'GET,HEAD,DELETE');
  await assertProblem(answer, 405, 'method_not_allowed');
  await assertProblem(await edge.fetch('/api/v1/bookings'), 405, 'method_not_allowed');
  await assertProblem(await edge.fetch('/api/v1/time', { method: 'PROPFIND' }), 405, 'method_not_allowed');
  unasked();
});

test('a body over 64 KiB is 413, announced or not', async () => {
  const large = 'x'.repeat(65 * 1024);
  const post = (body) => edge.as({}, '/api/v1/bookings', { method: 'POST', headers: json, body, duplex: 'half' });
  await assertProblem(await post(large), 413, 'payload_too_large');
  const chunks = new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < large.length; sent += 1024) controller.enqueue(Buffer.from(large.slice(0, 1024)));
      controller.close();
    },
  });
  await assertProblem(await post(chunks), 413, 'payload_too_large');
  unasked();
  assert.equal((await post(place.padStart(64 * 1024))).status, 200);
});

test('an announced length over the limit is refused before any other check', async () => {
  const body = 'x'.repeat(65 * 1024);
  for (const path of ['/nowhere', '/api/v1/time', '/api/v1/bookings']) {
    await assertProblem(await edge.fetch(path, { method: 'POST', body }), 413, 'payload_too_large', path);
  }
  unasked();
});

/** Sends raw bytes that no HTTP client would send; returns the status line and the body of the answer. */
async function raw(headers, body) {
  const { port } = new URL(edge.base);
  const socket = net.connect(port, '127.0.0.1');
  const lines = ['POST /api/v1/bookings HTTP/1.1', 'host: edge', 'connection: close', 'content-type: application/json',
    `authorization: Bearer ${edge.keys.token()}`, ...headers];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  let text = '';
  for await (const part of socket) text += part;
  return { status: Number(text.split(' ')[1]), text };
}

test('a body with a malformed length or transfer coding is refused and never reaches the origin', async () => {
  const refused = async (headers, body, status, code) => {
    const answer = await raw(headers, body);
    assert.equal(answer.status, status, headers.join());
    assert.ok(answer.text.includes('application/problem+json') && answer.text.includes(`"code":"${code}"`), answer.text);
  };
  for (const length of ['9223372036854775808', '99999999999999999999999']) {
    await refused([`content-length: ${length}`], place, 413, 'payload_too_large');
  }
  await refused(['transfer-encoding: chunked, chunked'], '0\r\n\r\n', 400, 'invalid_request');
  await refused(['transfer-encoding: chunked'], 'zz\r\nabc\r\n0\r\n\r\n', 400, 'invalid_request');
  // workerd refuses these itself (500, in plain text) and does not ask the worker.
  for (const header of ['content-length: abc', 'content-length: -1', 'content-length: 5, 5', 'transfer-encoding: gzip']) {
    assert.ok((await raw([header], place)).status >= 400, header);
  }
  unasked();
});

test('a write without a body accepts no body or an empty object', async () => {
  const leave = (body, headers = { 'content-type': 'application/json' }) =>
    edge.as({}, '/api/v1/waitlist/5', { method: 'DELETE', headers, body, duplex: 'half' });
  const endless = () => new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < 65; sent += 1) controller.enqueue(Buffer.alloc(1024, ' '));
      controller.close();
    },
  });
  for (const headers of [undefined, { 'idempotency-key': 'k' }]) {
    await assertProblem(await leave(endless(), headers), 413, 'payload_too_large');
  }
  for (const body of ['{"dry_run":true}', '{', '[]']) {
    await assertProblem(await leave(body), 400, 'invalid_request', body);
  }
  await assertProblem(await leave('{}', { 'content-type': 'text/plain' }), 400, 'invalid_request');
  unasked();
  assert.equal((await leave('{}')).status, 200);
  assert.equal((await leave(undefined, {})).status, 200);
  // With a key the outcome may be stored, so the backend must answer.
  assert.equal((await leave('{"dry_run":true}', { 'idempotency-key': 'k' })).status, 200);
  assert.deepEqual(edge.origin.requests.map((one) => one.body), ['{}', '', '{"dry_run":true}']);
});

test('a write that takes a body or none accepts none, and refuses a body that is not of its shape', async () => {
  const leave = (body, headers = { 'content-type': 'application/json' }) =>
    edge.as({}, '/api/v1/bookings/5/leave', { method: 'POST', headers, body });
  for (const body of ['{', '[]', '{"dry_run":true}', '{"waive_lead":true}', '{"reason":"发烧"}', '{"waive_lead":true,"reason":" "}']) {
    await assertProblem(await leave(body), 400, 'invalid_request', body);
  }
  await assertProblem(await leave('{}', { 'content-type': 'text/plain' }), 400, 'invalid_request');
  unasked();
  const good = ['', '{}', '{"waive_lead":true,"reason":"发烧"}'];
  for (const body of good) assert.equal((await leave(body, body ? undefined : {})).status, 200, body);
  assert.equal((await leave('{', { 'idempotency-key': 'k' })).status, 200);
  assert.deepEqual(edge.origin.requests.map((one) => one.body), [...good, '{']);
});

test('a body without a JSON content type is 400', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    const answer = await edge.as({}, '/api/v1/bookings', { method: 'POST', headers: { 'content-type': type }, body: '{}' });
    await assertProblem(answer, 400, 'invalid_request');
  }
  unasked();
  const odd = { 'content-type': 'Application/JSON; charset=utf-8' };
  assert.equal((await edge.as({}, '/api/v1/bookings', { method: 'POST', headers: odd, body: place })).status, 200);
});

test('a mini-program that is too old is told so on every path but the time', async () => {
  const headers = { 'x-client': 'mini/0.0.9' };
  const place = { method: 'POST', headers: { ...json, ...headers }, body: '{' };
  for (const answer of [
    await edge.fetch('/api/v1/policy', { headers }),
    await edge.fetch('/api/v1/nowhere', { headers }),
    await edge.fetch('/api/v1/policy', { method: 'PATCH', headers }),
    await edge.fetch('/api/v1/rules/version', place),
    await edge.as({}, '/api/v1/bookings', place),
    await edge.as({}, '/api/v1/waitlist/my', { headers }),
  ]) {
    assert.match((await answer.clone().json()).detail, /^mini\/0\.0\.9 is too old: update to mini\//);
    await assertProblem(answer, 409, 'client_too_old');
  }
  unasked();
  assert.equal((await edge.fetch('/api/v1/time', { headers })).status, 200);
  assert.equal((await edge.fetch('/healthz', { headers })).status, 200);
  for (const served of ['mini/9.0.0', 'mini/0.0', 'mini/00.0.9', 'web/0.0.9', 'mini/0.0.9, mini/0.0.9']) {
    assert.equal((await edge.fetch('/api/v1/policy', { headers: { 'x-client': served } })).status, 200, served);
  }
});

test('every answer has a date and a request id: the caller\'s if it is well-formed', async () => {
  for (const path of ['/healthz', '/nowhere', '/api/v1/policy', '/api/v1/profiles']) {
    const given = await edge.fetch(path, { headers: { 'x-request-id': 'Abc-1_2.3' } });
    assert.equal(given.headers.get('x-request-id'), 'Abc-1_2.3', path);
    assert.ok(Date.parse(given.headers.get('date')) > 0, path);
    const made = await edge.fetch(path, { headers: { 'x-request-id': 'not sane!' } });
    assert.match(made.headers.get('x-request-id'), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, path);
  }
});
