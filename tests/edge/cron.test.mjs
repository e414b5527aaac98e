// The cron handler, run by workerd.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signer } from '../../tools/stack/signer.mjs';
import { assertLogged, assertProblem, startEdge } from './harness.mjs';

async function withEdge(bindings, story) {
  const edge = await startEdge({ bindings });
  try {
    await story(edge);
  } finally {
    await edge.stop();
  }
}

const EDGE_SECRET = 'a secret of the two';
const SERVICE_TOKEN = signer('key-1').token({ role: 'service' });

test('it calls process-expiry at the origin with the secret and without a token', () => withEdge({ EDGE_SECRET }, async (edge) => {
  assert.equal((await edge.scheduled()).outcome, 'ok');
  assert.equal(edge.origin.requests.length, 1);
  const [{ method, url, headers, body }] = edge.origin.requests;
  assert.equal(`${method} ${url}`, 'POST /api/v1/waitlist/process-expiry');
  assert.equal(headers['x-edge-secret'], EDGE_SECRET);
  assert.equal(headers['x-edge-cron'], '1');
  assert.equal(headers.authorization, undefined);
  assert.match(headers['x-request-id'], /^[0-9a-f-]{36}$/);
  assert.deepEqual(JSON.parse(body), {});
}));

test('without a secret it sends the service token', () => withEdge({ SERVICE_TOKEN }, async (edge) => {
  assert.equal((await edge.scheduled()).outcome, 'ok');
  const [{ headers }] = edge.origin.requests;
  assert.equal(headers.authorization, `Bearer ${SERVICE_TOKEN}`);
  for (const name of ['x-edge-secret', 'x-edge-cron']) assert.equal(headers[name], undefined, name);
}));

test('with both it sends only the secret', () => withEdge({ EDGE_SECRET, SERVICE_TOKEN }, async (edge) => {
  assert.equal((await edge.scheduled()).outcome, 'ok');
  const [{ headers }] = edge.origin.requests;
  assert.equal(headers['x-edge-cron'], '1');
  assert.equal(headers.authorization, undefined);
}));

test('without either it logs that and does nothing', () => withEdge({}, async (edge) => {
  assert.equal((await edge.scheduled()).outcome, 'ok');
  assert.deepEqual(edge.origin.requests, []);
  await assertLogged(edge, 'neither EDGE_SECRET nor SERVICE_TOKEN is set');
}));

test('no other request can pass as the cron handler', () => withEdge({ EDGE_SECRET }, async (edge) => {
  const ask = { method: 'POST', headers: { 'content-type': 'application/json', 'x-edge-cron': '1', 'x-edge-secret': EDGE_SECRET }, body: '{}' };
  await assertProblem(await edge.fetch('/api/v1/waitlist/process-expiry', ask), 401, 'unauthenticated');
  assert.deepEqual(edge.origin.requests, []);
  // Onward from a caller with an address, the secret travels, and the caller's own word does not.
  ask.headers['cf-connecting-ip'] = '192.0.2.7';
  assert.equal((await edge.as({ role: 'staff' }, '/api/v1/waitlist/process-expiry', ask)).status, 200);
  assert.equal(edge.origin.requests[0].headers['x-edge-secret'], EDGE_SECRET);
  assert.equal(edge.origin.requests[0].headers['x-edge-cron'], undefined);
}));

test('a refusal and an unreachable origin are logged, and the handler keeps working', () => withEdge({ SERVICE_TOKEN: 'x' }, async (edge) => {
  edge.origin.answer = (request, response) => response.writeHead(401).end('who?');
  assert.equal((await edge.scheduled()).outcome, 'ok');
  await assertLogged(edge, 'refused with 401: who?');
  await edge.origin.close();
  assert.equal((await edge.scheduled()).outcome, 'ok');
  await assertLogged(edge, 'the origin did not answer');
}));

test('an unreachable origin is called less and less often, and every minute once it is back', () => withEdge({ SERVICE_TOKEN: 'x' }, async (edge) => {
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

test('a refused token does not pause the cron handler', () => withEdge({ SERVICE_TOKEN: 'x' }, async (edge) => {
  edge.origin.answer = (request, response) => response.writeHead(401).end();
  for (let at = 0; at < 3; at += 1) await edge.scheduled(at);
  assert.equal(edge.origin.requests.length, 3);
}));
