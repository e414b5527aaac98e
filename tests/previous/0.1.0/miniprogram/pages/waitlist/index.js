// 候补: every entry of every child, by urgency. An offer to one child is never hidden behind another.
const navigate = require('../../page/navigate');
const actions = require('../../page/offer-actions');
const bookings = require('../../services/bookings');
const { entryView } = require('../../views/entry');
const livePage = require('../../page/live-page');
const tabState = require('../../page/tab-state');
const waitlist = require('../../services/waitlist');

/** How many ended entries are shown. */
const ENDED_SHOWN = 30;

Page(
  livePage({
    data: { offers: [], waiting: [], confirmed: [], ended: [], endedOpen: false, older: false },

    cacheKey() {
      return 'waitlist';
    },

    async fetch() {
      const [entries, own] = await Promise.all([waitlist.mine(), bookings.mine()]);
      return { entries: entries.items, bookings: own.items, staleSeconds: entries.staleSeconds || own.staleSeconds };
    },

    async present(answer, now) {
      const entries = await Promise.all(answer.entries.map((entry) => entryView(entry, answer.bookings, now)));
      const soonest = (a, b) => a.sortAt - b.sortAt;
      const offers = entries.filter((entry) => entry.kind === 'offer').sort(soonest);
      // An offer just missed stays among the living: there is still something to decide.
      const late = entries.filter((entry) => entry.kind === 'late').sort(soonest);
      const waiting = entries.filter((entry) => entry.kind === 'waiting').sort(soonest);
      const confirmed = entries.filter((entry) => entry.kind === 'confirmed' && entry.upcoming).sort(soonest);
      const shown = [...offers, ...late, ...waiting, ...confirmed];
      const ended = entries.filter((entry) => !shown.includes(entry));
      tabState.set({ offers: offers.length });
      return {
        offers: [...offers, ...late],
        waiting,
        confirmed,
        // The service gives the newest first.
        ended: ended.slice(0, ENDED_SHOWN),
        older: ended.length > ENDED_SHOWN,
        empty: entries.length === 0,
      };
    },

    entryOf(event) {
      const all = [...this.data.offers, ...this.data.waiting, ...this.data.confirmed, ...this.data.ended];
      return all.find((entry) => entry.id === event.detail.id);
    },

    onOpen(event) {
      navigate.open(`/pages/waitlist/detail?id=${event.detail.id}`);
    },
    onConfirm(event) {
      actions.confirm(this, this.entryOf(event));
    },
    onDecline(event) {
      actions.decline(this, this.entryOf(event));
    },
    onRejoin(event) {
      actions.rejoin(this, this.entryOf(event));
    },
    onFold() {
      this.setData({ endedOpen: !this.data.endedOpen });
    },
    onClasses() {
      wx.switchTab({ url: '/pages/classes/index' });
    },
  }),
);
