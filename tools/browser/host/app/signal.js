// A minimal event source for wx.onXxx and the host's own parts.

export class Signal {
  #listeners = new Set()

  on = (listener) => {
    this.#listeners.add(listener)
  }

  /** Without a listener, takes off all of them, as wx.offXxx does. */
  off = (listener) => {
    if (listener === undefined) this.#listeners.clear()
    else this.#listeners.delete(listener)
  }

  emit(value) {
    for (const listener of [...this.#listeners]) listener(value)
  }
}
