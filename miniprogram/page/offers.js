// The open offers of every child, whichever page heard of them, so that the badge of the tab bar is right on all pages.
const rules = require('../services/rules');
const tabState = require('./tab-state');
const times = require('../views/times');

/** @typedef {import('../types/api').Entry} Entry */

/** The deadlines of the open offers by entry, epoch milliseconds. @type {Map<number, number>} */
const deadlines = new Map();

/** @param {Entry} entry */
function note(entry) {
  if (entry.status === 'notified' && entry.response_deadline)
    deadlines.set(entry.id, times.parse(entry.response_deadline));
  else deadlines.delete(entry.id);
}

/** All entries of the account, as the service gave them. @param {Entry[]} entries */
function noteAll(entries) {
  deadlines.clear();
  entries.forEach(note);
}

/** Counts the offers that can still be answered at `now`. @param {number} now */
async function count(now) {
  const open = await Promise.all(
    Array.from(deadlines.values(), async (deadline) => {
      const allowed = await rules.mayRespond({ deadline, now });
      return !allowed || allowed.ok;
    }),
  );
  tabState.set({ offers: open.filter(Boolean).length });
}

module.exports = { note, noteAll, count };
