const request = require('../transport/request');

/**
 * The bookings of the account's children.
 * @param {string} [from] `2026-03-02`: only of classes on this day or later
 * @returns {Promise<import('../transport/request').List<import('../types/api').Booking>>}
 */
function mine(from) {
  return request.readAll('/bookings/my', { from });
}

/**
 * The bookings of the account's children from a day on, and some of those before it: not the whole history.
 * @param {string} from `2026-03-02`
 * @returns {Promise<import('../transport/request').List<import('../types/api').Booking>>}
 */
function recent(from) {
  // The service lists the newest class first.
  return request.readAll('/bookings/my', {}, (rows) => rows[rows.length - 1].booking_date < from);
}

/** How many bookings are read to find some of them. */
const SEARCHED = 300;

/**
 * The bookings of the account's children, the newest class first, until these are among them or many were read.
 * @param {number[]} ids
 * @returns {Promise<import('../transport/request').List<import('../types/api').Booking>>}
 */
function newestWith(ids) {
  return request.readAll('/bookings/my', {}, (rows) => {
    return rows.length >= SEARCHED || ids.every((id) => rows.some((one) => one.id === id));
  });
}

/**
 * Books a free seat.
 * @param {number} profileId
 * @param {{course_schedule_id: number, booking_date: string}} session
 * @param {boolean} [withCredit] whether credit pays for it
 */
function book(profileId, session, withCredit) {
  return request.write('POST', '/bookings', {
    profile_id: profileId,
    course_schedule_id: session.course_schedule_id,
    booking_date: session.booking_date,
    pay_with_compensation: withCredit || undefined,
  });
}

/** Takes leave, which earns the right to a makeup. @param {number} id */
function leave(id) {
  return request.write('POST', `/bookings/${id}/leave`);
}

/** @param {number} id */
function cancel(id) {
  return request.write('DELETE', `/bookings/${id}`);
}

module.exports = { mine, recent, newestWith, book, leave, cancel };
