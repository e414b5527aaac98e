// Builds and serves the mini-program, and takes a picture of one page.
//   node tools/browser/shot.mjs --out FILE [--account demo-a] [--path pages/…?…] [--theme dark] [--network off]
//     [--app FOLDER] [--mock FILE | --edge URL] [--tap TEXT]… [--wait MILLISECONDS] [--size 390x844] [--no-build]

import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import { build } from './build.mjs'
import { launch, open } from './lib/browser.mjs'
import { readConfig, serve } from './lib/server.mjs'

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    account: { type: 'string', default: 'demo-a' },
    path: { type: 'string' },
    theme: { type: 'string' },
    network: { type: 'string' },
    subscribe: { type: 'string' },
    app: { type: 'string' },
    mock: { type: 'string' },
    edge: { type: 'string' },
    config: { type: 'string' },
    tap: { type: 'string', multiple: true, default: [] },
    wait: { type: 'string', default: '500' },
    size: { type: 'string', default: '390x844' },
    'no-build': { type: 'boolean', default: false },
  },
})
if (!values.out) throw new Error('--out FILE is missing')

const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), 'dist')
const built = values['no-build'] ? { builtin: path.join(dist, 'builtin'), app: path.join(dist, 'app') } : build({ app: values.app })
const mock = values.mock && (await import(pathToFileURL(path.resolve(values.mock)))).default
const server = await serve({ ...built, edge: values.edge, mock, config: await readConfig(values.config) })
const browser = await launch()
try {
  const { account, theme, network, subscribe } = values
  const phone = await open(browser, server.url, { account, theme, network, subscribe, path: values.path })
  const [width, height] = values.size.split('x').map(Number)
  await phone.page.setViewportSize({ width, height })
  const settle = () => phone.page.waitForTimeout(Number(values.wait)) // a picture, not a test: nothing to wait for by name
  await settle()
  for (const text of values.tap) {
    await phone.page.getByText(text, { exact: true }).locator('visible=true').first().click()
    await settle()
  }
  await phone.page.screenshot({ path: values.out })
  for (const line of new Set([...phone.errors, ...phone.warnings])) console.error(line)
  console.log(values.out)
} finally {
  await browser.close()
  await server.close()
}
