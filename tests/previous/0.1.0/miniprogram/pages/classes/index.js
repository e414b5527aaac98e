// 课程: the days to come, and what the chosen child can do with each class.
const account = require('../../transport/account');
const navigate = require('../../page/navigate');
const actions = require('../../page/session-actions');
const bookings = require('../../services/bookings');
const compensation = require('../../services/compensation');
const clock = require('../../services/clock');
const config = require('../../config');
const { entryView } = require('../../views/entry');
const { sessionView } = require('../../views/session');
const livePage = require('../../page/live-page');
const sessions = require('../../services/sessions');
const times = require('../../views/times');
const tabState = require('../../page/tab-state');
const waitlist = require('../../services/waitlist');

Page(
  livePage({
    data: {
      days: [],
      date: '',
      sessions: [],
      /** The most urgent open offer of any child: it beats everything else. @type {any} */
      offer: null,
      moreOffers: 0,
      /** The next day with a class, where this one has none. */
      nextDate: '',
    },

    // A fortnight of classes: asked less often than what waits for an answer.
    poll: 60000,

    cacheKey() {
      return 'classes';
    },

    // The whole strip at once: changing the day then needs no request, also without a network.
    async fetch() {
      await clock.sync();
      const days = times.days(clock.now(), config.daysShown);
      const [list, entries, own, balances] = await Promise.all([
        sessions.between(days[0].date, days[days.length - 1].date),
        waitlist.mine(),
        bookings.mine(),
        this.part(compensation.balances(account.profiles()), this.answer ? this.answer.balances : null),
      ]);
      return {
        sessions: list.items,
        entries: entries.items,
        bookings: own.items,
        balances: balances || [],
        staleSeconds: list.staleSeconds || entries.staleSeconds || own.staleSeconds,
      };
    },

    async present(answer, now) {
      const days = times.days(now, config.daysShown);
      const date = days.some((day) => day.date === this.data.date) ? this.data.date : days[0].date;
      const ofDay = answer.sessions
        .filter((session) => session.booking_date === date)
        .sort((a, b) => a.starts_at.localeCompare(b.starts_at));
      const own = actions.ownFacts(answer, now);
      const notified = answer.entries.filter((entry) => entry.status === 'notified');
      const offers = (await Promise.all(notified.map((entry) => entryView(entry, answer.bookings, now))))
        .filter((entry) => entry.kind === 'offer')
        .sort((a, b) => Number(a.deadline) - Number(b.deadline));
      tabState.set({ offers: offers.length });
      const views = await Promise.all(ofDay.map((session) => sessionView(session, own)));
      const later = days.find(
        (day) => day.date > date && answer.sessions.some((session) => session.booking_date === day.date),
      );
      return {
        days,
        date,
        // What has begun is no longer a choice: it goes to the end.
        sessions: [...views.filter((session) => !session.started), ...views.filter((session) => session.started)],
        nextDate: later ? later.date : '',
        offer: offers[0] || null,
        moreOffers: Math.max(0, offers.length - 1),
        empty: ofDay.length === 0,
      };
    },

    onDay(event) {
      this.setData({ date: event.detail.date });
      this.show();
    },

    onNextDay() {
      this.setData({ date: this.data.nextDate });
      this.show();
    },

    onOffer() {
      navigate.open(`/pages/waitlist/detail?id=${this.data.offer.id}`);
    },

    onAct(event) {
      const { key } = event.detail;
      const view = this.data.sessions.find((one) => one.key === key);
      return actions.run(this, this.sessionOf(key), view);
    },

    onOpen(event) {
      const { course_schedule_id: schedule, booking_date: date } = this.sessionOf(event.detail.key);
      navigate.open(`/pages/classes/detail?schedule=${schedule}&date=${date}`);
    },

    sessionOf(key) {
      return this.answer.sessions.find((session) => `${session.course_schedule_id}/${session.booking_date}` === key);
    },
  }),
);
