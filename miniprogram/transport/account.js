// The login: the token, the account's children, and the child that bookings are made for.
const storage = require('./storage');

/**
 * @typedef {{id: number, name: string, category?: string}} Profile
 * @typedef {{token: string, accountId: number, role?: string, profiles: Profile[]}} Login `role`: unknown where an older version logged in
 */

/** @type {Login | null} */
let login = storage.get('login');
/** @type {number | null} */
let chosen = storage.get('profile');

/** @returns {string} the bearer token, or '' before the first login */
function token() {
  return login ? login.token : '';
}

/** @param {Login} next */
function signIn(next) {
  if (login && login.accountId !== next.accountId) storage.forgetAnswers();
  login = next;
  storage.set('login', next);
}

/** Drops a token that the server no longer takes. */
function dropToken() {
  if (login) signIn({ ...login, token: '' });
}

/** @returns {Profile[]} */
function profiles() {
  return login ? login.profiles : [];
}

/** The account's number, by which an owner finds it; null before the first login. @returns {number | null} */
function number() {
  return login ? login.accountId : null;
}

/** Whether the account works at the gym, so that it may let the front desk's page in. */
function isOfTheGym() {
  return login !== null && ['coach', 'staff', 'owner'].includes(login.role || '');
}

/** @param {Profile[]} list the children as the server knows them now */
function setProfiles(list) {
  if (login) signIn({ ...login, profiles: list });
}

/** The child that bookings are made for: the one chosen last, else the first. */
function profile() {
  const all = profiles();
  return all.find((one) => one.id === chosen) || all[0] || null;
}

/** @param {number} id */
function choose(id) {
  chosen = id;
  storage.set('profile', id);
}

/**
 * The child's name where the account has several children, else ''.
 * @param {number} id
 */
function childName(id) {
  const all = profiles();
  if (all.length < 2) return '';
  const one = all.find((item) => item.id === id);
  return one ? one.name : '';
}

module.exports = { token, signIn, dropToken, number, isOfTheGym, profiles, setProfiles, profile, choose, childName };
