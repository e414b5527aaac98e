// A new family without entries, bookings or credit.
import { profiles } from './people.mjs'
import { service } from './service.mjs'

export default service({ profiles: profiles.slice(0, 1) })
