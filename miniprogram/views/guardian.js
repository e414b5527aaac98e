// The guardians of a child, as their page shows them.
const times = require('./times');

/** @typedef {import('../types/api').Guardian} Guardian */

/**
 * @param {Guardian[]} guardians in the order in which they became guardians
 * @param {number | null} me the account that looks
 */
function guardiansView(guardians, me) {
  const own = guardians.find((one) => one.account_id === me);
  const rows = guardians.map((one) => ({
    id: one.account_id,
    title: one === own ? '我' : nameOf(one),
    initial: one === own ? '我' : (one.name || '家').slice(-1),
    note: one.first ? '第一位家长' : times.beside('加入于', times.dayOf(times.parse(one.since))),
    told: one.told,
    me: one === own,
    removable: one !== own && Boolean(own && own.first),
  }));
  const first = guardians.find((one) => one.first);
  const next = guardians.find((one) => one !== own);
  return {
    rows,
    told: Boolean(own && own.told),
    /** Whether nobody hears of a free seat. */
    silent: guardians.every((one) => !one.told),
    mayInvite: Boolean(own && own.first),
    firstName: first && first !== own ? nameOf(first) : '',
    alone: next === undefined,
    /** Who is first once the one who looks has left. */
    heir: own && own.first && next ? nameOf(next) : '',
  };
}

/** The name that the gym knows, else the number by which it finds the account. @param {Guardian} guardian */
function nameOf({ name, account_id: id }) {
  return name || `账号 ${id}`;
}

/** A code that invites another guardian. @param {import('../types/api').ClaimCode} invitation */
function inviteView({ code, expires_at: until }) {
  return { code: `${code.slice(0, 4)}-${code.slice(4)}`, until: times.dateText(times.parse(until)) };
}

module.exports = { guardiansView, inviteView };
