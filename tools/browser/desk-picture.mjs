// Draws the README's picture of the desk, one class with its people: docs/images/desk.png.
//   node tools/browser/desk-picture.mjs
// Needs what the end-to-end tests need: scripts/build-wasm, scripts/build-edge, scripts/build-desk, and the program `gym`.

import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { accounts, startDesk } from '../../tests/e2e/desk.mjs'

const file = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../docs/images/desk.png')
const CLASS = 1
/** Those who have a place, and those who wait, in their order. */
const PEOPLE = [
  { id: 11, name: '吴梓涵', phone: '13900004567' },
  { id: 12, name: '周一鸣', phone: '13800001234', note: '对花生过敏' },
  { id: 13, name: '郑可欣', phone: '13600007788' },
  { id: 14, name: '陈可', phone: '13900005678' },
  { id: 15, name: '王一诺', phone: '13700002345' },
  { id: 16, name: '赵子墨', phone: '13600003456' },
  { id: 17, name: '林小雨', phone: '13500006789' },
]
const BOOKED = 4

const gym = await startDesk(({ date, weekday }) => ({
  courses: [{ id: 1, name: '体操基础', category: '体操', duration_minutes: 60 }],
  schedules: [{ id: CLASS, course_id: 1, weekday, start_time: '18:00', capacity: BOOKED, coach_name: '王教练', room: '大厅' }],
  accounts,
  profiles: PEOPLE.map(({ id, name }) => ({ id, account_id: 1, name })),
  bookings: PEOPLE.slice(0, BOOKED).map(({ id }) => ({ id, profile_id: id, course_schedule_id: CLASS, booking_date: date, status: 'booked' })),
}))
try {
  const owner = await gym.as('owner')
  const { id: front } = accounts.find((one) => one.openid === 'front')
  await owner.put(`/accounts/${front}/role`, { role: 'staff', name: '李前台' })
  const staff = await gym.as('front')
  for (const { id, ...profile } of PEOPLE) await staff.put(`/profiles/${id}`, profile)
  for (const { id } of PEOPLE.slice(BOOKED)) {
    await staff.post('/waitlist/join', { profile_id: id, course_schedule_id: CLASS, booking_date: gym.day })
  }
  await gym.at('09:12')
  await staff.put(`/sessions/${CLASS}/${gym.day}/capacity`, { capacity: BOOKED + 1 })
  const desk = await gym.open('front', { viewport: { width: 1280, height: 620 } })
  await desk.class(CLASS)
  await desk.page.getByRole('timer').waitFor()
  await desk.page.screenshot({ path: file })
  await desk.close()
} finally {
  await gym.stop()
}
