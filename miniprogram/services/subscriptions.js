const request = require('../transport/request');
const { optional } = require('../transport/optional');

/**
 * Tells the service what the parent answered to `wx.requestSubscribeMessage`.
 * @param {Record<string, string>} results template → `accept`, `reject` or `ban`
 * @returns {Promise<{remaining: Record<string, number>}>} how many messages of each template may still be sent
 */
function report(results) {
  return request.write('POST', '/subscriptions', { results }, { keepsOthers: true });
}

/**
 * How many messages of each template may still be sent; null where the service does not say.
 * @returns {Promise<{remaining: Record<string, number>} | null>}
 */
async function remaining() {
  const answer = await optional(request.read('/subscriptions'));
  return answer && answer.data;
}

module.exports = { report, remaining };
