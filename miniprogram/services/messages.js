const request = require('../transport/request');
const { optional } = require('../transport/optional');

/**
 * @typedef {import('../types/api').Message} Message
 * @typedef {{items: Message[], next: string | null, unread: number, staleSeconds: number | null}} MessagePage
 *   `unread`: of all children, whatever the page holds
 */

/**
 * A page of what was said to the family, the newest first; null where the service keeps no list.
 * @param {{limit: number, cursor?: string | null}} which
 * @returns {Promise<MessagePage | null>}
 */
async function page({ limit, cursor = null }) {
  const answer = await optional(request.read('/messages/my' + request.queryString({ limit, cursor })));
  if (!answer) return null;
  const { items, next_cursor: next, unread } = answer.data;
  return { items, next: next || null, unread, staleSeconds: answer.staleSeconds };
}

/**
 * Marks a message and every older one as read.
 * @param {number} upTo
 * @returns {Promise<{unread: number}>}
 */
function read(upTo) {
  return request.write('PUT', '/messages/read', { up_to: upTo }, { keepsOthers: true });
}

module.exports = { page, read };
