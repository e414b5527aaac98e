// 选补课: the classes in which one missed class can be made up. The rules on the phone show the difference in minutes
// before anything is sent.
const account = require('../../transport/account');
const bookings = require('../../services/bookings');
const compensation = require('../../services/compensation');
const { creditView } = require('../../views/credit');
const clock = require('../../services/clock');
const consent = require('../../page/consent');
const frontDesk = require('../../page/front-desk');
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
      /** The day that the strip scrolls to. */
      reveal: '',
      canCall: frontDesk.canCall,
      /** `可用补偿时长：45 分钟`, or ''. */
      available: '',
    },

    poll: 30000,

    onLoad(query) {
      this.bookingId = Number(query.booking);
      /** The class that the list of owed classes suggested. */
      this.suggested = (query.class || '').replace('_', '/');
    },

    cacheKey() {
      return 'select:' + this.bookingId;
    },

    async fetch() {
      await clock.keepFresh();
      const [original, entries] = await Promise.all([this.missedBooking(), waitlist.mine()]);
      // A class of the past is made up from today on, one of the future after it.
      const startsAt = times.parse(original.starts_at);
      const from = Math.max(clock.now(), startsAt);
      const until = times.parse(original.makeup_until || '');
      const right = await rules.makeupRight(until, clock.now());
      if (right && !right.ok) throw right;
      const [session, balance, list, own] = await Promise.all([
        // The missed class itself does not change.
        this.answer || sessions.one(original.course_schedule_id, original.booking_date),
        this.part(compensation.balance(original.profile_id), this.answer ? this.answer.balance : null),
        makeup.available(original.profile_id, original.id, times.dateOf(from), times.dateOf(until)),
        bookings.mine(times.dateOf(from)),
      ]);
      return {
        original,
        course: original.course_name || session.course_name,
        category: session.category,
        from,
        until,
        balance,
        options: list.items,
        bookings: own.items,
        entries: entries.items,
        staleSeconds: list.staleSeconds,
      };
    },

    /**
     * The missed class: one of those that are owed. Whether another booking was not missed, or is not there, all bookings
     * tell.
     * @returns {Promise<import('../../types/api').Booking>}
     */
    async missedBooking() {
      const owed = await makeup.owed();
      const row = owed && owed.items.find((one) => one.booking.id === this.bookingId);
      if (row) return { ...row.booking, makeup_until: row.makeup_until };
      const booking = (await bookings.mine()).items.find((one) => one.id === this.bookingId);
      if (!booking || !booking.makeup_until) throw { code: booking ? 'not_missed' : 'not_found' };
      return booking;
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
      const wanted = this.data.chosen ? this.data.chosen.key : this.suggested;
      this.suggested = '';
      // A class that can no longer be chosen loses the choice.
      const chosen = all.find((one) => one.key === wanted && ['book', 'wait'].includes(one.state)) || null;
      const first = chosen || all.find((one) => one.state === 'book') || all[0];
      const date = days.some((day) => day.date === this.data.date) ? this.data.date : first ? first.booking_date : '';
      const later = days.find((day) => day.date > date && !day.none);
      const credit = answer.balance ? await creditView(answer.balance, now) : null;
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
        chosen,
        promise: await promiseOf(chosen),
        available: credit ? `可用补偿时长：${credit.text}` : '',
        empty: all.length === 0,
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

    /** No class fits: the front desk may know one, else the timetable shows what there is. */
    onNone() {
      if (frontDesk.canCall) frontDesk.call();
      else wx.switchTab({ url: '/pages/classes/index' });
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    async onChoose(event) {
      const { key, entryId } = event.detail;
      if (entryId) {
        navigate.open(`/pages/waitlist/detail?id=${entryId}`);
        return;
      }
      const chosen = this.data.options.find((/** @type {{key: string}} */ one) => one.key === key);
      this.setData({ chosen, promise: await promiseOf(chosen) });
    },

    onConfirm() {
      const { chosen } = this.data;
      return chosen.state === 'wait' ? this.wait(chosen) : this.book(chosen);
    },

    /** @param {any} chosen */
    async book(chosen) {
      const { original } = this.answer;
      const { missed } = this.data;
      const asked = consent.ask('bookMakeup');
      let booked = false;
      await this.act(
        'confirm',
        async () => {
          const made = await makeup.book(original.profile_id, original.id, chosen);
          booked = true;
          const credit = made.duration_difference > 0 ? `，补偿 ${made.duration_difference} 分钟` : '';
          notice.done(`${missed.child}已约好补课${credit}`);
          navigate.backOrInstead('/pages/makeup/index');
        },
        { join: () => this.wait(chosen) },
        missed.child,
      );
      await consent.settle(asked, { explain: booked });
    },

    /** Waits for a seat that would make up the missed class. @param {any} chosen */
    async wait(chosen) {
      const { original } = this.answer;
      const { child } = this.data.missed;
      const asked = consent.ask('waitToMakeUp');
      let joined = false;
      await this.act(
        'confirm',
        async () => {
          const entry = await waitlist.join(original.profile_id, chosen, original.id);
          joined = true;
          notice.done(`${child}${entry.position ? `已候补补课，第 ${entry.position} 位` : '有名额了，请尽快确认'}`);
          wx.redirectTo({ url: `/pages/waitlist/detail?id=${entry.id}` });
        },
        {},
        child,
      );
      await consent.settle(asked, { explain: joined });
    },
  }),
);

/** How long the credit of a chosen class can be spent, in words, or ''. @param {any} chosen */
async function promiseOf(chosen) {
  if (!chosen || !chosen.chip || chosen.chip.kind !== 'credit') return '';
  const { compensationValidityDays: days } = await rules.policy(chosen);
  return days ? `补偿的 ${chosen.chip.minutes} 分钟 ${days} 天内有效` : '';
}
