// An ordinary day: one offer with 22 minutes left, three entries waiting, one confirmed; classes missed and made up,
// credit, messages.
import { everything } from './people.mjs'
import { service } from './service.mjs'

export default service(everything)
