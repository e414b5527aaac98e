// Whether there is a network: the frame's switch decides.

import { settings } from '../app/settings.js'
import { Signal } from '../app/signal.js'
import { api } from './call.js'

const changed = new Signal()

const state = () => ({ isConnected: settings.network === 'on', networkType: settings.network === 'on' ? 'wifi' : 'none' })

/** The frame's switch was moved. */
export const networkChanged = () => changed.emit(state())

export const network = {
  getNetworkType: api('getNetworkType', () => ({ networkType: state().networkType })),
  onNetworkStatusChange: changed.on,
  offNetworkStatusChange: changed.off,
}
