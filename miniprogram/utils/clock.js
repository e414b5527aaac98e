// The server's clock, and the only place that reads the device's.
//
// The offset is measured against GET /time: the answer is taken to be made half a round trip
// before it arrived. Of several measurements the newest counts, because a phone that slept may
// have had its own clock set meanwhile.
const { requestTimeout } = require('../config');
const storage = require('./storage');
const time = require('../services/time');

/** The last measured offset, so that a page opened without a network still counts on the server's clock. */
let offset = Number(storage.get('clock')) || 0;
/** @type {Promise<number> | null} */
let measuring = null;

/** The device's clock, in epoch milliseconds. For ages of stored data only, never for a rule. */
function device() {
  return Date.now();
}

/** The server's clock, in epoch milliseconds. */
function now() {
  return device() + offset;
}

/** Measures once, and once more where the device's clock says that the phone slept, or was set, between question and answer. */
async function measure(again = true) {
  const asked = device();
  const serverNow = await time.now();
  const took = device() - asked;
  if (again && (took < 0 || took > requestTimeout)) return measure(false);
  // Rules take whole milliseconds.
  offset = Math.round(serverNow - (asked + took / 2));
  storage.set('clock', offset);
  return offset;
}

/** Measures the offset; calls made meanwhile share one request. Resolves to the offset. */
function sync() {
  if (!measuring) {
    measuring = measure().finally(() => {
      measuring = null;
    });
  }
  return measuring;
}

module.exports = { device, now, sync };
