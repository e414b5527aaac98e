// The server's time, and the only place that reads the machine's clock.
import { readonly, ref } from 'vue'

const offset = ref(0)
const current = ref(Date.now())

/** The server's time in epoch milliseconds; it moves once a second. */
export const now = readonly(current)

/** The machine's time in epoch milliseconds: tokens and logins age by real time, whatever the service's clock says. */
export const realNow = (): number => Date.now()

function tick(): void {
  current.value = Date.now() + offset.value
}
setInterval(tick, 1000)

/** Sets the clock by the service, which `ask` asks for its time. */
export async function synchronise(ask: () => Promise<{ now: string }>): Promise<void> {
  const sent = Date.now()
  const server = await ask()
  // The rules take whole milliseconds.
  offset.value = Math.round(Date.parse(server.now) - (sent + Date.now()) / 2)
  tick()
}
