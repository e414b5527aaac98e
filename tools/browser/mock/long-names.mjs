// Very long names and large numbers.
import { bookings, ended, offer, profiles, sessions, waiting } from './people.mjs'
import { service } from './service.mjs'

const LONG = '少儿竞技体操暑期强化训练营（高级班）第三期'
const rename = (row) => ({ ...row, course_name: LONG })
const people = profiles.map((one, index) => ({ ...one, name: ['欧阳·阿依古丽·买买提', '司徒慕容小雨'][index] }))
export default service({
  profiles: people,
  sessions: sessions.map((one) => ({ ...rename(one), waiting: one.waiting * 12 })),
  bookings,
  entries: [offer(22), ...waiting, ...ended].map((row) => rename({ ...row, position: row.position && row.position * 13 })),
})
