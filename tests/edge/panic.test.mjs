// A panic answers 500 to its request and to no other; a trap, which ends the instance, to all that were under way in it;
// the next request finds a working instance. No path of the worker does either, so its border to the runtime is given
// bodies that cannot be, at which Rust panics, or throws where nothing may; and a trap is played as wasm-bindgen meets one.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { assertLogged, assertProblem, root, startEdge } from './harness.mjs';

const hostile = `
import * as real from './real.js';
export * from './real.js';
const asks = (message, what) => message instanceof Request && message.headers.get('x-hostile') === what;
// Longer than WASM's memory: Rust cannot make room for it.
export const bytes = async (message) => (asks(message, 'panic') ? { length: 2 ** 32 - 1 } : real.bytes(message));
const thrown = new WeakSet();
export function requestHead(request, names) {
  if (asks(request, 'throw') && !thrown.has(request)) {
    thrown.add(request);
    throw new TypeError('unexpected');
  }
  return real.requestHead(request, names);
}
`;

let edge;
before(async () => {
  const build = path.join(root, 'edge/build');
  const border = fs.readdirSync(build, { recursive: true }).map(String).find((name) => name.endsWith('border.js'));
  const read = (name) => fs.readFileSync(path.join(build, name), 'utf8');
  // What wasm-bindgen's own text does with a trap.
  const trap = "if (request.headers.get('x-hostile') === 'trap') __wbg_handle_catch(new WebAssembly.RuntimeError('unreachable'));";
  const entered = /(export function fetch\(request, env, context\) \{\s*let ret;\s*__wbg_call_guard\(\);)/;
  const index = read('index.js').replace(entered, `$1 ${trap}`);
  assert.ok(index.includes(trap), 'wasm-bindgen writes its exports in another way now');
  edge = await startEdge({
    bindings: { WEB_ORIGIN: 'https://page.example' },
    replace: { 'index.js': index, [border]: hostile, [path.join(path.dirname(border), 'real.js')]: read(border) },
  });
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

test('a panic, or what the runtime throws where nothing may: 500 to that request', async () => {
  for (let round = 0; round < 3; round += 1) {
    for (const hostility of ['panic', 'throw']) {
      const hostile = call({ 'x-hostile': hostility, origin: 'https://page.example' });
      const answer = await edge.fetch('/api/v1/rules/version', hostile);
      assert.equal(answer.headers.get('x-request-id'), 'r-9');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(answer.headers.get('access-control-allow-origin'), 'https://page.example');
      await assertProblem(answer, 500, 'internal');
      await works();
    }
  }
  await assertLogged(edge, 'panicked at');
});

test('what is under way beside a panic is answered as if nothing had happened', async () => {
  for (const hostility of ['panic', 'throw']) {
    const beside = await slow();
    await assertProblem(await edge.fetch('/api/v1/rules/version', call({ 'x-hostile': hostility })), 500, 'internal');
    beside.finish();
    const answer = await beside.answer;
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { slow: 1 });
  }
});

test('a trap takes its instance along: nobody is left waiting, and the next finds a fresh one', async () => {
  const beside = await slow();
  await assertProblem(await edge.fetch('/api/v1/rules/version', call({ 'x-hostile': 'trap' })), 500, 'internal');
  beside.finish();
  await assertProblem(await beside.answer, 500, 'internal');
  edge.origin.answer = undefined;
  await works();
  assert.equal((await edge.as({}, '/api/v1/profiles')).status, 200);
});
