// One entry: what is to be done now, where it stands, and how it came to this.
const actions = require('../../utils/offer-actions');
const bookings = require('../../services/bookings');
const { entryView, timeline, chanceText } = require('../../utils/entry-view');
const livePage = require('../../utils/live-page');
const sessions = require('../../services/sessions');
const timeUtils = require('../../utils/time-utils');
const waitlist = require('../../services/waitlist');

Page(
  livePage({
    data: {
      /** What `entryView` made. @type {any} */
      entry: null,
      ahead: 0,
      /** @type {any} */
      chance: null,
      wait: '',
      minutes: '',
      seats: '',
      steps: [],
      urgent: false,
    },

    onLoad(query) {
      this.entryId = Number(query.id);
    },

    cacheKey() {
      return 'entry:' + this.entryId;
    },

    async fetch() {
      const { data: entry, staleSeconds } = await waitlist.one(this.entryId);
      const [session, own, position] = await Promise.all([
        sessions.one(entry.course_schedule_id, entry.booking_date),
        bookings.mine(),
        entry.status === 'waiting' ? waitlist.position(this.entryId) : null,
      ]);
      return { entry, session, bookings: own.items, position, staleSeconds };
    },

    async present({ entry, session, bookings: own, position }, now) {
      const view = await entryView(entry, own, now);
      const wait = position && position.estimated_wait_minutes;
      return {
        entry: { ...view, rank: position ? position.position : view.rank },
        ahead: position ? position.ahead : 0,
        chance: position ? chanceText(position.chance) : view.chance,
        wait: wait ? `估计还要等 ${timeUtils.spanText(wait)}` : '',
        minutes: `${session.duration_minutes} 分钟`,
        seats: `${session.capacity} 人班 · ${session.waiting} 人候补中`,
        steps: timeline(entry, view.kind, now),
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
    onLeave() {
      actions.leave(this, this.data.entry);
    },
    onRejoin() {
      actions.rejoin(this, this.data.entry);
    },
    onBookings() {
      wx.switchTab({ url: '/pages/bookings/index' });
    },
  }),
);
