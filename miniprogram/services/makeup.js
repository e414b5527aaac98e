const request = require('../transport/request');
const { optional } = require('../transport/optional');

/**
 * Missed bookings still to be made up, of all children; null where the service has no makeups yet.
 * @returns {Promise<import('../transport/request').List<import('../types/api').Owed> | null>}
 */
function owed() {
  return optional(request.readAll('/makeup/owed', {}));
}

/**
 * Classes in which a missed booking can be made up, or waited for, between two dates, both included.
 * @param {number} profileId
 * @param {number} bookingId the missed booking
 * @param {string} from `2026-03-02`
 * @param {string} to
 * @returns {Promise<import('../transport/request').List<import('../types/api').MakeupOption>>}
 */
function available(profileId, bookingId, from, to) {
  return request.readAll('/makeup/available', {
    profile_id: profileId,
    original_booking_id: bookingId,
    from,
    to,
  });
}

/**
 * All makeups of the account's children; null where the service has none yet.
 * @returns {Promise<import('../transport/request').List<import('../types/api').Makeup> | null>}
 */
function mine() {
  return optional(request.readAll('/makeup/my', {}));
}

/**
 * @param {number} profileId
 * @param {number} bookingId the missed booking
 * @param {{course_schedule_id: number, booking_date: string}} session
 */
function book(profileId, bookingId, session) {
  return request.write('POST', '/makeup/book', {
    profile_id: profileId,
    original_booking_id: bookingId,
    course_schedule_id: session.course_schedule_id,
    booking_date: session.booking_date,
  });
}

/** @param {number} id */
function cancel(id) {
  return request.write('DELETE', `/makeup/${id}/cancel`);
}

module.exports = { owed, available, mine, book, cancel };
