// Whether a tap of the parent is being handled. WeChat lets some things be asked for from within a tap alone; what comes
// after a request or a timer no longer counts.

let inTap = false

/** Marks the tap that is being handled, until the tasks that wait already have run. */
export function tapped() {
  inTap = true
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    inTap = false
    port1.close()
  }
  port2.postMessage('')
}

export const isInTap = () => inTap

// A dialog's button is a tap, too.
document.addEventListener('click', tapped, true)
