// The precheck: the edge refuses by itself what it knows from its cache, in the origin's own words.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { assertProblem, startEdge } from './harness.mjs';

let edge;
beforeEach(async () => { edge = await startEdge(); });
afterEach(() => edge.stop());

const json = { 'content-type': 'application/json' };
const HOUR = 3600 * 1000;
const iso = (at) => new Date(at).toISOString();

/** A class that starts in `hours`, as the backend answers it. */
function classIn(hours, status = 'scheduled') {
  const start = Date.now() + hours * HOUR;
  return {
    course_schedule_id: 1, booking_date: '2026-03-02', course_id: 1, course_name: '体操', category: 'gym',
    starts_at: iso(start), ends_at: iso(start + HOUR), duration_minutes: 60, capacity: 1, booked: 1, held: 0, free: 0,
    waiting: 0, queue_capacity: 8, phase: 'open', last_notification_at: iso(start - 6.5 * HOUR),
    response_cutoff_at: iso(start - 6 * HOUR), status, policy_id: 1, policy_fixed: true,
  };
}

function entry(status, hours, deadline) {
  return {
    id: 5, profile_id: 1, course_schedule_id: 1, booking_date: '2026-03-02', course_name: '体操',
    starts_at: iso(Date.now() + hours * HOUR), position: null, status, join_time: iso(0), last_notified_at: null,
    confirmed_at: null, expires_at: iso(Date.now() + (hours - 6.5) * HOUR), response_deadline: deadline, makeup_for: null, chance: null, policy_id: 1,
  };
}

function owed(original, days) {
  const start = Date.now() - days * 24 * HOUR;
  const booking = {
    id: original, profile_id: 1, course_schedule_id: 2, booking_date: '2026-02-01', course_name: '体操', starts_at: iso(start),
    duration_minutes: 60, status: 'leave', source: 'direct', compensation_minutes_used: 0,
    makeup_until: iso(start + 14 * 24 * HOUR), policy_id: 1, created_at: iso(0),
  };
  return { booking, makeup_until: booking.makeup_until };
}

/** Reads that depend on the account. */
const PERSONAL = /waitlist|profiles|owed/;

/** An origin with these answers to GET by path; writes are refused with `code` if it is given. */
function serve(reads, code) {
  const all = {
    '/api/v1/policy': { id: 1, next: null },
    '/api/v1/profiles?limit=100': { items: [{ id: 1, name: '小满' }, { id: 2, name: '小雪' }], next_cursor: null },
    ...reads,
  };
  edge.origin.answer = (request, response) => {
    if (request.method !== 'GET') {
      const problem = { 'content-type': 'application/problem+json' };
      if (code) response.writeHead(409, problem).end(JSON.stringify({ code }));
      else response.writeHead(200, json).end('{}');
      return;
    }
    const body = all[request.url];
    if (body === undefined) response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"code":"not_found"}');
    else response.writeHead(200, { ...json, etag: '"v"', 'cache-control': PERSONAL.test(request.url) ? 'private, no-cache' : 'no-cache' }).end(JSON.stringify(body));
  };
}

const writes = () => edge.origin.requests.filter((request) => request.method !== 'GET').length;
const CLASS = '/api/v1/sessions/1/2026-03-02';
const place = { profile_id: 1, course_schedule_id: 1, booking_date: '2026-03-02' };
const post = (path, body, headers = {}, claims = {}) =>
  edge.as(claims, path, { method: path.endsWith('/respond') ? 'PUT' : 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
const join = (body = place, headers = {}, claims = {}) => post('/api/v1/waitlist/join', body, headers, claims);

/**
 * Asks until the edge knows what the origin refuses it for, and refuses it itself; the refusal. It learns after its
 * answer, and what it learnt does not outlive the next write: so each time it gets a little longer to learn.
 */
async function refusedByTheEdge(ask) {
  for (let tries = 1; tries <= 20; tries += 1) {
    const before = writes();
    const answer = await ask();
    if (writes() === before) return answer;
    await answer.text();
    await new Promise((go) => setTimeout(go, 10 * tries));
  }
  return assert.fail('the origin was asked each time');
}

/** Repeats a request and asserts that the edge never refuses it itself. */
async function alwaysAsked(ask) {
  for (let tries = 0; tries < 8; tries += 1) {
    const before = writes();
    await (await ask()).text();
    assert.equal(writes(), before + 1);
    await new Promise((go) => setImmediate(go));
  }
}

test('an invalid body and an unknown field are refused without the origin', async () => {
  for (const [body, detail] of [
    [{ ...place, colour: 1 }, /colour: unknown field `colour`, expected one of/],
    [{ ...place, profile_id: 'x' }, /profile_id: invalid type/],
    [{ profile_id: 1 }, /missing field `course_schedule_id`/],
    [[], /named fields/],
  ]) {
    const answer = await join(body);
    assert.match((await answer.clone().json()).detail, detail);
    await assertProblem(answer, 400, 'invalid_request');
  }
  assert.equal(edge.origin.requests.length, 0);
});

test('the token is checked before the body', async () => {
  const answer = await edge.fetch('/api/v1/waitlist/join', { method: 'POST', headers: json, body: 'x' });
  await assertProblem(answer, 401, 'unauthenticated');
  await assertProblem(await post(`${CLASS}/cancel`, {}), 403, 'forbidden');
});

test('a request with an idempotency key is forwarded, whatever its body', async () => {
  serve({ [CLASS]: classIn(1) }, 'waitlist_closed');
  await refusedByTheEdge(() => join());
  const before = writes();
  for (const body of [place, { colour: 1 }]) await (await join(body, { 'idempotency-key': 'k' })).text();
  assert.equal(writes(), before + 2);
});

let keys = 0;
/** The first attempt of a new key; `more` changes the headers. */
const first = (more = {}) => ({ 'idempotency-key': `key ${keys += 1}`, 'idempotency-first': '1', ...more });

test('the first attempt of a key is judged as a write without one, and its repeat is the origin\'s', async () => {
  serve({ [CLASS]: classIn(5) }, 'waitlist_closed');
  let headers;
  const refused = await refusedByTheEdge(() => join(place, headers = first()));
  await assertProblem(refused, 409, 'waitlist_closed');
  await assertProblem(await join({ colour: 1 }, first()), 400, 'invalid_request');
  await assertProblem(await edge.as({}, '/api/v1/bookings/x/leave', { method: 'POST', headers: first() }), 404, 'not_found');
  // The refusal is not stored under the key: the origin judges the repeat, with the header or without.
  for (const repeat of [headers, { 'idempotency-key': headers['idempotency-key'] }]) {
    const before = writes();
    await (await join(place, repeat)).text();
    assert.equal(writes(), before + 1);
    assert.equal(edge.origin.requests.findLast((request) => request.method === 'POST').headers['idempotency-first'], undefined);
  }
});

test('only a well-formed first attempt of a new key is judged', async () => {
  serve({ [CLASS]: classIn(5) }, 'waitlist_closed');
  await refusedByTheEdge(() => join(place, first()));
  for (const more of [
    { 'idempotency-first': '0' }, { 'idempotency-first': 'true' }, { 'idempotency-first': '' }, { 'idempotency-first': '1, 1' },
    { 'idempotency-key': '' }, { 'idempotency-key': 'x'.repeat(65) }, { 'idempotency-key': Buffer.from('é').toString('latin1') },
  ]) {
    const before = writes();
    await (await join({ colour: 1 }, first(more))).text();
    assert.equal(writes(), before + 1, JSON.stringify(more));
  }
  const before = writes();
  await (await join({ colour: 1 }, { 'idempotency-key': 'seen' })).text();
  await (await join({ colour: 1 }, first({ 'idempotency-key': 'seen' }))).text();
  assert.equal(writes(), before + 2, 'the key was seen without the header');
  await assertProblem(await join({ colour: 1 }, first({ 'idempotency-key': 'seen' }), { sub: '8' }), 400, 'invalid_request', 'another account');
});

test('a field of the policy that only a newer backend knows does not stop the precheck', async () => {
  serve({ [CLASS]: classIn(7), '/api/v1/policy': { id: 1, next: null, last_notification_lead: 480, booking_horizon_days: 14 } }, 'waitlist_closed');
  await assertProblem(await refusedByTheEdge(() => join()), 409, 'waitlist_closed');
});

test('a word that the edge does not know leaves the request to the origin', async () => {
  serve({ [CLASS]: { ...classIn(-1), status: 'postponed' } }, 'class_started');
  await alwaysAsked(() => join());
});

test('a join after the waitlist closed is refused once the origin has refused one', async () => {
  serve({ [CLASS]: classIn(5) }, 'waitlist_closed');
  const answer = await refusedByTheEdge(() => join());
  const body = await answer.clone().json();
  assert.equal(body.detail, 'The waitlist of this class is closed');
  await assertProblem(answer, 409, 'waitlist_closed');
});

test('joining or booking a class that has started or is called off is refused', async () => {
  for (const [fact, code] of [[classIn(-0.5), 'class_started'], [classIn(100, 'cancelled'), 'class_cancelled']]) {
    for (const path of ['/api/v1/waitlist/join', '/api/v1/bookings']) {
      serve({ [CLASS]: fact }, code);
      await assertProblem(await refusedByTheEdge(() => post(path, place)), 409, code);
    }
    await (await edge.as({ role: 'staff' }, `${CLASS}/cancel`, { method: 'POST' })).text();
  }
});

test('a request without cached facts is forwarded', async () => {
  serve({ [CLASS]: classIn(5) }, 'waitlist_closed');
  await refusedByTheEdge(() => join());
  await alwaysAsked(() => join({ ...place, profile_id: 3 }));
  await alwaysAsked(() => join({ ...place, makeup_for: 9 }));
  await alwaysAsked(() => join(place, {}, { role: 'staff' }));
  await alwaysAsked(() => join({ ...place, course_schedule_id: 2 }));
  await alwaysAsked(() => post('/api/v1/bookings', { ...place, pay_with_compensation: true }));
});

test('a join to an open waitlist is forwarded, whatever the last refusal was', async () => {
  serve({ [CLASS]: classIn(7) }, 'waitlist_closed');
  await alwaysAsked(() => join());
});

test('within seconds of a limit the request is forwarded, because the origin\'s clock decides', async () => {
  serve({ [CLASS]: classIn(6.5 - 3 / 3600) }, 'waitlist_closed');
  await alwaysAsked(() => join());
});

test('a makeup outside its window is refused', async () => {
  const makeup = (original) => ({ ...place, original_booking_id: original });
  for (const [hours, days, code] of [[0.5, 3, 'makeup_too_late'], [48, 13, 'makeup_expired'], [2, -3, 'makeup_before_original']]) {
    await edge.stop();
    edge = await startEdge();
    const reads = { [CLASS]: classIn(hours), '/api/v1/makeup/owed?limit=100': { items: [owed(9, days)], next_cursor: null } };
    serve(reads, code);
    await assertProblem(await refusedByTheEdge(() => post('/api/v1/makeup/book', makeup(9))), 409, code);
    await alwaysAsked(() => post('/api/v1/makeup/book', makeup(8)));
    await alwaysAsked(() => post('/api/v1/makeup/book', { ...makeup(9), profile_id: 2 }));
  }
});

test('an answer to an expired offer is refused once its deadline can no longer move', async () => {
  const deadline = iso(Date.now() - HOUR);
  serve({ '/api/v1/waitlist/5': entry('expired', 5, deadline) }, 'response_deadline_passed');
  const respond = () => post('/api/v1/waitlist/5/respond', { action: 'confirm' });
  const answer = await refusedByTheEdge(respond);
  assert.equal((await answer.clone().json()).deadline, deadline);
  await assertProblem(answer, 410, 'response_deadline_passed');
  await alwaysAsked(() => post('/api/v1/waitlist/5/respond', { action: 'confirm' }, {}, { sub: '8', role: 'staff' }));
});

test('an answer is forwarded while the entry may join again or has another status', async () => {
  const deadline = iso(Date.now() - HOUR);
  for (const one of [entry('expired', 7, deadline), entry('confirmed', 5, deadline), entry('expired', 5, null)]) {
    serve({ '/api/v1/waitlist/5': one }, 'response_deadline_passed');
    await alwaysAsked(() => post('/api/v1/waitlist/5/respond', { action: 'confirm' }));
  }
});

test('a write of the account invalidates the cached facts', async () => {
  serve({ [CLASS]: classIn(5) }, 'waitlist_closed');
  await refusedByTheEdge(() => join());
  await (await edge.as({}, '/api/v1/bookings/5', { method: 'DELETE' })).text();
  const before = writes();
  await (await join()).text();
  assert.equal(writes(), before + 1);
});

test('a class is judged by its own version of the policy', async () => {
  const version = { id: 2, effective_from: iso(0), policy: { last_notification_lead: 480 }, created_by: 1, created_at: iso(0) };
  serve({ [CLASS]: { ...classIn(7), policy_id: 2 }, '/api/v1/policies/2': version }, 'waitlist_closed');
  await assertProblem(await refusedByTheEdge(() => join()), 409, 'waitlist_closed');
});

test('a class for which another version may come to apply is left to the origin', async () => {
  serve({ [CLASS]: { ...classIn(5), policy_fixed: false } }, 'waitlist_closed');
  await alwaysAsked(() => join());
});

test('a class that took another version at another edge is left to the origin', async () => {
  serve({ [CLASS]: classIn(5) }, 'waitlist_closed');
  await refusedByTheEdge(() => join());
  // The copy is of the version before: an owner has let the class take another one since (R1.26).
  const other = { last_notification_lead: 60, response_cutoff_lead: 30 };
  const version = { id: 2, effective_from: iso(0), policy: other, created_by: 1, created_at: iso(0) };
  serve({ [CLASS]: { ...classIn(5), policy_id: 2 }, '/api/v1/policies/2': version });
  const before = writes();
  assert.equal((await join()).status, 200);
  assert.equal(writes(), before + 1);
});

test('a class that cannot be read again is left to the origin', async () => {
  serve({ [CLASS]: classIn(5) }, 'waitlist_closed');
  await refusedByTheEdge(() => join());
  serve({}, 'waitlist_closed');
  const before = writes();
  await (await join()).text();
  assert.equal(writes(), before + 1);
});

test('a class that has started or is called off is not read again', async () => {
  for (const fact of [classIn(-0.5), classIn(100, 'cancelled')]) {
    serve({ [CLASS]: fact }, 'class_started');
    const refused = await refusedByTheEdge(() => join());
    const reads = edge.origin.requests.filter((request) => request.url === CLASS).length;
    await (await join()).text();
    assert.equal(edge.origin.requests.filter((request) => request.url === CLASS).length, reads, (await refused.json()).code);
    await (await edge.as({ role: 'staff' }, `${CLASS}/cancel`, { method: 'POST' })).text();
  }
});
