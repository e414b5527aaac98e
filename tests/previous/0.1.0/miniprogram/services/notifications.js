const request = require('../transport/request');
const { optional } = require('../transport/optional');

/** All messages of the account's children, newest first; null where the service keeps none. */
function mine() {
  return optional(request.readAll('/notifications/my', {}));
}

/** The messages of one waitlist entry; null where the service keeps none. @param {number} entryId */
async function ofEntry(entryId) {
  const answer = await optional(request.read(`/waitlist/${entryId}/notifications`));
  return answer && answer.data.items;
}

module.exports = { mine, ofEntry };
