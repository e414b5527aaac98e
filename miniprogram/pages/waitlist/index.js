// 候补: every entry of every child, by urgency. An offer to one child is never hidden behind another.
const navigate = require('../../page/navigate');
const actions = require('../../page/offer-actions');
const bookings = require('../../services/bookings');
const clock = require('../../services/clock');
const { entryView, offeredToday } = require('../../views/entry');
const livePage = require('../../page/live-page');
const { optional } = require('../../transport/optional');
const { sameSession } = require('../../views/session');
const sessions = require('../../services/sessions');
const times = require('../../views/times');
const waitlist = require('../../services/waitlist');

/** How many ended entries are shown. */
const ENDED_SHOWN = 30;

Page(
  livePage({
    data: { offers: [], waiting: [], confirmed: [], ended: [], endedOpen: false, older: false, idle: false },

    cacheKey() {
      return 'waitlist';
    },

    async fetch() {
      await clock.keepFresh();
      const today = times.dateOf(clock.now());
      const [entries, own] = await Promise.all([waitlist.mine(), bookings.mine(today)]);
      // Whether a seat whose offer ran out went to the next in line is known by the class alone.
      const offered = entries.items.filter((entry) => offeredToday(entry, clock.now()));
      const classes = await Promise.all(
        offered.map((entry) => this.part(optional(sessions.one(entry.course_schedule_id, entry.booking_date)), null)),
      );
      return {
        entries: entries.items,
        bookings: own.items,
        classes: classes.filter(Boolean),
        staleSeconds: entries.staleSeconds || own.staleSeconds,
      };
    },

    async present(answer, now) {
      /** @param {import('../../types/api').Entry} entry */
      const classOf = (entry) => (answer.classes || []).find((one) => sameSession(one, entry)) || null;
      const entries = await Promise.all(
        answer.entries.map((entry) => entryView(entry, answer.bookings, now, classOf(entry))),
      );
      /** @typedef {import('../../views/entry').EntryView} EntryView */
      /** @param {EntryView} a @param {EntryView} b */
      const soonest = (a, b) => a.sortAt - b.sortAt;
      const offers = entries.filter((entry) => entry.kind === 'offer').sort(soonest);
      // An offer missed a moment ago stays among the open entries: there is still something to decide.
      const late = entries.filter((entry) => entry.kind === 'late').sort(soonest);
      const waiting = entries.filter((entry) => entry.kind === 'waiting').sort(soonest);
      const confirmed = entries.filter((entry) => entry.kind === 'confirmed' && entry.upcoming).sort(soonest);
      const shown = [...offers, ...late, ...waiting, ...confirmed];
      const ended = entries.filter((entry) => !shown.includes(entry));
      return {
        offers: [...offers, ...late],
        waiting,
        confirmed,
        // The service gives the newest first.
        ended: ended.slice(0, ENDED_SHOWN),
        older: ended.length > ENDED_SHOWN,
        /** Whether there is nothing but what has ended. */
        idle: shown.length === 0,
        empty: entries.length === 0,
      };
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    entryOf(event) {
      const all = [...this.data.offers, ...this.data.waiting, ...this.data.confirmed, ...this.data.ended];
      return all.find((entry) => entry.id === event.detail.id);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onOpen(event) {
      navigate.open(`/pages/waitlist/detail?id=${event.detail.id}`);
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    onConfirm(event) {
      actions.confirm(this, this.entryOf(event));
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    onDecline(event) {
      actions.decline(this, this.entryOf(event));
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    onRejoin(event) {
      actions.rejoin(this, this.entryOf(event));
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    onBook(event) {
      actions.book(this, this.entryOf(event));
    },
    onFold() {
      this.setData({ endedOpen: !this.data.endedOpen });
    },
    onClasses() {
      wx.switchTab({ url: '/pages/classes/index' });
    },
  }),
);
