const request = require('../transport/request');
const { optional } = require('../transport/optional');

/**
 * The messages of one waitlist entry, the newest first; null where the service keeps none.
 * @param {number} entryId
 * @returns {Promise<import('../types/api').Notification[] | null>}
 */
async function ofEntry(entryId) {
  const answer = await optional(request.read(`/waitlist/${entryId}/notifications`));
  return answer && answer.data.items;
}

module.exports = { ofEntry };
