// 实时排位: one entry live. Where it stands, how likely a seat is, how long it may take, and until when.
const actions = require('../../page/offer-actions');
const bookings = require('../../services/bookings');
const { entryView, chanceText } = require('../../views/entry');
const livePage = require('../../page/live-page');
const times = require('../../views/times');
const waitlist = require('../../services/waitlist');

/** How many people of the queue are drawn. */
const DRAWN = 12;

Page(
  livePage({
    data: {
      /** What `entryView` made. @type {any} */
      entry: null,
      /** @type {any} */
      chance: null,
      rank: 0,
      ahead: 0,
      wait: '',
      people: [],
      total: 0,
      beyond: 0,
      latestAt: 0,
      asOf: '',
      urgent: false,
    },

    // The one page that is looked at for its rank.
    poll: 5000,

    onLoad(query) {
      this.entryId = Number(query.id);
    },

    cacheKey() {
      return 'standing:' + this.entryId;
    },

    async fetch() {
      const [{ data: entry, staleSeconds }, own] = await Promise.all([waitlist.one(this.entryId), bookings.mine()]);
      const position = entry.status === 'waiting' ? await waitlist.position(this.entryId) : null;
      return { entry, bookings: own.items, position, staleSeconds };
    },

    async present({ entry, bookings: own, position }, now) {
      const view = await entryView(entry, own, now);
      if (!position) return { entry: view };
      const { ahead, waiting_total: total, estimated_wait_minutes: wait } = position;
      const people = Array.from({ length: Math.min(total, DRAWN) }, (_, place) => {
        let who = 'behind';
        if (place < ahead) who = 'before';
        else if (place === ahead) who = 'self';
        return { place, who };
      });
      return {
        entry: view,
        rank: position.position,
        ahead,
        chance: chanceText(position.chance),
        wait: wait ? `约 ${times.spanText(wait)}` : '说不准，有名额马上通知',
        people: ahead < DRAWN ? people : [],
        beyond: total - people.length,
        total,
        latestAt: times.parse(position.last_notification_at),
        asOf: times.clockText(times.parse(position.as_of)),
      };
    },

    onUrgent(event) {
      this.setData({ urgent: event.detail.urgent });
    },
    onConfirm() {
      actions.confirm(this, this.data.entry);
    },
    onDecline() {
      actions.decline(this, this.data.entry);
    },
    onDetail() {
      const under = getCurrentPages();
      const before = under[under.length - 2];
      if (before && before.route === 'pages/waitlist/detail') wx.navigateBack();
      else wx.redirectTo({ url: `/pages/waitlist/detail?id=${this.entryId}` });
    },
  }),
);
