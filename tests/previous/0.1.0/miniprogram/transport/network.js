// Whether the phone has a network, as the system says it.
let connected = true;
/** @type {Set<(connected: boolean) => void>} */
const listeners = new Set();

/** @param {boolean} next */
function update(next) {
  if (next === connected) return;
  connected = next;
  listeners.forEach((listener) => listener(connected));
}

/** Starts listening; called once, at launch. */
function watch() {
  wx.onNetworkStatusChange((change) => update(change.isConnected));
}

/** Asks how it stands: a change while the mini-program was away may not have been told. */
function check() {
  wx.getNetworkType({ success: (result) => update(result.networkType !== 'none') });
}

function online() {
  return connected;
}

/**
 * @param {(connected: boolean) => void} listener
 * @returns {() => void} stops listening
 */
function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

module.exports = { watch, check, online, onChange };
