// Serves the mini-program's page until it is told to stop.
//   node tools/browser/serve.mjs [--port 8099] [--edge http://127.0.0.1:8787] [--app FOLDER] [--builtin FOLDER] [--config FILE] [--mock FILE]

import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import { readConfig, serve } from './lib/server.mjs'

const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), 'dist')
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8099' },
    edge: { type: 'string', default: 'http://127.0.0.1:8787' },
    app: { type: 'string', default: path.join(dist, 'app') },
    builtin: { type: 'string', default: path.join(dist, 'builtin') },
    config: { type: 'string' },
    mock: { type: 'string' },
  },
})

const mock = values.mock && (await import(pathToFileURL(path.resolve(values.mock)))).default
const server = await serve({ ...values, port: Number(values.port), config: await readConfig(values.config), mock })
console.log(`mini-program page: ${server.url}`)

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => server.close().then(() => process.exit(0)))
