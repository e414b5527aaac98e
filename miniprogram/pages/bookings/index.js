// 我的预约: the classes to come of every child, soonest first; what was missed and can be made up;
// the credit; and what has been.
const account = require('../../transport/account');
const bookings = require('../../services/bookings');
const clock = require('../../services/clock');
const { bookingView } = require('../../views/booking');
const compensation = require('../../services/compensation');
const consent = require('../../page/consent');
const { creditView } = require('../../views/credit');
const livePage = require('../../page/live-page');
const makeup = require('../../services/makeup');
const { owedRows, owedViews } = require('../../views/makeup');
const navigate = require('../../page/navigate');
const notice = require('../../page/notice');
const rules = require('../../services/rules');
const waitlist = require('../../services/waitlist');
const times = require('../../views/times');

/** How many past bookings are shown. */
const PAST_SHOWN = 20;

Page(
  livePage({
    data: {
      /** The classes to come, those among them that the gym called off included. */
      upcoming: [],
      upcomingCount: 0,
      /** What runs out soon comes before everything, the rest after what is booked. */
      owedSoon: [],
      owed: [],
      credits: [],
      past: [],
      pastOpen: false,
      /** Whether there are more than are shown. */
      older: false,
    },

    cacheKey() {
      return 'bookings';
    },

    async fetch() {
      await clock.keepFresh();
      const [{ items, more, staleSeconds }, entries, asked, balances] = await Promise.all([
        bookings.recent(times.dateOf(clock.now())),
        // For the badge of the tab bar alone.
        this.part(waitlist.mine(), null),
        this.part(makeup.owed(), undefined),
        this.part(compensation.balances(account.profiles()), this.answer ? this.answer.balances : null),
      ]);
      const latest = [...items].sort((a, b) => b.starts_at.localeCompare(a.starts_at));
      const live = latest.filter((booking) => booking.status === 'booked');
      const ended = latest.filter((booking) => booking.status !== 'booked');
      const past = ended.slice(0, PAST_SHOWN);
      const shown = [...live, ...past];
      const owed = owedRows(asked, shown, this.answer);
      return {
        bookings: shown,
        entries: entries ? entries.items : undefined,
        older: more || ended.length > past.length,
        owed,
        balances: balances || [],
        staleSeconds,
      };
    },

    async present(answer, now) {
      const views = await Promise.all(answer.bookings.map((booking) => bookingView(booking, now)));
      const upcoming = views.filter((one) => one.live || one.calledOff).sort((a, b) => a.startsAt - b.startsAt);
      // A class that was called off stands where it was, with its own way to a makeup.
      const owed = (await owedViews(answer.owed, now)).filter(
        (one) => !upcoming.some((booking) => booking.id === one.id),
      );
      const credits = await Promise.all(
        answer.balances.map((/** @type {import('../../types/api').Balance} */ balance) => creditView(balance, now)),
      );
      return {
        upcoming,
        upcomingCount: upcoming.filter((one) => one.live).length,
        owedSoon: owed.filter((one) => one.soon),
        owed: owed.filter((one) => !one.soon),
        credits: credits
          .filter((one) => one !== null && one.parts.length > 0)
          .map((one) => ({ ...one, child: account.childName(one.profileId) })),
        past: views.filter((one) => !upcoming.includes(one)).sort((a, b) => b.startsAt - a.startsAt),
        older: answer.older,
        empty: views.length === 0,
      };
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    bookingOf(event) {
      return [...this.data.upcoming, ...this.data.past].find((one) => one.id === event.detail.id);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onOpen(event) {
      const { scheduleId, date } = this.bookingOf(event);
      navigate.open(`/pages/classes/detail?schedule=${scheduleId}&date=${date}`);
    },

    /**
     * 不去了: what leave and a cancel each cost, the better first, the impossible left out.
     * @param {WechatMiniprogram.CustomEvent} event
     */
    async onSkip(event) {
      const booking = this.bookingOf(event);
      const facts = { status: booking.status, start: booking.startsAt, now: clock.now() };
      const [cancel, leave] = await Promise.all([
        rules.checkCancel(facts, booking),
        rules.checkLeave({ ...facts, source: booking.source }, booking),
      ]);
      if (cancel && !cancel.ok) {
        await notice.refusal(cancel, {}, booking.child);
        return;
      }
      // Where the rules cannot be asked, both are offered: the service decides.
      const sheet = await skipChoices(booking, { mayLeave: !leave || leave.ok, free: !cancel || cancel.free });
      this.offerChoices(sheet, (/** @type {string} */ key) =>
        key === 'leave' ? this.takeLeave(booking) : this.cancel(booking),
      );
    },

    /** Takes leave. Must be called in the tap. @param {any} booking */
    async takeLeave(booking) {
      const asked = consent.ask('miss');
      let left = false;
      await this.act(
        'change:' + booking.id,
        async () => {
          await bookings.leave(booking.id);
          left = true;
          notice.done(`${booking.child}已请假，可以选补课了`);
        },
        {},
        booking.child,
      );
      await consent.settle(asked, { explain: left });
    },

    /** @param {any} booking */
    cancel(booking) {
      return this.act(
        'change:' + booking.id,
        async () => {
          await bookings.cancel(booking.id);
          notice.done(booking.child ? `已取消${booking.child}的预约` : '已取消预约');
        },
        {},
        booking.child,
      );
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    async onCancelMakeup(event) {
      const booking = this.bookingOf(event);
      const sure = await notice.confirm({
        title: '取消补课？',
        content: `${aboutOf(booking)}。原来的课可以重新补；这次补课得到的补偿时长会收回。`,
        confirm: '取消补课',
        cancel: '保留',
      });
      if (sure) await this.cancel(booking);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onSelect(event) {
      navigate.open(`/pages/makeup/select?booking=${event.detail.id}`);
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    onCredit(event) {
      navigate.open(`/pages/makeup/compensation?profile=${event.currentTarget.dataset.profile}`);
    },
    onFold() {
      this.setData({ pastOpen: !this.data.pastOpen });
    },
    onClasses() {
      wx.switchTab({ url: '/pages/classes/index' });
    },
  }),
);

/** The class of a booking, and whose it is where the account has several children. @param {any} booking */
const aboutOf = (booking) => [booking.course, booking.when, booking.child].filter(Boolean).join(' · ');

/**
 * The choices of 不去了 for a booking, as `components/choice-sheet` takes them.
 * @param {any} booking
 * @param {{mayLeave: boolean, free: boolean | undefined}} rule whether leave can be taken, and whether a cancel is free
 */
async function skipChoices(booking, { mayLeave, free }) {
  const { makeupValidityDays: days, freeCancellationLead: lead } = await rules.policy(booking);
  const credit = Boolean(booking.paid);
  const back = free ? '退回，不能补课' : '不退回，也不能补课';
  const cancel = {
    key: 'cancel',
    title: '取消预约',
    note: credit ? `抵扣的 ${booking.paid} 分钟${back}` : mayLeave ? '不能补课' : '这节课不能补课',
    kind: 'danger',
  };
  if (!mayLeave) {
    const warning = lead ? `离开课已不到 ${times.spanText(lead)}，不能请假了` : '离开课太近，不能请假了';
    return { title: '不去了？', note: aboutOf(booking), warning, choices: [cancel] };
  }
  const kept = days ? `原课后 ${days} 天内可以补课` : '之后可以补课';
  const leave = {
    key: 'leave',
    title: '请假（推荐）',
    note: credit ? `${kept}，抵扣的 ${booking.paid} 分钟不退回` : kept,
    kind: 'primary',
  };
  return { title: '不去了？', note: aboutOf(booking), warning: '', choices: [leave, cancel] };
}
