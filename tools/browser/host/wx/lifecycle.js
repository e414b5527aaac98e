// App lifecycle events, and uncaught errors.

import { Signal } from '../app/signal.js'

const shown = new Signal()
const hidden = new Signal()
const failed = new Signal()
const rejected = new Signal()

export const appShown = (options) => shown.emit(options)
export const appHidden = () => hidden.emit()

addEventListener('error', (event) => failed.emit(`${event.message}\n${event.error?.stack ?? ''}`))
addEventListener('unhandledrejection', (event) => rejected.emit({ reason: event.reason, promise: event.promise }))

export const lifecycle = {
  onAppShow: shown.on,
  offAppShow: shown.off,
  onAppHide: hidden.on,
  offAppHide: hidden.off,
  onError: failed.on,
  offError: failed.off,
  onUnhandledRejection: rejected.on,
  offUnhandledRejection: rejected.off,
}
