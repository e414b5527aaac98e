const request = require('../utils/request');

/** The server's clock in epoch milliseconds. */
async function now() {
  const answer = await request.read('/time', { auth: false });
  return Date.parse(answer.data.now);
}

module.exports = { now };
