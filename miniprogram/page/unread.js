// How many messages the family has not read, whichever page asked last. Every page's head shows it.
const clock = require('../services/clock');
const log = require('../transport/log');
const messages = require('../services/messages');
const storage = require('../transport/storage');
const tabState = require('./tab-state');

/** How old the number may be, in milliseconds. */
const AGE = 60000;

/** The number that was known when the mini-program was last open; null where the service keeps no messages. */
tabState.set({ unread: storage.get('unread') });
/** Device time at which it was asked for. @type {number | null} */
let askedAt = null;

/** @param {number | null} count */
function note(count) {
  askedAt = clock.device();
  storage.set('unread', count);
  tabState.set({ unread: count });
}

/** Asks again where the number is old. A page never waits for it, and does without where it cannot be had. */
async function keepFresh() {
  if (askedAt !== null && Math.abs(clock.device() - askedAt) < AGE) return;
  askedAt = clock.device();
  try {
    const first = await messages.page({ limit: 1 });
    note(first ? first.unread : null);
  } catch (error) {
    log.warn('unread: not known', error);
  }
}

module.exports = { note, keepFresh };
