// The service answers the login, and 500 to everything else.
import { profiles } from './people.mjs'
import { problem, service } from './service.mjs'

const open = ['/auth/login', '/time', '/policy', '/policies/1']
export default service({ profiles, intercept: ({ path }) => (open.includes(path) ? undefined : problem(500, 'internal')) })
