const request = require('../transport/request');

/**
 * The class sessions between two dates, both included.
 * @param {string} from `2026-03-02`
 * @param {string} to at most 31 days on
 * @returns {Promise<import('../transport/request').List<import('../types/api').Session>>}
 */
function between(from, to) {
  return request.readAll('/sessions', { from, to });
}

/**
 * One class session.
 * @param {number} scheduleId
 * @param {string} date
 * @returns {Promise<import('../types/api').Session>}
 */
async function one(scheduleId, date) {
  return (await request.read(`/sessions/${scheduleId}/${date}`)).data;
}

module.exports = { between, one };
