// The gym's part of the console: calling a class off.

import * as service from './service.js'

const byId = (id) => document.getElementById(id)
const ZONE = 'Asia/Shanghai'

const nameOf = ({ course_name: course, starts_at: at, booked, capacity, waiting }) => {
  const when = new Date(at).toLocaleString('en-GB', { timeZone: ZONE, weekday: 'short', hour: '2-digit', minute: '2-digit' })
  return `${when} ${course}, ${booked}/${capacity} booked${waiting > 0 ? `, ${waiting} waiting` : ''}`
}

/**
 * Shows the classes that can be called off.
 * @param staff the openid of a member of staff
 * @param after what follows once a class was called off
 * @returns what brings the list up to date
 */
export function initGym(staff, after) {
  let shown = []

  async function draw() {
    const found = await service.classes(staff)
    // An open select keeps its options.
    if (document.activeElement === byId('classes') || JSON.stringify(found) === JSON.stringify(shown)) return
    shown = found
    const chosen = byId('classes').selectedIndex
    byId('classes').replaceChildren(...shown.map((one) => Object.assign(document.createElement('option'), { textContent: nameOf(one) })))
    if (chosen >= 0 && chosen < shown.length) byId('classes').selectedIndex = chosen
    byId('gym').hidden = shown.length === 0
  }

  async function callOff() {
    const one = shown[byId('classes').selectedIndex]
    byId('call-off').disabled = true
    try {
      await service.callOff(staff, one)
      byId('gym-note').textContent = `${one.course_name} is called off: everyone in it and everyone waiting is told.`
      await after()
    } catch (error) {
      byId('gym-note').textContent = `Not called off: ${error.message}.`
    }
    byId('call-off').disabled = false
  }

  byId('call-off').onclick = () => void callOff()
  return draw
}
