// Each package's index.d.ts declares the exports of its index.js, names the codes of the rules, and type-checks in use.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FUNCTIONS } from './cases.mjs';
import { root, vectors } from './vectors.mjs';

const PACKAGES = {
  'wasm-pkg/dist/node': FUNCTIONS,
  'wasm-pkg/dist/web': [...FUNCTIONS, 'init', 'initSync'],
  'miniprogram/wasm': [...FUNCTIONS, 'init'],
};

for (const [name, exports] of Object.entries(PACKAGES)) {
  const types = readFileSync(new URL(`${name}/index.d.ts`, root), 'utf8');

  test(`${name} declares exactly its functions`, () => {
    const declared = [...types.matchAll(/^export (?:default )?function (\w+)/gm)].map(([, declaredName]) => declaredName);
    assert.deepEqual(declared.sort(), [...exports].sort());
  });

  test(`${name} names every code of the worked cases`, () => {
    const union = types.match(/export type Code =([^;]+);/)[1];
    const codes = new Set(vectors.map(({ expect }) => expect?.code).filter(Boolean));
    assert.ok(codes.size > 15);
    for (const code of codes) assert.ok(union.includes(`'${code}'`), code);
  });
}

test('valid uses type-check and invalid ones do not', () => {
  const tsc = fileURLToPath(new URL('tests/node_modules/typescript/bin/tsc', root));
  const project = fileURLToPath(new URL('tests/wasm/tsconfig.json', root));
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});
