const request = require('../transport/request');
const { optional } = require('../transport/optional');

/**
 * One child's credit; null where the service has no credit yet.
 * @param {number} profileId
 * @returns {Promise<import('../types/api').Balance | null>}
 */
async function balance(profileId) {
  const answer = await optional(request.read('/compensation/balance' + request.queryString({ profile_id: profileId })));
  return answer && answer.data;
}

/** Every child's credit, or null. @param {{id: number}[]} profiles */
async function balances(profiles) {
  const all = await Promise.all(profiles.map((profile) => balance(profile.id)));
  const known = all.flatMap((one) => one || []);
  return known.length === all.length ? known : null;
}

/**
 * One child's movements, newest first.
 * @param {number} profileId
 * @returns {Promise<import('../types/api').CreditMovement[]>}
 */
async function history(profileId) {
  return (await request.readAll('/compensation/history', { profile_id: profileId })).items;
}

module.exports = { balance, balances, history };
