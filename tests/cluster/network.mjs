// Machines on one switch, each a network namespace of its own, so that one of them can be cut off.
//
// scripts/test-cluster runs each file of tests in a network, a process and a mount namespace of its own: the machines, and
// every program that was started, are gone when it ends. So nothing here is taken down.
import { execFileSync, spawn } from 'node:child_process'

const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] })

/** The switch, and the address at which the machine of the test stands. */
const SWITCH = 'switch'
export const HERE = '10.77.0.1'

/** Sets up the switch; `machine(name)` plugs another machine in. */
export function network() {
  if (process.env.GYM_OWN_NETWORK !== '1') throw new Error('these tests change the network: run scripts/test --cluster')
  ip('link', 'set', 'lo', 'up')
  ip('link', 'add', SWITCH, 'type', 'bridge')
  ip('addr', 'add', `${HERE}/24`, 'dev', SWITCH)
  ip('link', 'set', SWITCH, 'up')
  let last = 10
  return {
    /** Plugs a machine in. */
    machine(name) {
      const address = `10.77.0.${(last += 1)}`
      const cable = `to-${name}`
      ip('netns', 'add', name)
      ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
      ip('link', 'set', cable, 'master', SWITCH, 'up')
      ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
      ip('-n', name, 'link', 'set', 'lo', 'up')
      ip('-n', name, 'link', 'set', 'eth0', 'up')
      return {
        name,
        address,
        /** Starts a program on this machine. */
        spawn: (program, words, options) => spawn('ip', ['netns', 'exec', name, program, ...words], options),
        /** Pulls the cable: nothing comes in or out, and nobody is told. */
        cut: () => ip('link', 'set', cable, 'nomaster'),
        /** Plugs the cable in again. */
        mend: () => ip('link', 'set', cable, 'master', SWITCH),
      }
    },
  }
}
