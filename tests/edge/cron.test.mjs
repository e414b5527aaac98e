// The platform's clock, through workerd's own scheduled handler.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertLogged, signer, startEdge } from './harness.mjs';

async function withEdge(bindings, story) {
  const edge = await startEdge({ bindings });
  try {
    await story(edge);
  } finally {
    await edge.stop();
  }
}

test('it asks the origin to settle what is overdue, with the service token', async () => {
  const SERVICE_TOKEN = signer('key-1').token({ role: 'service' });
  await withEdge({ SERVICE_TOKEN }, async (edge) => {
    assert.equal((await edge.scheduled()).outcome, 'ok');
    assert.equal(edge.origin.requests.length, 1);
    const [{ method, url, headers, body }] = edge.origin.requests;
    assert.equal(`${method} ${url}`, 'POST /api/v1/waitlist/process-expiry');
    assert.equal(headers.authorization, `Bearer ${SERVICE_TOKEN}`);
    assert.match(headers['x-request-id'], /^[0-9a-f-]{36}$/);
    assert.deepEqual(JSON.parse(body), {});
  });
});

test('without the secret it says so and does nothing', () => withEdge({}, async (edge) => {
  assert.equal((await edge.scheduled()).outcome, 'ok');
  assert.deepEqual(edge.origin.requests, []);
  await assertLogged(edge, 'SERVICE_TOKEN is unset');
}));

test('a refusal and an absent origin are in the log, and the handler lives on', () => withEdge({ SERVICE_TOKEN: 'x' }, async (edge) => {
  edge.origin.answer = (request, response) => response.writeHead(401).end('who?');
  assert.equal((await edge.scheduled()).outcome, 'ok');
  await assertLogged(edge, 'refused with 401: who?');
  await edge.origin.close();
  assert.equal((await edge.scheduled()).outcome, 'ok');
  await assertLogged(edge, 'the origin did not answer');
}));

test('an origin that is away is asked less and less often, and every minute when it is back', () => withEdge({ SERVICE_TOKEN: 'x' }, async (edge) => {
  let status = 503;
  edge.origin.answer = (request, response) => response.writeHead(status).end('{}');
  const asked = [];
  const minute = async (at) => {
    edge.origin.requests.length = 0;
    assert.equal((await edge.scheduled(at)).outcome, 'ok');
    if (edge.origin.requests.length > 0) asked.push(at);
  };
  for (let at = 0; at < 40; at += 1) await minute(at);
  assert.deepEqual(asked, [0, 2, 6, 14, 30]);
  await assertLogged(edge, 'away 5 times in a row');
  status = 200;
  for (let at = 40; at < 50; at += 1) await minute(at);
  assert.deepEqual(asked.slice(5), [46, 47, 48, 49]);
}));

test('a token that the origin refuses is no reason to pause', () => withEdge({ SERVICE_TOKEN: 'x' }, async (edge) => {
  edge.origin.answer = (request, response) => response.writeHead(401).end();
  for (let at = 0; at < 3; at += 1) await edge.scheduled(at);
  assert.equal(edge.origin.requests.length, 3);
}));
