// Bookings and makeups do not carry the course's name; their sessions do.
const { optional } = require('../transport/optional');
const sessions = require('./sessions');

/**
 * The names by schedule. All sessions of one schedule are of one course, so each schedule is asked once.
 * @param {{course_schedule_id: number, booking_date: string}[]} rows
 * @param {Record<number, string>} known schedule → name, from an earlier answer
 * @param {<T>(answer: Promise<T>, instead: T) => Promise<T>} part of a live page: a booking is shown without its name too
 * @returns {Promise<Record<number, string>>}
 */
async function courseNames(rows, known, part) {
  const names = { ...known };
  const unknown = rows.filter((row) => !(row.course_schedule_id in names));
  const firsts = new Map(unknown.map((row) => [row.course_schedule_id, row]));
  await Promise.all(
    Array.from(firsts, async ([id, row]) => {
      const session = await part(optional(sessions.one(id, row.booking_date)), null);
      if (session) names[id] = session.course_name;
    }),
  );
  return names;
}

module.exports = { courseNames };
