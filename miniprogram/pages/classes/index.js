// 课程: the days to come, and what the chosen child can do with each class.
const account = require('../../utils/account');
const bookings = require('../../services/bookings');
const clock = require('../../utils/clock');
const config = require('../../config');
const { entryView } = require('../../utils/entry-view');
const { sessionView, joinFacts } = require('../../utils/session-view');
const livePage = require('../../utils/live-page');
const notice = require('../../utils/notice');
const rules = require('../../utils/rules');
const sessions = require('../../services/sessions');
const timeUtils = require('../../utils/time-utils');
const tabState = require('../../utils/tab-state');
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
      const days = timeUtils.days(clock.now(), config.daysShown);
      const [list, entries, own] = await Promise.all([
        sessions.between(days[0].date, days[days.length - 1].date),
        waitlist.mine(),
        bookings.mine(),
      ]);
      return {
        sessions: list.items,
        entries: entries.items,
        bookings: own.items,
        staleSeconds: list.staleSeconds || entries.staleSeconds || own.staleSeconds,
      };
    },

    own(answer, now) {
      const profile = account.profile();
      return { profileId: profile ? profile.id : 0, entries: answer.entries, bookings: answer.bookings, now };
    },

    async present(answer, now) {
      const days = timeUtils.days(now, config.daysShown);
      const date = days.some((day) => day.date === this.data.date) ? this.data.date : days[0].date;
      const ofDay = answer.sessions
        .filter((session) => session.booking_date === date)
        .sort((a, b) => a.starts_at.localeCompare(b.starts_at));
      const own = this.own(answer, now);
      const notified = answer.entries.filter((entry) => entry.status === 'notified');
      const offers = (await Promise.all(notified.map((entry) => entryView(entry, answer.bookings, now))))
        .filter((entry) => entry.kind === 'offer')
        .sort((a, b) => Number(a.deadline) - Number(b.deadline));
      tabState.set({ offers: offers.length });
      const views = await Promise.all(ofDay.map((session) => sessionView(session, own)));
      const later = days.find((day) => day.date > date && answer.sessions.some((session) => session.booking_date === day.date));
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
      this.setData({ date: event.currentTarget.dataset.date });
      this.show();
    },

    onNextDay() {
      this.setData({ date: this.data.nextDate });
      this.show();
    },

    onOffer() {
      wx.navigateTo({ url: `/pages/waitlist/detail?id=${this.data.offer.id}` });
    },

    onAct(event) {
      const { key, action, entryId } = event.detail;
      if (action === 'entry' || action === 'answer') wx.navigateTo({ url: `/pages/waitlist/detail?id=${entryId}` });
      else if (action === 'booking') wx.switchTab({ url: '/pages/bookings/index' });
      else if (action === 'book') this.book(key);
      else if (action === 'join') this.join(key);
    },

    sessionOf(key) {
      return this.answer.sessions.find((session) => `${session.course_schedule_id}/${session.booking_date}` === key);
    },

    book(key) {
      return this.forChild(
        key,
        async (profile, session) => {
          await bookings.book(profile.id, session);
          const name = account.childName(profile.id);
          notice.done(name ? `已为${name}预约` : '已预约');
        },
        { join: () => this.join(key) },
      );
    },

    join(key) {
      return this.forChild(
        key,
        async (profile, session) => {
          // What the rules refuse is refused here, without a request.
          const allowed = await rules.checkJoin(joinFacts(session, this.own(this.answer, clock.now())));
          if (!allowed.ok) throw allowed;
          const entry = await waitlist.join(profile.id, session);
          notice.done(entry.position > 0 ? `已加入候补，第 ${entry.position} 位` : '有名额了，请尽快确认');
        },
        { book: () => this.book(key) },
      );
    },

    /** Does something with a session for the chosen child. */
    forChild(key, work, ways) {
      const profile = account.profile();
      if (!profile) return notice.refusal({ code: 'no_profile' });
      return this.act('act:' + key, () => work(profile, this.sessionOf(key)), ways);
    },
  }),
);
