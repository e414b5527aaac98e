// A fault (a panic, a JavaScript exception inside the WASM, or a trap) answers its request with 500, and the next request
// works. After a panic or an exception, concurrent requests continue; a trap ends the instance, and they are answered with
// 500 at once. No real request causes a fault, so the tests use requests that cannot exist.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { assertLogged, assertProblem, root, startEdge } from './harness.mjs';

const hostile = `
import * as real from './real.js';
export * from './real.js';

/** A request of which the property \`name\` is read by \`read\`, the first time. */
function withProperty(request, name, read) {
  let isRead = false;
  return new Proxy(request, {
    get(target, key) {
      if (key === name && !isRead) {
        isRead = true;
        read();
      }
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function unexpected() {
  throw new TypeError('unexpected');
}

// WASM calls JavaScript, which calls WASM, and so on until the stack ends.
const endless = Object.assign([], { filter: () => real.abandoned(endless) });

const faults = {
  // At a request whose \`cf\` throws the \`worker\` crate panics.
  panic: (request) => withProperty(request, 'cf', unexpected),
  // The bindings expect no exception from \`url\`.
  exception: (request) => withProperty(request, 'url', unexpected),
  'stack overflow': (request) => withProperty(request, 'url', () => real.abandoned(endless)),
  // Room for short strings is left, but not for the body.
  'lack of memory': (request) => withProperty(request, 'url', real.exhaustMemory),
};
const faultsOfTheCall = { 'early exception': unexpected, 'early trap': real.trap };

export function fetch(request, env, context) {
  const name = request.headers.get('x-hostile');
  faultsOfTheCall[name]?.();
  if (name === 'unreachable code') {
    queueMicrotask(real.trap);
    return new Promise(() => {});
  }
  return real.fetch(faults[name]?.(request) ?? request, env, context);
}
`;

// Appended to the JavaScript that wasm-bindgen wrote, to reach what it does not export.
const inside = `
/** The outcome of a trap. */
export const trap = () => __wbg_handle_catch(new WebAssembly.RuntimeError('unreachable'));

/** Allocates all memory except pieces smaller than 4 KiB. */
export function exhaustMemory() {
  for (let pages = 65536; pages >= 1; pages >>= 1) {
    try { while (true) wasm.memory.grow(pages); } catch { /* smaller steps */ }
  }
  try { while (true) wasm.__wbindgen_malloc(4096, 1); } catch { /* none is left */ }
}
`;

let edge;
before(async () => {
  const index = fs.readFileSync(path.join(root, 'edge/build/index.js'), 'utf8');
  assert.ok(index.includes('function __wbg_handle_catch('), 'wasm-bindgen handles traps in another way now');
  edge = await startEdge({
    bindings: { WEB_ORIGIN: 'https://page.example', EDGE_SECRET: 'a secret of the two' },
    replace: { 'index.js': hostile, 'real.js': index + inside },
  });
});
beforeEach(() => { edge.origin.answer = undefined; edge.logs.length = 0; });
after(() => edge.stop());

const call = (headers = {}, length = 0) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-request-id': 'r-9', ...headers },
  body: '{"args":[]}'.padEnd(length),
});
const version = '/api/v1/rules/version';
const works = async () => assert.equal((await edge.fetch(version, call())).status, 200);
const fails = async (fault) => {
  const answer = await edge.fetch(version, call({ 'x-hostile': fault, origin: 'https://page.example' }, 32768));
  assert.equal(answer.headers.get('x-request-id'), 'r-9', fault);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', fault);
  assert.equal(answer.headers.get('access-control-allow-origin'), 'https://page.example', fault);
  await assertProblem(answer, 500, 'internal', fault);
};

/** Fifty requests that wait for the origin; `finish` lets the origin answer. */
async function waiting(count = 50) {
  const held = [];
  const arrived = new Promise((all) => {
    edge.origin.answer = (request, response) => {
      held.push(response);
      if (held.length === count) all();
    };
  });
  const answers = Array.from({ length: count }, () => edge.as({}, '/api/v1/profiles'));
  await arrived;
  return {
    answers: Promise.all(answers),
    finish: () => held.forEach((response) => response.setHeader('content-type', 'application/json').end('{"held":1}')),
  };
}

for (const fault of ['panic', 'exception', 'early exception']) {
  test(`${fault}: its request is answered 500, and fifty others continue`, async () => {
    for (let round = 0; round < 3; round += 1) {
      await fails(fault);
      await works();
    }
    const { answers, finish } = await waiting();
    await fails(fault);
    finish();
    for (const answer of await answers) {
      assert.equal(answer.status, 200);
      assert.deepEqual(await answer.json(), { held: 1 });
    }
    edge.origin.answer = undefined;
    await works();
  });
}

for (const fault of ['unreachable code', 'early trap', 'lack of memory']) {
  test(`${fault}: all concurrent requests are answered 500 at once, and the next works`, async () => {
    for (let round = 0; round < 3; round += 1) {
      await fails(fault);
      await works();
    }
    const { answers, finish } = await waiting();
    await fails(fault);
    for (const answer of await answers) await assertProblem(answer, 500, 'internal');
    finish();
    edge.origin.answer = undefined;
    await works();
    assert.equal((await edge.as({}, '/api/v1/profiles')).status, 200);
  });
}

test('stack overflow: its request is answered 500, none of fifty others hangs, and the next works', async () => {
  for (let round = 0; round < 3; round += 1) {
    await fails('stack overflow');
    await works();
  }
  const { answers, finish } = await waiting();
  await fails('stack overflow');
  finish();
  // Whether the stack ends in JavaScript, which is an exception, or in WASM, which is a trap, is not certain.
  for (const answer of await answers) assert.ok([200, 500].includes(answer.status), String(answer.status));
  edge.origin.answer = undefined;
  await works();
});

test('a run of the cron handler goes on beside an exception', async () => {
  let finish;
  const arrived = new Promise((here) => {
    edge.origin.answer = (request, response) => {
      finish = () => response.setHeader('content-type', 'application/json').end('{}');
      here();
    };
  });
  const run = edge.scheduled();
  await arrived;
  await fails('exception');
  finish();
  assert.equal((await run).outcome, 'ok');
});

test('a panic is in the log', async () => {
  await fails('panic');
  await assertLogged(edge, 'panicked at');
});
