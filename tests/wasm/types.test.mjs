// Each package's index.d.ts declares what its index.js exports, names the codes of the rules, and type-checks in use.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FUNCTIONS } from './cases.mjs';
import { root, vectors } from './vectors.mjs';

const HOMES = {
  'wasm-pkg/dist/node': FUNCTIONS,
  'wasm-pkg/dist/web': [...FUNCTIONS, 'init', 'initSync'],
  'miniprogram/wasm': [...FUNCTIONS, 'init'],
};

for (const [home, exports] of Object.entries(HOMES)) {
  const types = readFileSync(new URL(`${home}/index.d.ts`, root), 'utf8');

  test(`${home} declares its functions and no others`, () => {
    const declared = [...types.matchAll(/^export (?:default )?function (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(declared.sort(), [...exports].sort());
  });

  test(`${home} names every code that an answer holds`, () => {
    const union = types.match(/export type Code =([^;]+);/)[1];
    const codes = new Set(vectors.map(({ expect }) => expect?.code).filter(Boolean));
    assert.ok(codes.size > 15);
    for (const code of codes) assert.ok(union.includes(`'${code}'`), code);
  });
}

test('right uses type-check and wrong ones do not', () => {
  const tsc = fileURLToPath(new URL('tests/node_modules/typescript/bin/tsc', root));
  const project = fileURLToPath(new URL('tests/wasm/tsconfig.json', root));
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});
