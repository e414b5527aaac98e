// Bookings and makeups do not carry the course's name; their sessions do.
const sessions = require('../services/sessions');

/**
 * The names by schedule. All sessions of one schedule are of one course, so each schedule is asked once.
 * @param {{course_schedule_id: number, booking_date: string}[]} rows
 * @param {Record<number, string>} known schedule → name, from an earlier answer
 * @returns {Promise<Record<number, string>>}
 */
async function courseNames(rows, known) {
  const names = { ...known };
  const unknown = rows.filter((row) => !(row.course_schedule_id in names));
  const firsts = new Map(unknown.map((row) => [row.course_schedule_id, row]));
  await Promise.all(
    Array.from(firsts, async ([id, row]) => {
      const session = await sessions.one(id, row.booking_date);
      names[id] = session.course_name;
    }),
  );
  return names;
}

module.exports = { courseNames };
