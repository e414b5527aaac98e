// What the phone keeps: the login, the chosen child, and the last answer of each page with the device time at which it
// was stored. A storage that is full or broken never stops a page.
const PREFIX = 'gym:';
const log = require('./log');

/**
 * Stores `value` under `key`.
 * @param {string} key
 * @param {any} value plain data
 */
function set(key, value) {
  try {
    wx.setStorageSync(PREFIX + key, value);
  } catch (error) {
    log.warn('storage: could not keep', key, error);
  }
}

/**
 * What is stored under `key`, or null.
 * @param {string} key
 * @returns {any}
 */
function get(key) {
  try {
    const value = wx.getStorageSync(PREFIX + key);
    return value === '' || value === undefined ? null : value;
  } catch (error) {
    log.warn('storage: could not read', key, error);
    return null;
  }
}

/** @param {string} key */
function remove(key) {
  try {
    wx.removeStorageSync(PREFIX + key);
  } catch (error) {
    log.warn('storage: could not remove', key, error);
  }
}

/**
 * Keeps the last known answer of a page.
 * @param {string} key
 * @param {any} value
 * @param {number} at device time, epoch milliseconds
 */
function keep(key, value, at) {
  set('last:' + key, { value, at });
}

/**
 * The last known answer of a page, or null.
 * @param {string} key
 * @returns {{value: any, at: number} | null}
 */
function last(key) {
  const kept = get('last:' + key);
  return kept && typeof kept.at === 'number' ? kept : null;
}

/** Forgets the last known answer of a page. @param {string} key */
function forget(key) {
  remove('last:' + key);
}

/** Forgets last known answers: all of them (another account must not see them), or those from before `before`. */
function forgetAnswers(before = Infinity) {
  try {
    wx.getStorageInfoSync()
      .keys.filter((key) => key.indexOf(PREFIX + 'last:') === 0)
      .map((key) => key.slice(PREFIX.length))
      .filter((key) => before === Infinity || !((get(key) || {}).at >= before))
      .forEach(remove);
  } catch (error) {
    log.warn('storage: could not clear', error);
  }
}

module.exports = { set, get, remove, keep, last, forget, forgetAnswers };
