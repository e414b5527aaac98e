// 选补课: the classes in which one missed class can be made up. What it leaves in minutes is shown by
// the rules on the phone before anything is asked of the service.
const account = require('../../transport/account');
const bookings = require('../../services/bookings');
const clock = require('../../services/clock');
const consent = require('../../page/consent');
const livePage = require('../../page/live-page');
const makeup = require('../../services/makeup');
const { limitText, optionView } = require('../../views/makeup');
const navigate = require('../../page/navigate');
const notice = require('../../page/notice');
const rules = require('../../services/rules');
const sessions = require('../../services/sessions');
const times = require('../../views/times');
const waitlist = require('../../services/waitlist');

Page(
  livePage({
    data: {
      /** The missed class, as the head says it. @type {any} */
      missed: null,
      days: [],
      date: '',
      options: [],
      /** The class chosen, of whatever day. @type {any} */
      chosen: null,
      /** What becomes of the credit. */
      promise: '',
      nextDate: '',
      safeBottom: 0,
    },

    poll: 30000,

    onLoad(query) {
      this.bookingId = Number(query.booking);
      const { safeArea, screenHeight } = wx.getWindowInfo();
      this.setData({ safeBottom: safeArea ? Math.max(0, screenHeight - safeArea.bottom) : 0 });
    },

    cacheKey() {
      return 'select:' + this.bookingId;
    },

    async fetch() {
      await clock.sync();
      const [own, entries] = await Promise.all([bookings.mine(), waitlist.mine()]);
      const original = own.items.find((one) => one.id === this.bookingId);
      if (!original || !original.makeup_until) throw { code: original ? 'not_missed' : 'not_found' };
      // A class of the past is made up from today on, one of the future after it.
      const startsAt = times.parse(original.starts_at);
      const from = Math.max(clock.now(), startsAt);
      const until = times.parse(original.makeup_until);
      if (until <= clock.now()) throw { code: 'makeup_expired' };
      const [session, list] = await Promise.all([
        sessions.one(original.course_schedule_id, original.booking_date),
        makeup.available(original.profile_id, original.id, times.dateOf(from), times.dateOf(until)),
      ]);
      return {
        original,
        course: session.course_name,
        category: session.category,
        from,
        until,
        options: list.items,
        bookings: own.items,
        entries: entries.items,
        staleSeconds: list.staleSeconds,
      };
    },

    async present(answer, now) {
      const { original } = answer;
      const own = { original, category: answer.category, bookings: answer.bookings, entries: answer.entries, now };
      const sorted = [...answer.options].sort((a, b) => a.session.starts_at.localeCompare(b.session.starts_at));
      const all = await Promise.all(sorted.map((option) => optionView(option, own)));
      const from = Math.max(now, answer.from);
      const days = times
        .days(from, times.dayCount(from, answer.until), now)
        .map((day) => ({ ...day, none: !all.some((one) => one.booking_date === day.date) }));
      const wanted = all.find((one) => one.state === 'book') || all[0];
      const date = days.some((day) => day.date === this.data.date) ? this.data.date : wanted ? wanted.booking_date : '';
      const later = days.find((day) => day.date > date && !day.none);
      const chosen = this.data.chosen && all.find((one) => one.key === this.data.chosen.key);
      return {
        missed: {
          course: answer.course,
          when: times.whenText(times.parse(original.starts_at), now),
          child: account.childName(original.profile_id),
          limitText: limitText(answer.until, now),
        },
        days,
        date,
        options: all.filter((one) => one.booking_date === date),
        nextDate: later ? later.date : '',
        // What can no longer be chosen is chosen no longer.
        chosen: chosen && ['book', 'wait'].includes(chosen.state) ? chosen : null,
        empty: all.length === 0,
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

    async onChoose(event) {
      const { key, entryId } = event.detail;
      if (entryId) {
        navigate.open(`/pages/waitlist/detail?id=${entryId}`);
        return;
      }
      const chosen = this.data.options.find((one) => one.key === key);
      const { compensationValidityDays } = await rules.policy();
      const days = compensationValidityDays ? `${compensationValidityDays} 天内有效` : '';
      this.setData({ chosen, promise: chosen.chip && chosen.chip.kind === 'credit' ? days : '' });
    },

    onConfirm() {
      const { chosen } = this.data;
      return chosen.state === 'wait' ? this.wait(chosen) : this.book(chosen);
    },

    async book(chosen) {
      const { original } = this.answer;
      // Credit runs out, and of that a message tells.
      const asked = chosen.chip && chosen.chip.kind === 'credit' ? consent.ask('credit') : null;
      await this.act(
        'confirm',
        async () => {
          const made = await makeup.book(original.profile_id, original.id, chosen);
          const credit = made.duration_difference > 0 ? `，补偿 ${made.duration_difference} 分钟` : '';
          notice.done('已约好补课' + credit);
          const under = getCurrentPages();
          const before = under[under.length - 2];
          if (before && before.route === 'pages/makeup/index') wx.navigateBack();
          else wx.redirectTo({ url: '/pages/makeup/index' });
        },
        { join: () => this.wait(chosen) },
      );
      if (asked) await consent.settle(asked);
    },

    /** Waits for a seat that would make up the missed class. */
    async wait(chosen) {
      const { original } = this.answer;
      const asked = consent.ask('waitToMakeUp');
      let joined = false;
      await this.act('confirm', async () => {
        const entry = await waitlist.join(original.profile_id, chosen, original.id);
        joined = true;
        notice.done(entry.position > 0 ? `已候补补课，第 ${entry.position} 位` : '有名额了，请尽快确认');
        wx.redirectTo({ url: `/pages/waitlist/detail?id=${entry.id}` });
      });
      if (joined) await consent.settle(asked);
    },
  }),
);
