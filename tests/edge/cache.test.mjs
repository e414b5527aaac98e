// The cache: classes and the policy for everyone, personal reads for their account while the origin is unreachable.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { assertProblem, startEdge } from './harness.mjs';

let edge;
beforeEach(async () => { edge = await startEdge({ bindings: { ORIGIN_TIMEOUT_MS: '500', ORIGIN_WRITE_TIMEOUT_MS: '500' } }); });
afterEach(() => edge.stop());

const json = { 'content-type': 'application/json' };
const CLASS = '/api/v1/sessions/1/2026-03-02';
const LIST = '/api/v1/sessions?from=2026-03-02&to=2026-03-03';
const MINE = '/api/v1/waitlist/my';
const PLACE = { profile_id: 1, course_schedule_id: 1, booking_date: '2026-03-02' };
const SHARED = 'public, max-age=0, s-maxage=60';
const PERSONAL = 'private, no-cache';

/** An origin whose resource at each path is `read(request)`: `{ tag, body, keep }`; writes answer `written`. */
function serve(read, written = {}) {
  edge.origin.answer = (request, response) => {
    if (request.method !== 'GET') {
      response.writeHead(written.status ?? 200, json).end(JSON.stringify(written.body ?? {}));
      return;
    }
    const { tag, body, keep } = read(request);
    const etag = `W/"${tag}"`;
    const held = (request.headers['if-none-match'] ?? '').split(', ').includes(etag);
    const headers = { etag, 'cache-control': keep };
    if (held) response.writeHead(304, headers).end();
    else response.writeHead(200, { ...headers, ...json }).end(JSON.stringify(body));
  };
}

/** The cache is written while the answer is streamed, so read until the origin is no longer asked for the body. */
async function kept(ask, is) {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await ask();
    await answer.arrayBuffer();
    if (is(answer)) return;
    await new Promise((go) => setImmediate(go));
  }
  assert.fail('it is not kept');
}
const fresh = (answer) => answer.headers.has('age');

/** Reads `path` until a cached copy exists that the origin validates. */
async function hold(claims, path) {
  await kept(() => edge.as(claims, path), () => edge.origin.requests.at(-1).headers['if-none-match'] !== undefined);
}

/** Makes the origin unreachable. */
async function leave() {
  await edge.origin.close();
  edge.origin.close = async () => {};
}

test('a class is cached for all authorized callers while it is fresh', async () => {
  serve(() => ({ tag: 'v1', body: { booked: 1 }, keep: SHARED }));
  await kept(() => edge.as({ sub: '7' }, CLASS), fresh);
  const before = edge.origin.requests.length;
  const other = await edge.as({ sub: '8', role: 'staff' }, CLASS);
  assert.equal(other.headers.get('etag'), 'W/"v1"');
  assert.equal(other.headers.get('cache-control'), SHARED);
  assert.equal(other.headers.get('content-type'), 'application/json');
  assert.match(other.headers.get('age'), /^\d+$/);
  assert.equal(other.headers.get('x-served-stale'), null);
  assert.deepEqual(await other.json(), { booked: 1 });
  assert.equal((await edge.as({}, CLASS, { headers: { 'if-none-match': 'W/"v1"' } })).status, 304);
  assert.equal((await edge.as({}, CLASS, { headers: { 'if-none-match': 'W/"v0"' } })).status, 200);
  assert.equal(edge.origin.requests.length, before, 'nobody asked the origin');
});

test('unauthorized callers get no cached answer', async () => {
  serve(() => ({ tag: 'v1', body: {}, keep: SHARED }));
  await kept(() => edge.as({}, CLASS), fresh);
  await assertProblem(await edge.fetch(CLASS), 401, 'unauthenticated');
  await assertProblem(await edge.as({ role: 'service' }, CLASS), 403, 'forbidden');
});

test('an answer that must not be stored is fetched each time', async () => {
  for (const keep of ['no-store', 'private, no-cache']) {
    serve(() => ({ tag: 'v1', body: {}, keep }));
    for (let times = 0; times < 3; times += 1) await (await edge.as({}, CLASS)).text();
    assert.equal(edge.origin.requests.filter((request) => request.headers['if-none-match']).length, 0, keep);
  }
});

test('the policy and lists of classes are cached, each list by its query', async () => {
  serve((request) => ({ tag: 'v1', body: { url: request.url }, keep: SHARED }));
  for (const path of ['/api/v1/policy', LIST, `${LIST}&course_id=1`]) await kept(() => edge.as({}, path), fresh);
  assert.deepEqual(await (await edge.as({}, LIST)).json(), { url: LIST });
  assert.deepEqual(await (await edge.as({}, `${LIST}&course_id=1`)).json(), { url: `${LIST}&course_id=1` });
});

test('a personal read is revalidated at the origin and transfers no body', async () => {
  let tag = 'v1';
  serve(() => ({ tag, body: { tag }, keep: PERSONAL }));
  await hold({}, MINE);
  const again = await edge.as({}, MINE);
  assert.equal(again.status, 200);
  assert.equal(again.headers.get('x-served-stale'), null);
  assert.equal(again.headers.get('cache-control'), PERSONAL);
  assert.deepEqual(await again.json(), { tag: 'v1' });
  assert.equal(edge.origin.requests.at(-1).headers['if-none-match'], 'W/"v1"');
  assert.equal((await edge.as({}, MINE, { headers: { 'if-none-match': 'W/"v1"' } })).status, 304);
  tag = 'v2';
  const changed = await edge.as({}, MINE, { headers: { 'if-none-match': 'W/"v1"' } });
  assert.deepEqual(await changed.json(), { tag: 'v2' });
});

test('a caller whose etag is newer than the cached one gets 304', async () => {
  let tag = 'v1';
  serve(() => ({ tag, body: { tag }, keep: PERSONAL }));
  await hold({}, MINE);
  tag = 'v2';
  const answer = await edge.as({}, MINE, { headers: { 'if-none-match': '"x", W/"v2"' } });
  assert.equal(answer.status, 304);
  assert.equal(answer.headers.get('etag'), 'W/"v2"');
});

test('a personal answer is never served to another account or role', async () => {
  const owner = (request) => JSON.parse(Buffer.from(request.headers.authorization.split('.')[1], 'base64url')).sub;
  // The same etag for both accounts: the worst case.
  serve((request) => ({ tag: 'same', body: { of: owner(request) }, keep: PERSONAL }));
  await hold({ sub: '7' }, MINE);
  for (const claims of [{ sub: '8' }, { sub: '77' }, { sub: '+7' }, { sub: '7', role: 'staff' }]) {
    const before = edge.origin.requests.length;
    assert.deepEqual(await (await edge.as(claims, MINE)).json(), { of: claims.sub });
    assert.equal(edge.origin.requests[before].headers['if-none-match'], undefined, 'the copy of 7 is not theirs');
  }
  for (const sub of ['7/../7', '']) await assertProblem(await edge.as({ sub }, MINE), 401, 'unauthenticated');
  await leave();
  assert.deepEqual(await (await edge.as({ sub: '7' }, MINE)).json(), { of: '7' });
  await assertProblem(await edge.as({ sub: '9' }, MINE), 503, 'unavailable');
  await assertProblem(await edge.as({ sub: '7', role: 'service' }, MINE), 403, 'forbidden');
});

test('while the origin is unreachable, cached answers are served with their age', async () => {
  serve(() => ({ tag: 'v1', body: { n: 1 }, keep: PERSONAL }));
  for (const path of [MINE, '/api/v1/notifications/my', '/api/v1/compensation/balance?profile_id=1']) await hold({}, path);
  await leave();
  for (const path of [MINE, '/api/v1/notifications/my', '/api/v1/compensation/balance?profile_id=1']) {
    const stale = await edge.as({}, path);
    assert.equal(stale.status, 200, path);
    assert.equal(stale.headers.get('x-served-stale'), '1');
    assert.match(stale.headers.get('age'), /^\d+$/);
    assert.deepEqual(await stale.json(), { n: 1 });
    const held = await edge.as({}, path, { headers: { 'if-none-match': 'W/"v1"' } });
    assert.equal(held.status, 304);
    assert.equal(held.headers.get('x-served-stale'), '1');
  }
  await assertProblem(await edge.as({}, '/api/v1/bookings/my'), 503, 'unavailable');
});

test('a slow origin, or one without its database, counts as unreachable', async () => {
  serve(() => ({ tag: 'v1', body: {}, keep: PERSONAL }));
  await hold({}, MINE);
  edge.origin.answer = () => {};
  assert.equal((await edge.as({}, MINE)).headers.get('x-served-stale'), '1');
  edge.origin.answer = (request, response) => response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '7' }).end('{"code":"unavailable"}');
  assert.equal((await edge.as({}, MINE)).headers.get('x-served-stale'), '1');
  const none = await edge.as({}, '/api/v1/bookings/my');
  assert.deepEqual([none.status, none.headers.get('retry-after')], [503, '7']);
  edge.origin.answer = (request, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
  assert.equal((await edge.as({}, MINE)).headers.get('x-served-stale'), '1');
  edge.origin.answer = (request, response) => response.writeHead(500, { 'content-type': 'application/problem+json' }).end('{"code":"internal"}');
  assert.equal((await edge.as({}, MINE)).status, 500, 'a fault is not an absence');
  await leave();
  assert.equal((await edge.as({}, MINE)).headers.get('x-served-stale'), '1', 'and it takes nothing away');
});

test('a row that the origin reported as gone is not served from the cache', async () => {
  serve(() => ({ tag: 'v1', body: {}, keep: PERSONAL }));
  await hold({}, '/api/v1/waitlist/5');
  edge.origin.answer = (request, response) => response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"code":"not_found"}');
  assert.equal((await edge.as({}, '/api/v1/waitlist/5')).status, 404);
  await leave();
  await assertProblem(await edge.as({}, '/api/v1/waitlist/5'), 503, 'unavailable');
});

test('a read that cannot connect is retried once; a write never is', async () => {
  let calls = 0;
  edge.origin.answer = (request, response) => {
    calls += 1;
    if (calls === 1) request.socket.destroy();
    else response.writeHead(200, json).end('{}');
  };
  assert.equal((await edge.as({}, '/api/v1/waitlist/deadline-check')).status, 200);
  assert.equal(calls, 2);
  edge.origin.answer = (request) => { calls += 1; request.socket.destroy(); };
  calls = 0;
  await assertProblem(await edge.as({}, '/api/v1/waitlist/deadline-check'), 503, 'unavailable');
  assert.equal(calls, 2);
  calls = 0;
  await assertProblem(await edge.as({}, '/api/v1/bookings', { method: 'POST', headers: json, body: JSON.stringify(PLACE) }), 503, 'unavailable');
  assert.equal(calls, 1);
});

test('after a write of the account, its older cached answers are not served', async () => {
  serve(() => ({ tag: 'v1', body: {}, keep: PERSONAL }));
  await hold({ sub: '7' }, MINE);
  await hold({ sub: '8' }, MINE);
  await (await edge.as({ sub: '7' }, '/api/v1/waitlist/5', { method: 'DELETE' })).text();
  await leave();
  await assertProblem(await edge.as({ sub: '7' }, MINE), 503, 'unavailable');
  assert.equal((await edge.as({ sub: '8' }, MINE)).headers.get('x-served-stale'), '1', 'another account wrote nothing');
});

test('a write that cannot connect or is malformed invalidates nothing', async () => {
  const book = (body) => edge.as({}, '/api/v1/bookings', { method: 'POST', headers: { ...json, 'idempotency-key': 'k' }, body });
  serve(() => ({ tag: 'v1', body: {}, keep: PERSONAL }), { status: 400, body: { code: 'invalid_request' } });
  await hold({}, MINE);
  assert.equal((await book('{}')).status, 400);
  await leave();
  await assertProblem(await book(JSON.stringify(PLACE)), 503, 'unavailable');
  assert.equal((await edge.as({}, MINE)).headers.get('x-served-stale'), '1');
});

test('a response that ends early is not cached', async () => {
  let whole = false;
  edge.origin.answer = (request, response) => {
    const body = JSON.stringify({ items: 'x'.repeat(2000) });
    response.writeHead(200, { ...json, etag: 'W/"v1"', 'cache-control': PERSONAL, 'content-length': body.length });
    if (whole) response.end(body);
    else response.write(body.slice(0, 1000), () => request.socket.destroy());
  };
  for (let tries = 0; tries < 5; tries += 1) await edge.as({}, MINE).then((answer) => answer.text()).catch(() => {});
  assert.equal(edge.origin.requests.at(-1).headers['if-none-match'], undefined, 'half an answer was kept');
  whole = true;
  // The connection of the last half may only now be found closed.
  const read = () => edge.as({}, MINE);
  assert.equal((await (await read().catch(read)).json()).items.length, 2000);
});

test('a write invalidates its class and the lists, found in the path, the body or the answer', async () => {
  const place = { course_schedule_id: 1, booking_date: '2026-03-02' };
  const staff = { role: 'staff' };
  const writes = [
    [{}, 'POST', '/api/v1/bookings', { profile_id: 1, ...place }, {}],
    [{}, 'POST', '/api/v1/waitlist/join', { profile_id: 1, ...place }, {}],
    [{}, 'DELETE', '/api/v1/waitlist/5', undefined, place],
    [{}, 'PUT', '/api/v1/waitlist/5/respond', { action: 'confirm' }, { entry: place, booking: null, makeup: null }],
    [{}, 'DELETE', '/api/v1/makeup/5/cancel', undefined, { makeup_schedule_id: 1, makeup_date: '2026-03-02' }],
    [staff, 'PUT', `${CLASS}/capacity`, { capacity: 3 }, {}],
    [staff, 'POST', `${CLASS}/cancel`, undefined, {}],
  ];
  const other = '/api/v1/sessions/2/2026-03-02';
  for (const [claims, method, path, body, answer] of writes) {
    serve((request) => ({ tag: `v-${request.url}`, body: {}, keep: SHARED }), { body: answer });
    for (const read of [CLASS, LIST, other]) await kept(() => edge.as({}, read), fresh);
    const written = await edge.as(claims, path, { method, headers: json, body: body && JSON.stringify(body) });
    assert.deepEqual(await written.json(), answer, `${method} ${path}`);
    for (const read of [CLASS, LIST]) assert.equal(fresh(await edge.as({}, read)), false, `${read} after ${method} ${path}`);
    assert.equal(fresh(await edge.as({}, other)), true, `${other} after ${method} ${path}`);
  }
});

test('a cached policy is served while the origin is unreachable', async () => {
  serve(() => ({ tag: 'v1', body: { n: 1 }, keep: 'public, max-age=0, s-maxage=0' }));
  await kept(() => edge.fetch('/api/v1/policy'), () => edge.origin.requests.at(-1).headers['if-none-match'] !== undefined);
  await leave();
  assert.equal((await edge.fetch('/api/v1/policy')).headers.get('x-served-stale'), '1');
});

test('healthz reports whether the origin is unreachable', async () => {
  assert.deepEqual(await (await edge.fetch('/healthz')).json(), { status: 'ok', origin: 'ok' });
  assert.equal(edge.origin.requests.at(-1).url, '/healthz');
  await leave();
  const alone = await edge.fetch('/healthz');
  assert.deepEqual([alone.status, await alone.json()], [200, { status: 'ok', origin: 'away' }]);
});
