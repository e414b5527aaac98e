// The package for browsers passes every worked case in Chromium.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { launch } from '../../tools/browser/lib/browser.mjs';
import { root, vectors } from './vectors.mjs';

const FILES = {
  '/': ['text/html', null],
  '/cases.mjs': ['text/javascript', 'tests/wasm/cases.mjs'],
  '/index.js': ['text/javascript', 'wasm-pkg/dist/web/index.js'],
  '/index_bg.wasm': ['application/wasm', 'wasm-pkg/dist/web/index_bg.wasm'],
};

const server = createServer(async (request, response) => {
  const [type, path] = FILES[request.url] ?? [];
  if (!type) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': type });
  response.end(path ? await readFile(new URL(path, root)) : '<!doctype html><title>rules</title><link rel="icon" href="data:,">');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await launch();
after(async () => {
  await browser.close();
  server.close();
});

test('every worked case holds in Chromium', async () => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const wrong = await page.evaluate(async (vectors) => {
    const [rules, { differences }] = await Promise.all([import('/index.js'), import('/cases.mjs')]);
    await rules.default();
    return differences(rules, vectors);
  }, vectors);
  assert.deepEqual(wrong, []);
});
