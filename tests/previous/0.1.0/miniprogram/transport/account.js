// Who is logged in: the token, the children, and the child that bookings are made for.
const storage = require('./storage');

/**
 * @typedef {{id: number, name: string, category?: string}} Profile
 * @typedef {{token: string, accountId: number, profiles: Profile[]}} Login
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

/** @param {Profile[]} list the children as the server knows them now */
function setProfiles(list) {
  if (login) signIn({ ...login, profiles: list });
}

/** The child that is booked for: the one chosen last, or the first. */
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
 * The child's name where the account has several, '' where there is nothing to tell apart.
 * @param {number} id
 */
function childName(id) {
  const all = profiles();
  if (all.length < 2) return '';
  const one = all.find((item) => item.id === id);
  return one ? one.name : '';
}

module.exports = { token, signIn, dropToken, profiles, setProfiles, profile, choose, childName };
