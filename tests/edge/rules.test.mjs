// The rule functions over HTTP: every worked case.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertProblem, root, startEdge } from './harness.mjs';

let edge;
before(async () => { edge = await startEdge(); });
after(() => edge.stop());

const call = (name, body, headers = { 'content-type': 'application/json' }) =>
  edge.fetch(`/api/v1/rules/${name}`, { method: 'POST', headers, body });

test('every worked case', async () => {
  const lines = fs.readFileSync(path.join(root, 'tests/vectors/rules.jsonl'), 'utf8').trim().split('\n');
  assert.ok(lines.length >= 1023, `${lines.length} cases`);
  for (const line of lines) {
    const { fn, args, expect } = JSON.parse(line);
    const answer = await call(fn, JSON.stringify({ args }));
    if (expect?.throws) {
      await assertProblem(answer, 400, expect.throws, line);
    } else {
      assert.equal(answer.status, 200, line);
      assert.deepEqual(await answer.json(), { value: expect }, line);
    }
  }
  assert.deepEqual(edge.origin.requests, []);
});

test('malformed calls', async () => {
  for (const body of ['', '{', '[]', '{}', 'null', '{"args": {}}', '{"args": [], "more": 1}', '{"args": [1e999, 1]}']) {
    await assertProblem(await call('countdown', body), 400, 'invalid_request', body);
  }
  await assertProblem(await call('countdown', `{"args": ${'['.repeat(5000)}${']'.repeat(5000)}}`), 400, 'invalid_request');
  await assertProblem(await call('countdown', Buffer.from([0x22, 0xff, 0x22])), 400, 'invalid_request');
  await assertProblem(await call('nothing', '{"args": []}'), 404, 'not_found');
  await assertProblem(await call('countdown', '{"args": [1, 2]}', { 'content-type': 'text/plain' }), 400, 'invalid_request');
});
