// The server's time: the only place that reads the machine's clock for what people see.
import { readonly, ref } from 'vue'

const offset = ref(0)
const current = ref(Date.now())

/** The server's time in epoch milliseconds; it moves once a second. */
export const now = readonly(current)

function tick(): void {
  current.value = Date.now() + offset.value
}
setInterval(tick, 1000)

/** Sets the clock by an answer of the service that was asked for at `sent` by the machine's clock. */
export function synchronise(server: string, sent: number): void {
  const received = Date.now()
  // The rules take whole milliseconds.
  offset.value = Math.round(Date.parse(server) - (sent + received) / 2)
  tick()
}
