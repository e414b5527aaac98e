// The mini-program's build passes every worked case in a runtime with WXWebAssembly and without the globals that old phones lack.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';
import { brotliDecompressSync } from 'node:zlib';
import { ask, differences, FUNCTIONS } from './cases.mjs';
import { root, vectors } from './vectors.mjs';

const ABSENT = ['BigInt', 'BigInt64Array', 'BigUint64Array', 'FinalizationRegistry', 'SharedArrayBuffer', 'WeakRef', 'WebAssembly'];
const NEVER_THERE = ['TextDecoder', 'TextEncoder', 'URL', 'fetch', 'process', 'require', 'Buffer', 'window'];

/** Loads miniprogram/wasm/index.js as WeChat does; `instantiate` replaces WXWebAssembly.instantiate. */
function load(instantiate) {
  const exports = {};
  const world = vm.createContext({ exports, module: { exports }, WXWebAssembly: { instantiate } });
  vm.runInContext(ABSENT.map((name) => `delete globalThis.${name};`).join(''), world);
  for (const name of [...ABSENT, ...NEVER_THERE]) {
    assert.equal(vm.runInContext(`typeof ${name}`, world), 'undefined', name);
  }
  vm.runInContext(readFileSync(new URL('miniprogram/wasm/index.js', root), 'utf8'), world);
  return exports;
}

async function instantiate(path, imports) {
  assert.equal(typeof path, 'string');
  assert.match(path, /^\/wasm\/[\w.]+\.wasm\.br$/);
  const bytes = brotliDecompressSync(readFileSync(new URL(`miniprogram${path}`, root)));
  const { instance } = await WebAssembly.instantiate(bytes, imports);
  const globals = Object.entries(instance.exports).filter(([, value]) => value instanceof WebAssembly.Global);
  assert.deepEqual(globals, [], 'iOS has no exported globals');
  return { instance };
}

test('every worked case holds', async () => {
  const rules = load(instantiate);
  await rules.init();
  assert.deepEqual(differences(rules, vectors), []);
  assert.deepEqual(Object.keys(rules).sort(), [...FUNCTIONS, 'init'].sort());
});

test('text of any UTF-8 length passes through unchanged', async () => {
  const rules = load(instantiate);
  await rules.init();
  assert.equal(rules.countdown(1, 0).text, '已截止');
  for (const name of ['é', '候补', '🏀x', 'a\u0000b', '\ud800', 'é候🏀'.repeat(500)]) {
    const shown = name.replace('\ud800', '\ufffd');
    assert.throws(() => rules.phase(0, 0, { [name]: 1 }), (e) => e.message.includes(`\`${shown}\``), name);
  }
});

test('the module loads once, and again after a failed load', async () => {
  let calls = 0;
  const rules = load((path, imports) => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error('offline')) : instantiate(path, imports);
  });
  await assert.rejects(rules.init(), /offline/);
  await Promise.all([rules.init(), rules.init()]);
  assert.equal(calls, 2);
  assert.equal(rules.phase(1, 0), 'closed');
});

test('calls do not leak memory, even if refused', async () => {
  let memory;
  const rules = load(async (path, imports) => {
    const loaded = await instantiate(path, imports);
    memory = loaded.instance.exports.memory;
    return loaded;
  });
  await rules.init();
  const facts = { start: 1772445600000, now: 1772400000000 };
  const calls = (times) => {
    for (let i = 0; i < times; i++) ask(rules, 'mayNotify', [facts, { decisionWindow: i % 2 ? 30 : 0.5 }]);
  };
  calls(100);
  const before = memory.buffer.byteLength;
  calls(20_000);
  assert.equal(memory.buffer.byteLength, before);
});
