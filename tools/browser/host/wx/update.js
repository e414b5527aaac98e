// wx.getUpdateManager: WeChat looks for a new version at launch. Here the console or a test says what it finds.

import { Signal } from '../app/signal.js'

const checked = new Signal()
const ready = new Signal()
const failed = new Signal()

let applied = 0

/** Plays a step of an update: `none` (there is no new version), `found`, `ready`, `failed`. */
export function playUpdate(step) {
  if (step === 'none' || step === 'found') checked.emit({ hasUpdate: step === 'found' })
  if (step === 'ready') ready.emit({})
  if (step === 'failed') failed.emit({})
}

/** How often the mini-program asked WeChat to restart it. */
export const restarts = () => applied

/** One manager a launch: whoever listened before is gone. */
function getUpdateManager() {
  for (const signal of [checked, ready, failed]) signal.off()
  applied = 0
  return {
    onCheckForUpdate: checked.on,
    onUpdateReady: ready.on,
    onUpdateFailed: failed.on,
    applyUpdate: () => void (applied += 1),
  }
}

export const update = { getUpdateManager }
