// An ordinary day: one offer with 22 minutes left, three entries waiting, one confirmed.
import { bookings, ended, offer, profiles, sessions, waiting } from './people.mjs'
import { service } from './service.mjs'

export default service({ profiles, sessions, bookings, entries: [offer(22), ...waiting, ...ended] })
