const request = require('../transport/request');

/**
 * All waitlist entries of the account's children, newest first.
 * @returns {Promise<import('../transport/request').List<import('../types/api').Entry>>}
 */
function mine() {
  return request.readAll('/waitlist/my', {});
}

/** @param {number} id @returns {Promise<{data: import('../types/api').Entry, staleSeconds: number | null}>} */
async function one(id) {
  return request.read(`/waitlist/${id}`);
}

/**
 * Rank, who is ahead and the chance, live.
 * @param {number} id
 * @returns {Promise<import('../types/api').Position>}
 */
async function position(id) {
  return (await request.read(`/waitlist/position/${id}`)).data;
}

/**
 * @param {number} profileId
 * @param {{course_schedule_id: number, booking_date: string}} session
 * @param {number} [makeupFor] the missed booking that a seat would make up
 * @returns {Promise<import('../types/api').Entry>}
 */
function join(profileId, session, makeupFor) {
  return request.write('POST', '/waitlist/join', {
    profile_id: profileId,
    course_schedule_id: session.course_schedule_id,
    booking_date: session.booking_date,
    makeup_for: makeupFor,
  });
}

/** @param {number} id */
function leave(id) {
  return request.write('DELETE', `/waitlist/${id}`);
}

/** Takes the offered seat. @param {number} id */
function confirm(id) {
  return request.write('PUT', `/waitlist/${id}/respond`, { action: 'confirm' });
}

/** Lets the offered seat go to the next. @param {number} id */
function decline(id) {
  return request.write('PUT', `/waitlist/${id}/respond`, { action: 'decline' });
}

module.exports = { mine, one, position, join, leave, confirm, decline };
