// Whether a child may join a waitlist, by the rules.
const bookings = require('../services/bookings');
const clock = require('../services/clock');
const { joinFacts } = require('../views/session');
const rules = require('../services/rules');
const sessions = require('../services/sessions');
const waitlist = require('../services/waitlist');

/**
 * Asks the rules on fresh facts. What a page knows may be from before the refusal that led here.
 * @param {number} profileId
 * @param {{course_schedule_id: number, booking_date: string}} session
 * @returns {Promise<{ok: boolean, code?: string} | null>} null where the rules cannot be asked
 */
async function mayJoin(profileId, session) {
  const [fresh, entries, own] = await Promise.all([
    sessions.one(session.course_schedule_id, session.booking_date),
    waitlist.mine(),
    bookings.mine(session.booking_date),
  ]);
  if (fresh.status === 'cancelled') return { ok: false, code: 'class_cancelled' };
  return rules.checkJoin(
    joinFacts(fresh, { profileId, entries: entries.items, bookings: own.items, now: clock.now() }),
    fresh,
  );
}

module.exports = { mayJoin };
