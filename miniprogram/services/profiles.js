const account = require('../utils/account');
const request = require('../utils/request');

/** The account's children, brought up to date on the phone too. */
async function refresh() {
  const { items } = await request.readAll('/profiles', {});
  account.setProfiles(items);
  return items;
}

module.exports = { refresh };
