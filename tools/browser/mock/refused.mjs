// A service that refuses every write.
import { bookings, ended, offer, profiles, sessions, waiting } from './people.mjs'
import { problem, service } from './service.mjs'

export default service({
  profiles,
  sessions,
  bookings,
  entries: [offer(22), ...waiting, ...ended],
  intercept: ({ method, path }) => (method !== 'GET' && !/login|rules/.test(path) ? problem(409, 'time_conflict') : undefined),
})
