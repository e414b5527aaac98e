// A panic answers 500 to its request, and the next request finds a working instance. No path of the worker panics, so
// the module under the entry is given a request whose body is none: the `worker` crate panics at that.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertProblem, root, startEdge } from './harness.mjs';

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
  return real.fetch(request.headers.has('x-panic') ? broken(request) : request, env, context);
}
`;

let edge;
before(async () => {
  const built = fs.readFileSync(path.join(root, 'edge/build/index.js'));
  edge = await startEdge({ replace: { 'index.js': hostile, 'real.js': built } });
});
after(() => edge.stop());

const panic = { headers: { 'x-panic': '1', 'x-request-id': 'r-9' } };

test('at once', async () => {
  for (let round = 0; round < 3; round += 1) {
    const answer = await edge.fetch('/api/v1/time', panic);
    assert.equal(answer.headers.get('x-request-id'), 'r-9');
    await assertProblem(answer, 500, 'internal');
    assert.equal((await edge.fetch('/api/v1/time')).status, 200);
  }
  assert.ok(edge.logs.some((line) => line.includes('panic')), edge.logs.join('\n'));
});

test('after an await, where nobody waits for the task that panics', async () => {
  for (let round = 0; round < 3; round += 1) {
    await assertProblem(await edge.as({}, '/api/v1/profiles', panic), 500, 'internal');
    assert.equal((await edge.as({}, '/api/v1/profiles')).status, 200);
  }
});
