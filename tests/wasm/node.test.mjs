// The package for Node passes every worked case.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { differences, FUNCTIONS } from './cases.mjs';
import { vectors } from './vectors.mjs';

const rules = createRequire(import.meta.url)('../../wasm-pkg/dist/node/index.js');

test('every worked case holds, and errors name the path', () => {
  assert.deepEqual(differences(rules, vectors), []);
});

test('a wrong answer is detected', () => {
  const [first] = vectors;
  const lying = { ...rules, [first.fn]: () => ({ ok: 'perhaps' }) };
  assert.notEqual(differences(lying, [first]).length, 0);
});

test('every function is exported, and every function with arguments has worked cases', () => {
  assert.deepEqual(Object.keys(rules).sort(), FUNCTIONS);
  const withCases = new Set(vectors.map(({ fn }) => fn));
  assert.deepEqual(FUNCTIONS.filter((fn) => !withCases.has(fn)), ['defaultPolicy', 'version']);
});

test('leaving the policy out means the default policy', () => {
  const policy = rules.defaultPolicy();
  assert.equal(policy.lastNotificationLead, 390);
  assert.equal(policy.quietHours, null);
  assert.deepEqual(rules.waitlistTimes(0, policy), rules.waitlistTimes(0));
  assert.match(rules.version(), /^\d+\.\d+\.\d+$/);
});
