// An offer that expires two seconds after the page opens.
import { bookings, ended, offer, profiles, sessions, waiting } from './people.mjs'
import { service } from './service.mjs'

export default service({ profiles, sessions, bookings, entries: [offer(2 / 60), ...waiting, ...ended] })
