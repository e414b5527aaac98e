// The service's clock, and the only module that reads the device's.
//
// The offset is measured against GET /time, whose answer is taken to be made half a round trip before it arrived. Of
// several measurements the newest counts, because a phone that slept may have had its own clock set meanwhile.
const { requestTimeout } = require('../config');
const request = require('../transport/request');
const storage = require('../transport/storage');

/** The last measured offset in milliseconds, kept so that a page opened without a network counts on the service's clock. */
let offset = Number(storage.get('clock')) || 0;
/** @type {Promise<number> | null} */
let measuring = null;

/** The device's clock, in epoch milliseconds. For ages of stored data only, never for a rule. */
function device() {
  return Date.now();
}

/** The service's clock, in epoch milliseconds. */
function now() {
  return device() + offset;
}

/** Measures once, and a second time where the device's clock shows that the phone slept, or was set, in between. */
async function measure(again = true) {
  const asked = device();
  const answer = await request.read('/time', { auth: false });
  const took = device() - asked;
  if (again && (took < 0 || took > requestTimeout)) return measure(false);
  // The rules take whole milliseconds.
  offset = Math.round(Date.parse(answer.data.now) - (asked + took / 2));
  storage.set('clock', offset);
  return offset;
}

/** Measures the offset. Calls made meanwhile share one request. Resolves to the offset. */
function sync() {
  if (!measuring) {
    measuring = measure().finally(() => {
      measuring = null;
    });
  }
  return measuring;
}

module.exports = { device, now, sync };
