// What is kept on the phone: the login, the chosen child, and the last known answers with the
// moment they were stored. Storage that is full or broken never stops a page.
const PREFIX = 'gym:';

/**
 * Stores `value` under `key`.
 * @param {string} key
 * @param {any} value plain data
 */
function set(key, value) {
  try {
    wx.setStorageSync(PREFIX + key, value);
  } catch (error) {
    console.warn('storage: could not keep', key, error);
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
    console.warn('storage: could not read', key, error);
    return null;
  }
}

/** @param {string} key */
function remove(key) {
  try {
    wx.removeStorageSync(PREFIX + key);
  } catch (error) {
    console.warn('storage: could not remove', key, error);
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
    console.warn('storage: could not clear', error);
  }
}

module.exports = { set, get, keep, last, forget, forgetAnswers };
