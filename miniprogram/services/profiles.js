const account = require('../transport/account');
const request = require('../transport/request');

/**
 * The account's children, brought up to date on the phone too.
 * @returns {Promise<import('../types/api').Profile[]>}
 */
async function refresh() {
  const { items } = await request.readAll('/profiles', {});
  account.setProfiles(items);
  return items;
}

module.exports = { refresh };
