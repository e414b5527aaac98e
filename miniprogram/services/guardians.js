const account = require('../transport/account');
const request = require('../transport/request');

/** @typedef {import('../types/api').Guardian} Guardian */

/**
 * Makes the account a guardian of a child, by a code. The child is among the account's children from then on.
 * @param {string} code
 * @returns {Promise<import('../types/api').Profile>}
 */
async function claim(code) {
  const profile = await request.write('POST', '/profiles/claim', { code }, { keepsOthers: true });
  account.setProfiles([...account.profiles().filter((one) => one.id !== profile.id), profile]);
  return profile;
}

/**
 * The guardians of a child, in the order in which they became guardians.
 * @param {number} profileId
 * @returns {Promise<import('../transport/request').List<Guardian>>}
 */
function of(profileId) {
  return request.readAll(`/profiles/${profileId}/guardians`, {});
}

/**
 * Makes a code by which another account claims the child. The one before is void.
 * @param {number} profileId
 * @returns {Promise<import('../types/api').ClaimCode>}
 */
function invite(profileId) {
  return request.write('POST', `/profiles/${profileId}/claim-code`, undefined, { keepsOthers: true });
}

/**
 * Says whether messages about the child go to a guardian's phone.
 * @param {number} profileId
 * @param {number} accountId
 * @param {boolean} told
 * @returns {Promise<Guardian>}
 */
function tell(profileId, accountId, told) {
  return request.write('PUT', `/profiles/${profileId}/guardians/${accountId}`, { told });
}

/**
 * Takes a guardian away. One's own children are those that are left.
 * @param {number} profileId
 * @param {number} accountId
 * @returns {Promise<Guardian>} the one that was taken away
 */
async function remove(profileId, accountId) {
  const gone = await request.write('DELETE', `/profiles/${profileId}/guardians/${accountId}`);
  if (accountId === account.number()) account.setProfiles(account.profiles().filter((one) => one.id !== profileId));
  return gone;
}

module.exports = { claim, of, invite, tell, remove };
