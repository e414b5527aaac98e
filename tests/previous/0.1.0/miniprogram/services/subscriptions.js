const request = require('../transport/request');

/**
 * Tells the service what the parent answered to `wx.requestSubscribeMessage`.
 * @param {Record<string, string>} results template → `accept`, `reject` or `ban`
 */
function report(results) {
  return request.write('POST', '/subscriptions', { results }, { keepsOthers: true });
}

module.exports = { report };
