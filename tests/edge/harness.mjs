// The built worker on real workerd, in front of a stub origin.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { signer } from '../../tools/stack/signer.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const build = path.join(root, 'edge/build');

/** A stub origin that records requests and answers with `answer(request, response)`. */
async function startOrigin() {
  const origin = { requests: [], answer: undefined };
  const plain = (request, response) => response.setHeader('content-type', 'application/json').end('{"from":"origin"}');
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    origin.requests.push({
      method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString(),
    });
    (origin.answer ?? plain)(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin.url = `http://127.0.0.1:${server.address().port}`;
  origin.close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return origin;
}

/** Every module of the build in the form of miniflare; `replace` maps paths to other text. */
function modules(replace = {}) {
  const files = fs.readdirSync(build, { recursive: true }).map(String).filter((name) => /\.(js|wasm)$/.test(name));
  const built = files.map((name) => ({
    type: name.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule',
    path: path.join(build, name),
    contents: fs.readFileSync(path.join(build, name)),
  }));
  const others = Object.entries(replace).map(([name, contents]) => (
    { type: 'ESModule', path: path.join(build, name), contents }));
  const all = [...built.filter((module) => !others.some((other) => other.path === module.path)), ...others];
  // The entry comes first.
  return all.sort((a, b) => Number(b.path.endsWith('/worker.js')) - Number(a.path.endsWith('/worker.js')));
}

/** Starts the worker. `bindings` are added to ORIGIN and JWT_JWKS; `limits` are requests a minute by binding. */
export async function startEdge({ bindings = {}, limits = {}, replace } = {}) {
  const origin = await startOrigin();
  const keys = signer('key-1');
  const logs = [];
  const miniflare = new Miniflare({
    cf: false,
    log: new Log(LogLevel.ERROR),
    host: '127.0.0.1',
    port: 0,
    handleStructuredLogs({ level, message }) { logs.push(`${level} ${message}`); },
    workers: [{
      name: 'gym-edge',
      modulesRoot: build,
      modules: modules(replace),
      compatibilityDate: '2026-08-01',
      ratelimits: Object.fromEntries(Object.entries(limits).map(([name, limit]) => [name, { namespace_id: name, simple: { limit, period: 60 } }])),
      // As long as a busy machine may take; tests of the timeout set their own.
      bindings: { ORIGIN: origin.url, ORIGIN_TIMEOUT_MS: '60000', ORIGIN_WRITE_TIMEOUT_MS: '60000', JWT_JWKS: JSON.stringify({ keys: [keys.jwk] }), ...bindings },
    }],
  });
  const base = (await miniflare.ready).href.replace(/\/$/, '');
  return {
    base, origin, keys, logs,
    /** Sends a request over real HTTP. */
    fetch: (pathname, init) => fetch(base + pathname, { redirect: 'manual', ...init }),
    /** Sends a request with a valid token. */
    as(claims, pathname, init = {}) {
      return this.fetch(pathname, { ...init, headers: { authorization: `Bearer ${keys.token(claims)}`, ...init.headers } });
    },
    /** Runs the cron handler once for a minute. */
    async scheduled(minute = 0) {
      const worker = await miniflare.getWorker('gym-edge');
      return worker.scheduled({ cron: '* * * * *', scheduledTime: new Date(Date.UTC(2026, 2, 2) + minute * 60_000) });
    },
    async stop() {
      await miniflare.dispose();
      await origin.close();
    },
  };
}

/** Checks a problem+json body and the headers of every answer. */
export async function assertProblem(answer, status, code, about = '') {
  assert.equal(answer.status, status, about);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json', about);
  const body = await answer.json();
  assert.equal(body.code, code, `${about} ${body.detail}`);
  assert.equal(body.status, status);
  assert.equal(body.request_id, answer.headers.get('x-request-id'));
  for (const name of ['type', 'title', 'detail']) assert.ok(body[name], `${about}: ${name}`);
  if (status === 503) assert.ok(answer.headers.get('retry-after'));
}

/** Checks that `text` is logged; log lines arrive with a small delay. */
export async function assertLogged(edge, text) {
  const found = () => edge.logs.some((line) => line.includes(text));
  for (let left = 250; left > 0 && !found(); left -= 1) await new Promise((go) => setTimeout(go, 20));
  assert.ok(found(), `${text}\n${edge.logs.join('\n')}`);
}
