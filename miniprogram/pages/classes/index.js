// 课程: the days to come, and what the chosen child can do with each class.
const account = require('../../transport/account');
const navigate = require('../../page/navigate');
const actions = require('../../page/session-actions');
const bookings = require('../../services/bookings');
const compensation = require('../../services/compensation');
const clock = require('../../services/clock');
const config = require('../../config');
const { entryView } = require('../../views/entry');
const { dayParts, sessionView } = require('../../views/session');
const frontDesk = require('../../page/front-desk');
const livePage = require('../../page/live-page');
const sessions = require('../../services/sessions');
const times = require('../../views/times');
const waitlist = require('../../services/waitlist');

Page(
  livePage({
    data: {
      days: [],
      date: '',
      /** What `dayParts` made. */
      parts: [],
      /** Whether the account has no child yet. */
      newcomer: false,
      canCall: frontDesk.canCall,
      /** The most urgent open offer of any child: it beats everything else. @type {any} */
      offer: null,
      moreOffers: 0,
      /** The next day with a class, where this one has none. */
      nextDate: '',
      /** The day that the strip scrolls to. */
      reveal: '',
    },

    // A fortnight of classes: asked less often than what waits for an answer.
    poll: 60000,

    cacheKey() {
      return 'classes';
    },

    // Asks for all days at once, so that changing the day needs no request and works without a network.
    async fetch() {
      await clock.keepFresh();
      const days = times.days(clock.now(), config.daysShown);
      const [list, entries, own, balances] = await Promise.all([
        sessions.between(days[0].date, days[days.length - 1].date),
        waitlist.mine(),
        bookings.mine(days[0].date),
        this.part(compensation.balances(account.profiles()), this.answer ? this.answer.balances : null),
      ]);
      return {
        sessions: list.items,
        ...actions.liveRows(entries.items, own.items),
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
      const own = actions.ownFacts(this, answer, now);
      const notified = answer.entries.filter((entry) => entry.status === 'notified');
      const offers = (await Promise.all(notified.map((entry) => entryView(entry, answer.bookings, now))))
        .filter((entry) => entry.kind === 'offer')
        .sort((a, b) => Number(a.deadline) - Number(b.deadline));
      const views = await Promise.all(ofDay.map((session) => sessionView(session, own)));
      const later = days.find(
        (day) => day.date > date && answer.sessions.some((session) => session.booking_date === day.date),
      );
      return {
        days,
        date,
        parts: dayParts(views),
        newcomer: account.profiles().length === 0,
        nextDate: later ? later.date : '',
        offer: offers[0] || null,
        moreOffers: Math.max(0, offers.length - 1),
        empty: ofDay.length === 0,
      };
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onDay(event) {
      this.setData({ date: event.detail.date });
      this.show();
    },

    onNextDay() {
      this.setData({ date: this.data.nextDate, reveal: this.data.nextDate });
      this.show();
    },

    onOffer() {
      navigate.open(`/pages/waitlist/detail?id=${this.data.offer.id}`);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onAct(event) {
      const { key } = event.detail;
      /** @type {ReturnType<typeof dayParts>} */
      const parts = this.data.parts;
      const view = parts.flatMap((part) => part.rows).find((one) => one.key === key);
      return actions.run(this, this.sessionOf(key), view);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onOpen(event) {
      const { course_schedule_id: schedule, booking_date: date } = this.sessionOf(event.detail.key);
      navigate.open(`/pages/classes/detail?schedule=${schedule}&date=${date}`);
    },

    onAddChild() {
      navigate.open('/pages/me/add-child');
    },
    onCall() {
      frontDesk.call();
    },

    onShareAppMessage() {
      return { title: '体操课：看课表、预约、候补', path: '/pages/classes/index' };
    },

    /** @param {string} key */
    sessionOf(key) {
      return this.answer.sessions.find(
        (/** @type {import('../../types/api').Session} */ session) =>
          `${session.course_schedule_id}/${session.booking_date}` === key,
      );
    },
  }),
);
