// A bare workerd with the built worker, the plain proxy and a cache: no Node in the way of a request.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { freePort, until } from '../stack/wait.mjs';
import { root } from '../stack/backend.mjs';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const build = path.join(root, 'edge/build');
const text = (value) => JSON.stringify(value);

/** The modules below `directory`, its entry first, as a file in `from` names them. */
function modules(directory, entry, from) {
  const names = fs.readdirSync(directory, { recursive: true }).map(String).filter((name) => /\.(js|wasm)$/.test(name));
  names.sort((a, b) => Number(b === entry) - Number(a === entry));
  return names.map((name) => {
    const kind = name.endsWith('.wasm') ? 'wasm' : 'esModule';
    return `(name = ${text(name)}, ${kind} = embed ${text(path.relative(from, path.join(directory, name)))})`;
  });
}

function worker(all, bindings, more = '') {
  const bound = Object.entries(bindings).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`);
  return `(compatibilityDate = "2026-08-01", modules = [${all.join(', ')}], bindings = [${bound.join(', ')}], globalOutbound = "network"${more})`;
}

/** Starts it before `origin`; `edge` and `proxy` are where the two answer. */
export async function startWorkerd({ origin, jwks, directory }) {
  const [edge, proxy] = [await freePort(), await freePort()];
  const script = (name) => [`(name = ${text(name)}, esModule = embed ${text(path.relative(directory, path.join(here, name)))})`];
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "edge", worker = ${worker(modules(build, 'worker.js', directory), { ORIGIN: origin, JWT_JWKS: jwks }, ', cacheApiOutbound = "cache"')}),
    (name = "proxy", worker = ${worker(script('proxy.js'), { ORIGIN: origin })}),
    (name = "cache", worker = ${worker(script('cache.js'), {})}),
    (name = "network", network = (allow = ["private"])),
  ],
  sockets = [
    (name = "edge", address = "127.0.0.1:${edge}", http = (), service = "edge"),
    (name = "proxy", address = "127.0.0.1:${proxy}", http = (), service = "proxy"),
  ],
);
`;
  const file = path.join(directory, 'bench.capnp');
  fs.writeFileSync(file, config);
  const binary = createRequire(createRequire(import.meta.url).resolve('miniflare'))('workerd').default;
  const log = path.join(directory, 'workerd.log');
  const output = fs.openSync(log, 'w');
  const child = spawn(binary, ['serve', file], { stdio: ['ignore', output, output] });
  const ended = once(child, 'exit');
  await until('workerd', async () => {
    if (child.exitCode !== null) throw new Error(`workerd ended with ${child.exitCode}:\n${fs.readFileSync(log, 'utf8')}`);
    return (await fetch(`http://127.0.0.1:${edge}/healthz`)).ok;
  });
  return {
    edge: `http://127.0.0.1:${edge}`,
    proxy: `http://127.0.0.1:${proxy}`,
    async stop() {
      child.kill();
      await ended;
    },
  };
}
