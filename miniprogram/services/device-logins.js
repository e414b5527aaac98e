const request = require('../transport/request');

/**
 * Who asks to be logged in with the code that its screen shows.
 * @param {string} code
 * @returns {Promise<{created_at: string, user_agent: string, address: string}>}
 */
async function look(code) {
  return (await request.read(`/auth/device/${encodeURIComponent(code)}`)).data;
}

/**
 * Lets the page in, or sends it away.
 * @param {string} code
 * @param {boolean} approve
 * @returns {Promise<{approved: boolean}>}
 */
function decide(code, approve) {
  return request.write('POST', '/auth/device/approve', { user_code: code, approve }, { keepsOthers: true });
}

module.exports = { look, decide };
