// A new family: nothing anywhere.
import { profiles } from './people.mjs'
import { service } from './service.mjs'

export default service({ profiles: profiles.slice(0, 1) })
