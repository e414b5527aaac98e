// A panic answers 500 to its request and to no other; a trap, which ends the instance, to all that were under way in it;
// the next request finds a working instance. No path of the worker does either, so the module under the entry is given
// a request whose body is none, at which the `worker` crate panics, or is made to trap in its place.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { assertLogged, assertProblem, root, startEdge } from './harness.mjs';

const hostile = `
import * as real from './real.js';
export * from './real.js';
const broken = (request) => new Proxy(request, {
  get(target, name) {
    if (name === 'body') return {};
    const value = Reflect.get(target, name, target);
    return typeof value === 'function' ? value.bind(target) : value;
  },
});
export function fetch(request, env, context) {
  if (request.headers.has('x-trap')) throw new WebAssembly.RuntimeError('unreachable');
  return real.fetch(request.headers.has('x-panic') ? broken(request) : request, env, context);
}
`;

let edge;
before(async () => {
  const built = fs.readFileSync(path.join(root, 'edge/build/index.js'));
  edge = await startEdge({ bindings: { WEB_ORIGIN: 'https://page.example' }, replace: { 'index.js': hostile, 'real.js': built } });
});
beforeEach(() => { edge.origin.answer = undefined; edge.logs.length = 0; });
after(() => edge.stop());

const call = (headers = {}) => ({
  method: 'POST', headers: { 'content-type': 'application/json', 'x-request-id': 'r-9', ...headers }, body: '{"args":[]}',
});
const works = async () => assert.equal((await edge.fetch('/api/v1/rules/version', call())).status, 200);

/** A request that waits for the origin; `finish` lets the origin answer. */
async function slow() {
  let finish;
  const arrived = new Promise((here) => {
    edge.origin.answer = (request, response) => {
      finish = () => response.setHeader('content-type', 'application/json').end('{"slow":1}');
      here();
    };
  });
  const answer = edge.as({}, '/api/v1/profiles');
  await arrived;
  return { answer, finish };
}

test('a panic at once, or after an await, where nobody waits for the task that panics', async () => {
  for (let round = 0; round < 3; round += 1) {
    const answer = await edge.fetch('/api/v1/rules/version', call({ 'x-panic': '1', origin: 'https://page.example' }));
    assert.equal(answer.headers.get('x-request-id'), 'r-9');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('access-control-allow-origin'), 'https://page.example');
    await assertProblem(answer, 500, 'internal');
    await works();
    await assertProblem(await edge.as({}, '/api/v1/bookings', call({ 'x-panic': '1' })), 500, 'internal');
    await works();
  }
  await assertLogged(edge, 'panicked at');
});

test('what is under way beside a panic is answered as if nothing had happened', async () => {
  const beside = await slow();
  await assertProblem(await edge.fetch('/api/v1/rules/version', call({ 'x-panic': '1' })), 500, 'internal');
  await assertProblem(await edge.as({}, '/api/v1/bookings', call({ 'x-panic': '1' })), 500, 'internal');
  beside.finish();
  const answer = await beside.answer;
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { slow: 1 });
});

test('a trap takes its instance along: nobody is left waiting, and the next finds a fresh one', async () => {
  const beside = await slow();
  await assertProblem(await edge.fetch('/api/v1/rules/version', call({ 'x-trap': '1' })), 500, 'internal');
  await assertProblem(await beside.answer, 500, 'internal');
  edge.origin.answer = undefined;
  await works();
  assert.equal((await edge.as({}, '/api/v1/profiles')).status, 200);
});
