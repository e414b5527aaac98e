// How long the worker takes, on a bare workerd: scripts/bench-edge [--seconds N]; see docs/performance.md.
// One caller asks, one request after the other; the lines take turns, so that what else the machine does falls on all.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { signer } from '../harness.mjs';
import { startWorkerd } from './stage.mjs';

const ROUNDS = 10;
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } });
const perRound = (Number(values.seconds) * 1000) / ROUNDS;
assert.ok(perRound > 0, '--seconds must be a number above 0');

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'gym-bench-'));
const child = fork(new URL('origin.mjs', import.meta.url));
const [{ port }] = await once(child, 'message');
const origin = `http://127.0.0.1:${port}`;
async function asked() {
  child.send('?');
  return (await once(child, 'message'))[0].asked;
}
const keys = signer('key-1');
const stage = await startWorkerd({ origin, jwks: JSON.stringify({ keys: [keys.jwk] }), directory });

const token = { authorization: `Bearer ${keys.token()}` };
const json = { 'content-type': 'application/json' };
const profiles = { path: '/api/v1/profiles', headers: token };
const check = { path: '/api/v1/waitlist/deadline-check?waitlist_id=1', headers: token };
const policy = { path: '/api/v1/policy', headers: {} };
const login = { method: 'POST', path: '/api/v1/auth/login', headers: json, body: '{"code":"x"}' };
const join = { method: 'POST', path: '/api/v1/waitlist/join', headers: { ...token, ...json }, body: '{"profile_id":1,"unknown":1}' };
const keyed = { ...join, headers: { ...join.headers, 'idempotency-key': 'k' } };
const lines = [
  ['a trip to the origin, nobody between', { base: origin, ...check }],
  ['a plain JS worker, answered there', { base: stage.proxy, path: '/healthz', headers: {} }],
  ['this worker, answered here: the time', { base: stage.edge, path: '/api/v1/time', headers: {} }],
  ['a plain JS proxy: a read', { base: stage.proxy, ...check }],
  ['this worker, to the origin: a read with a token', { base: stage.edge, ...check }],
  ['a plain JS proxy: a write', { base: stage.proxy, ...login }],
  ['this worker, to the origin: a write without a token', { base: stage.edge, ...login }],
  ['this worker, to the origin: a write with a key', { base: stage.edge, ...keyed }],
  ['this worker, to the origin: does what is kept hold?', { base: stage.edge, ...profiles }],
  ['this worker, refused: no token', { base: stage.edge, ...join, headers: json }],
  ['this worker, refused: a body that is none', { base: stage.edge, ...join }],
  ['this worker, a cached read: the policy', { base: stage.edge, ...policy }],
].map(([name, call]) => ({ name, call, taken: [], asked: 0, statuses: new Set() }));

const agent = new http.Agent({ keepAlive: true });
async function send({ base, method = 'GET', path: where, headers, body }) {
  const request = http.request(base + where, { agent, method, headers: { ...headers, ...(body && { 'content-length': Buffer.byteLength(body) }) } });
  request.end(body);
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

async function run(line, until) {
  const before = await asked();
  while (performance.now() < until) {
    const began = performance.now();
    line.statuses.add(await send(line.call));
    line.taken.push(performance.now() - began);
  }
  line.asked += (await asked()) - before;
}

for (const line of lines) for (let warm = 0; warm < 300; warm += 1) await send(line.call);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const line of lines) await run(line, performance.now() + perRound);
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2);
console.log(`${'ms'.padEnd(54)} ${'p50'.padStart(6)} ${'p99'.padStart(6)} ${'requests'.padStart(9)}  asked the origin  status`);
for (const { name, taken, asked: trips, statuses } of lines) {
  const sorted = Float64Array.from(taken).sort();
  const share = `${Math.round((100 * trips) / sorted.length)} %`;
  console.log(`${name.padEnd(54)} ${at(sorted, 0.5).padStart(6)} ${at(sorted, 0.99).padStart(6)} ${String(sorted.length).padStart(9)}  ${share.padStart(16)}  ${[...statuses].join()}`);
}

agent.destroy();
await stage.stop();
child.disconnect();
fs.rmSync(directory, { recursive: true });
