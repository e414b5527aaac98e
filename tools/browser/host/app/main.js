// The phone's page: the mini-program that was compiled for it, unmodified.

import app from '/app/package.js'
import builtin from '/builtin/package.js'

import { start } from './start.js'

await start(builtin, app)
document.documentElement.dataset.ready = 'true'
