// 我的预约: the classes to come of every child, soonest first; what was missed and can be made up;
// the credit; and what has been.
const account = require('../../transport/account');
const bookings = require('../../services/bookings');
const clock = require('../../services/clock');
const { bookingView, UNNAMED } = require('../../views/booking');
const compensation = require('../../services/compensation');
const consent = require('../../page/consent');
const { courseNames } = require('../../services/course-names');
const { creditView } = require('../../views/credit');
const livePage = require('../../page/live-page');
const makeup = require('../../services/makeup');
const { owedRows, owedViews } = require('../../views/makeup');
const navigate = require('../../page/navigate');
const notice = require('../../page/notice');
const rules = require('../../services/rules');
const times = require('../../views/times');

/** How many past bookings are shown. */
const PAST_SHOWN = 20;

Page(
  livePage({
    data: {
      upcoming: [],
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
      const [{ items, staleSeconds }, asked, balances] = await Promise.all([
        bookings.mine(),
        this.part(makeup.owed(), undefined),
        this.part(compensation.balances(account.profiles()), this.answer ? this.answer.balances : null),
      ]);
      const latest = [...items].sort((a, b) => b.starts_at.localeCompare(a.starts_at));
      const live = latest.filter((booking) => booking.status === 'booked');
      const ended = latest.filter((booking) => booking.status !== 'booked');
      const past = ended.slice(0, PAST_SHOWN);
      const shown = [...live, ...past];
      const owed = owedRows(asked, shown, this.answer);
      const rows = [...shown, ...owed.rows.map((row) => row.booking)];
      const names = await courseNames(rows, this.answer ? this.answer.names : {}, this.part.bind(this));
      return {
        bookings: shown,
        older: ended.length > past.length,
        owed,
        balances: balances || [],
        names,
        staleSeconds,
      };
    },

    async present(answer, now) {
      const views = await Promise.all(
        answer.bookings.map((booking) =>
          bookingView(booking, answer.names[booking.course_schedule_id] || UNNAMED, now),
        ),
      );
      const owed = await owedViews(answer.owed, answer.names, now);
      const credits = await Promise.all(answer.balances.map((balance) => creditView(balance, now)));
      return {
        upcoming: views.filter((booking) => booking.live).sort((a, b) => a.startsAt - b.startsAt),
        owedSoon: owed.filter((one) => one.soon),
        owed: owed.filter((one) => !one.soon),
        credits: credits
          .filter((one) => one.minutes > 0)
          .map((one) => ({ ...one, child: account.childName(one.profileId) })),
        past: views.filter((booking) => !booking.live).sort((a, b) => b.startsAt - a.startsAt),
        older: answer.older,
        empty: views.length === 0,
      };
    },

    bookingOf(event) {
      return this.data.upcoming.find((one) => one.id === event.detail.id);
    },

    async onCancel(event) {
      const booking = this.bookingOf(event);
      const sure = await notice.confirm({
        title: '取消预约？',
        content: `${booking.course} ${booking.when}。${await cancelTerms(booking)}名额会给候补的下一位。`,
        confirm: '取消预约',
        cancel: '保留',
      });
      if (!sure) return;
      await this.act('cancel:' + booking.id, async () => {
        await bookings.cancel(booking.id);
        notice.done('已取消预约');
      });
    },

    async onLeave(event) {
      const booking = this.bookingOf(event);
      const { makeupValidityDays } = await rules.policy();
      if ((await leadLeft(booking)).early === false) {
        await notice.refusal({ code: 'leave_too_late' });
        return;
      }
      const right = makeupValidityDays ? `原课后 ${makeupValidityDays} 天内可以补课。` : '之后可以补课。';
      const sure = await notice.confirm({
        title: '请假？',
        content: `${booking.course} ${booking.when}。请假不扣课时，${right}名额会给候补的下一位。`,
        confirm: '请假',
        cancel: '保留',
      });
      if (!sure) return;
      const asked = consent.ask('miss');
      await this.act('leave:' + booking.id, async () => {
        await bookings.leave(booking.id);
        notice.done('已请假，可以选补课了');
      });
      await consent.settle(asked);
    },

    onSelect(event) {
      navigate.open(`/pages/makeup/select?booking=${event.detail.id}`);
    },
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

/** What cancelling costs, said before it is done. */
async function cancelTerms(booking) {
  if (booking.makeup) return '原来的课可以重新补；这次补课得到的补偿会收回。';
  const { early, lead } = await leadLeft(booking);
  if (!lead || early === null) return '';
  if (early) return booking.paid > 0 ? `现在取消，抵扣的 ${booking.paid} 分钟会退回。` : '现在取消不扣课时。';
  const late = `离开课已不到 ${times.spanText(lead)}，`;
  return booking.paid > 0 ? `${late}抵扣的 ${booking.paid} 分钟不会退回。` : `${late}取消会扣课时。`;
}

/**
 * Whether a cancel or a leave is still early enough to cost nothing (null where the rules cannot be asked), and how early
 * that is in minutes.
 */
async function leadLeft(booking) {
  const { freeCancellationLead: lead = 0 } = await rules.policy();
  const latest = booking.startsAt - lead * times.MINUTE;
  const allowed = await rules.mayRespond({ deadline: latest, now: clock.now() });
  return { lead, early: allowed && allowed.ok };
}
