// How long the worker takes, on a bare workerd: scripts/bench-edge [--seconds N]; see docs/performance.md.
// One caller sends one request after the other. The lines take turns, so that other work on the machine affects all.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { signer } from '../stack/signer.mjs';
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
// As the mini-program sends it: with a key of its own, for the first time.
let firsts = 0;
const first = () => {
  firsts += 1;
  const named = { accept: 'application/json', 'x-client': 'mini/9.0.0', 'x-request-id': `r-${firsts}`, 'idempotency-key': `k-${firsts}`, 'idempotency-first': '1' };
  return { base: stage.edge, ...join, headers: { ...join.headers, ...named }, body: '{"profile_id":1,"course_schedule_id":1,"booking_date":"2026-03-02"}' };
};
const repeat = { ...join, headers: { ...join.headers, 'idempotency-key': 'k' } };
/** Each line: its key and name, its request, and the goal: at most so many times the p50 of another line. */
const lines = [
  ['origin', 'the origin itself, without a worker', { base: origin, ...check }],
  ['js', 'a plain JS worker, answered there', { base: stage.proxy, path: '/healthz', headers: {} }],
  ['time', 'this worker, answered here: the time', { base: stage.edge, path: '/api/v1/time', headers: {} }],
  ['proxy read', 'a plain JS proxy: a read', { base: stage.proxy, ...check }],
  ['read', 'this worker, to the origin: a read with a token', { base: stage.edge, ...check }, ['proxy read', 1.5]],
  ['proxy write', 'a plain JS proxy: a write', { base: stage.proxy, ...login }],
  ['write', 'this worker, to the origin: a write without a key', { base: stage.edge, ...login }, ['proxy write', 1.6]],
  ['keyed', 'this worker, to the origin: the first attempt of a key', first, ['proxy write', 2.3]],
  ['repeat', 'this worker, to the origin: a repeat of a key', { base: stage.edge, ...repeat }, ['proxy write', 2.3]],
  ['revalidated', 'this worker, to the origin: revalidation of a cached read', { base: stage.edge, ...profiles }],
  ['no token', 'this worker, refused: no token', { base: stage.edge, ...join, headers: json }],
  ['refused', 'this worker, refused by the precheck: an invalid body', { base: stage.edge, ...join }, ['proxy read', 1]],
  ['cached', 'this worker, a cached read: the policy', { base: stage.edge, ...policy }, ['read', 1]],
].map(([key, name, call, goal]) => ({ key, name, next: typeof call === 'function' ? call : () => call, goal, taken: [], asked: 0, statuses: new Set() }));

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
    line.statuses.add(await send(line.next()));
    line.taken.push(performance.now() - began);
  }
  line.asked += (await asked()) - before;
}

for (const line of lines) for (let warm = 0; warm < 300; warm += 1) await send(line.next());
for (let round = 0; round < ROUNDS; round += 1) {
  for (const line of lines) await run(line, performance.now() + perRound);
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
for (const line of lines) line.sorted = Float64Array.from(line.taken).sort();
const median = (key) => at(lines.find((line) => line.key === key).sorted, 0.5);
console.log(`${'ms'.padEnd(58)} ${'p50'.padStart(6)} ${'p99'.padStart(6)} ${'requests'.padStart(9)}  reached the origin  status  ratio (goal)`);
for (const { key, name, sorted, asked: trips, statuses, goal } of lines) {
  const share = `${Math.round((100 * trips) / sorted.length)} %`;
  const [of, most] = goal ?? [];
  const ratio = goal ? median(key) / median(of) : undefined;
  const compared = goal ? `${ratio.toFixed(2)} × ${of} (at most ${most}${ratio <= most ? '' : ': MISSED'})` : '';
  const [p50, p99] = [0.5, 0.99].map((quantile) => at(sorted, quantile).toFixed(2).padStart(6));
  console.log(`${name.padEnd(58)} ${p50} ${p99} ${String(sorted.length).padStart(9)}  ${share.padStart(18)}  ${[...statuses].join().padEnd(6)}  ${compared}`);
}

agent.destroy();
await stage.stop();
child.disconnect();
fs.rmSync(directory, { recursive: true });
