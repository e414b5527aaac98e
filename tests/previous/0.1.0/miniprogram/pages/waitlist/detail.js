// One entry: what is to be done now, where it stands, and how it came to this.
const navigate = require('../../page/navigate');
const actions = require('../../page/offer-actions');
const bookings = require('../../services/bookings');
const { entryView, timeline, chanceText } = require('../../views/entry');
const livePage = require('../../page/live-page');
const notifications = require('../../services/notifications');
const { openedByMessage } = require('../../page/opened-by-message');
const sessions = require('../../services/sessions');
const times = require('../../views/times');
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
      /** Whether the message that opened this page is shown over it, and its words. */
      popup: false,
      words: '',
    },

    onLoad(query) {
      this.entryId = Number(query.id);
      this.messageId = Number(query.message) || 0;
      this.byMessage = openedByMessage(query, this.route);
    },

    cacheKey() {
      return 'entry:' + this.entryId;
    },

    async fetch() {
      const { data: entry, staleSeconds } = await waitlist.one(this.entryId);
      const [session, own, position, messages] = await Promise.all([
        this.part(sessions.one(entry.course_schedule_id, entry.booking_date), this.answer ? this.answer.session : null),
        bookings.mine(),
        entry.status === 'waiting' ? this.part(waitlist.position(this.entryId), null) : null,
        this.byMessage ? this.part(notifications.ofEntry(this.entryId), null) : null,
      ]);
      return { entry, session, bookings: own.items, position, messages, staleSeconds };
    },

    async present({ entry, session, bookings: own, position, messages }, now) {
      const view = await entryView(entry, own, now);
      const message = messages && (messages.find((one) => one.id === this.messageId) || messages[0]);
      // Said once: whoever closed it is on the entry's own page.
      const popup = this.byMessage && (['offer', 'late'].includes(view.kind) || Boolean(message));
      const wait = position && position.estimated_wait_minutes;
      return {
        entry: { ...view, rank: position ? position.position : view.rank },
        ahead: position ? position.ahead : Math.max(0, (view.rank || 1) - 1),
        chance: position ? chanceText(position.chance) : view.chance,
        wait: wait ? `估计还要等 ${times.spanText(wait)}` : '',
        minutes: session ? `${session.duration_minutes} 分钟` : '',
        seats: session ? `${session.capacity} 人班${session.waiting > 0 ? ` · ${session.waiting} 人候补中` : ''}` : '',
        steps: timeline(entry, view.kind, now),
        popup,
        words: message ? message.message_content : '',
      };
    },

    onUrgent(event) {
      this.setData({ urgent: event.detail.urgent });
    },
    onClose() {
      this.byMessage = false;
      this.setData({ popup: false });
    },
    onStanding() {
      navigate.open(`/pages/waitlist/status?id=${this.entryId}`);
    },
    onConfirm() {
      this.answered();
      actions.confirm(this, this.data.entry);
    },
    /** What a message asked for is being done: the page itself says how it went. */
    answered() {
      this.byMessage = false;
    },
    // Whoever keeps the seat after all still has the message before them.
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
    onClass() {
      const { scheduleId, date } = this.data.entry;
      navigate.open(`/pages/classes/detail?schedule=${scheduleId}&date=${date}`);
    },
    onBookings() {
      wx.switchTab({ url: '/pages/bookings/index' });
    },
  }),
);
