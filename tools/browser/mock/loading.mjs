// A service that never answers, for the loading state.
import { profiles } from './people.mjs'
import { service } from './service.mjs'

const open = ['/auth/login', '/time', '/policy', '/policies/1']
export default service({ profiles, intercept: ({ path }) => (open.includes(path) ? undefined : new Promise(() => {})) })
