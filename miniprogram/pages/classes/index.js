// 课程: the days to come, and what the chosen child can do with each class.
const account = require('../../utils/account');
const bookings = require('../../services/bookings');
const compensation = require('../../services/compensation');
const clock = require('../../utils/clock');
const config = require('../../config');
const consent = require('../../utils/consent');
const { planFor } = require('../../utils/credit-view');
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
      const [list, entries, own, balances] = await Promise.all([
        sessions.between(days[0].date, days[days.length - 1].date),
        waitlist.mine(),
        bookings.mine(),
        compensation.balances(account.profiles()),
      ]);
      return {
        sessions: list.items,
        entries: entries.items,
        bookings: own.items,
        balances: balances || [],
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
      this.setData({ date: event.detail.date });
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

    async book(key) {
      const withCredit = await this.creditWanted(key);
      if (withCredit === null) return;
      await this.forChild(
        key,
        async (profile, session) => {
          await bookings.book(profile.id, session, withCredit);
          const name = account.childName(profile.id);
          const paid = withCredit ? `，抵扣 ${session.duration_minutes} 分钟` : '';
          notice.done((name ? `已为${name}预约` : '已预约') + paid);
        },
        { join: () => this.join(key) },
      );
    },

    /**
     * Where the child's credit is enough for the class, by the rules, the parent chooses how to pay.
     * Resolves to null where nothing was chosen.
     */
    async creditWanted(key) {
      const profile = account.profile();
      const { duration_minutes: minutes } = this.sessionOf(key);
      const balance = profile && (this.answer.balances || []).find((one) => one.profile_id === profile.id);
      if (!balance) return false;
      const plan = await planFor(balance, minutes, clock.now());
      if (!plan.ok) return false;
      try {
        const { tapIndex } = await wx.showActionSheet({
          alertText: `有 ${plan.available} 分钟课时补偿，这节课 ${minutes} 分钟`,
          itemList: [`用补偿抵扣 ${minutes} 分钟`, '不用补偿，直接预约'],
        });
        return tapIndex === 0;
      } catch (dismissed) {
        return null;
      }
    },

    async join(key) {
      // WeChat asks only from within the tap: what the rules will refuse is not asked for.
      const view = this.data.sessions.find((one) => one.key === key);
      const asked = view && view.joinable ? consent.ask() : null;
      let joined = false;
      await this.forChild(
        key,
        async (profile, session) => {
          // What the rules refuse is refused here, without a request.
          const allowed = await rules.checkJoin(joinFacts(session, this.own(this.answer, clock.now())));
          if (!allowed.ok) throw allowed;
          const entry = await waitlist.join(profile.id, session);
          joined = true;
          notice.done(entry.position > 0 ? `已加入候补，第 ${entry.position} 位` : '有名额了，请尽快确认');
        },
        { book: () => this.book(key) },
      );
      if (joined && asked) await consent.settle(asked);
    },

    /** Does something with a session for the chosen child. */
    forChild(key, work, ways) {
      const profile = account.profile();
      if (!profile) return notice.refusal({ code: 'no_profile' });
      return this.act('act:' + key, () => work(profile, this.sessionOf(key)), ways);
    },
  }),
);
