// An offer in its last minutes, and a second one.
import { bookings, classes, ended, offer, profiles, sessions, waiting } from './people.mjs'
import { entry, service } from './service.mjs'

const second = entry(38, 11, classes.friday, 'notified', { response_deadline: '2026-03-04T02:26:30.000Z' })
export default service({ profiles, sessions, bookings, entries: [offer(3.2), second, ...waiting.slice(0, 1), ...ended] })
