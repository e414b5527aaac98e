// One waitlist entry: what is to be done now, where it stands, and how it came to this. Two addresses lead to it:
// pages/waitlist/detail, which messages open, and pages/waitlist/status.
const actions = require('./offer-actions');
const bookings = require('../services/bookings');
const clock = require('../services/clock');
const { entryView, standingView, timeline } = require('../views/entry');
const livePage = require('./live-page');
const navigate = require('./navigate');
const notifications = require('../services/notifications');
const { openedByMessage } = require('./opened-by-message');
const sessions = require('../services/sessions');
const times = require('../views/times');
const waitlist = require('../services/waitlist');

/** How often everything is asked for, in milliseconds; a rank that is looked at is asked for more often. */
const EVERYTHING = 30000;
const EVERYTHING_WHILE_WAITING = 60000;

/** Makes the Page definition. */
function entryPage() {
  return livePage({
    data: {
      /** What `entryView` made. @type {any} */
      entry: null,
      /** What `standingView` made, while the entry waits. @type {any} */
      standing: null,
      minutes: '',
      seats: '',
      steps: [],
      urgent: false,
      /** Whether the message that opened this page is shown over it, and its words. */
      popup: false,
      words: '',
    },

    poll: 10000,

    onLoad(query) {
      this.entryId = Number(query.id);
      this.messageId = Number(query.message) || 0;
      this.byMessage = openedByMessage(query, this.route);
      this.askedAt = 0; // device time at which everything was asked for
    },

    cacheKey() {
      return 'entry:' + this.entryId;
    },

    async fetch() {
      const waits = this.answer && this.answer.position;
      const age = Math.abs(clock.device() - this.askedAt);
      if (this.polled && age < (waits ? EVERYTHING_WHILE_WAITING : EVERYTHING)) {
        if (!waits) return null;
        const position = await waitlist.position(this.entryId);
        // The entry no longer waits: everything is asked for again.
        if (position.status === 'waiting') return { ...this.answer, position };
      }
      return this.fetchAll();
    },

    async fetchAll() {
      this.askedAt = clock.device();
      const { data: entry, staleSeconds } = await waitlist.one(this.entryId);
      const [session, own, position, messages] = await Promise.all([
        this.part(sessions.one(entry.course_schedule_id, entry.booking_date), this.answer ? this.answer.session : null),
        bookings.mine(entry.booking_date),
        entry.status === 'waiting' ? this.part(waitlist.position(this.entryId), null) : null,
        this.byMessage ? this.part(notifications.ofEntry(this.entryId), null) : null,
      ]);
      return { entry, session, bookings: own.items, position, messages, staleSeconds };
    },

    async present({ entry, session, bookings: own, position, messages }, now) {
      const view = await entryView(entry, own, now, session);
      const message =
        messages && (messages.find((/** @type {{id: number}} */ one) => one.id === this.messageId) || messages[0]);
      // The popup is shown once.
      const popup = this.byMessage && (['offer', 'late'].includes(view.kind) || Boolean(message));
      return {
        entry: view,
        standing: view.kind === 'waiting' ? standingView(entry, position) : null,
        minutes: session ? `${session.duration_minutes} 分钟` : '',
        seats: session ? `${session.capacity} 人班${session.waiting ? ` · ${session.waiting} 人候补中` : ''}` : '',
        steps: timeline(entry, view.kind, now),
        popup,
        words: message ? times.nearDays(message.message_content, times.parse(message.sent_time), now) : '',
      };
    },

    /** Closes the message's popup for good: the page itself shows the result. */
    answered() {
      this.byMessage = false;
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onUrgent(event) {
      this.setData({ urgent: event.detail.urgent });
    },
    onClose() {
      this.byMessage = false;
      this.setData({ popup: false });
    },
    onConfirm() {
      this.answered();
      actions.confirm(this, this.data.entry);
    },
    // A parent who keeps the seat after all still sees the popup.
    onDecline() {
      actions.decline(this, this.data.entry, () => this.answered());
    },
    onLeave() {
      actions.leave(this, this.data.entry);
    },
    onRejoin() {
      this.answered();
      actions.rejoin(this, this.data.entry);
    },
    onBook() {
      this.answered();
      actions.book(this, this.data.entry);
    },
    onClass() {
      const { scheduleId, date } = this.data.entry;
      navigate.backOr(`/pages/classes/detail?schedule=${scheduleId}&date=${date}`);
    },
    onBookings() {
      wx.switchTab({ url: '/pages/bookings/index' });
    },
  });
}

module.exports = entryPage;
