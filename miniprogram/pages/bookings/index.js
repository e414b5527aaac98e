// 我的预约: the classes to come of every child, soonest first, and what has been.
const bookings = require('../../services/bookings');
const { bookingView } = require('../../utils/booking-view');
const livePage = require('../../utils/live-page');
const notice = require('../../utils/notice');
const rules = require('../../utils/rules');
const sessions = require('../../services/sessions');
const timeUtils = require('../../utils/time-utils');

/** How many past bookings are shown. */
const PAST_SHOWN = 20;

/**
 * Bookings do not carry the course's name; their sessions do. All sessions of one schedule are of
 * one course, so each schedule is asked once.
 * @param {any[]} list
 * @param {Record<number, string>} known schedule → name, from an earlier answer
 */
async function courseNames(list, known) {
  const names = { ...known };
  const unknown = list.filter((booking) => !(booking.course_schedule_id in names));
  const firsts = new Map(unknown.map((booking) => [booking.course_schedule_id, booking]));
  await Promise.all(
    Array.from(firsts, async ([id, booking]) => {
      const session = await sessions.one(id, booking.booking_date);
      names[id] = session.course_name;
    }),
  );
  return names;
}

Page(
  livePage({
    data: { upcoming: [], past: [], pastOpen: false },

    cacheKey() {
      return 'bookings';
    },

    async fetch() {
      const { items, staleSeconds } = await bookings.mine();
      const latest = [...items].sort((a, b) => b.starts_at.localeCompare(a.starts_at));
      const live = latest.filter((booking) => booking.status === 'booked');
      const past = latest.filter((booking) => booking.status !== 'booked').slice(0, PAST_SHOWN);
      const shown = [...live, ...past];
      return { bookings: shown, names: await courseNames(shown, this.answer ? this.answer.names : {}), staleSeconds };
    },

    async present(answer, now) {
      const views = await Promise.all(
        answer.bookings.map((booking) => bookingView(booking, answer.names[booking.course_schedule_id], now)),
      );
      return {
        upcoming: views.filter((booking) => booking.live).sort((a, b) => a.startsAt - b.startsAt),
        past: views.filter((booking) => !booking.live).sort((a, b) => b.startsAt - a.startsAt),
        empty: views.length === 0,
      };
    },

    async onCancel(event) {
      const booking = this.data.upcoming.find((one) => one.id === event.detail.id);
      const { freeCancellationLead } = await rules.policy();
      const free = freeCancellationLead ? `开课前 ${timeUtils.spanText(freeCancellationLead)}以前取消，不扣课时。` : '';
      const sure = await notice.confirm({
        title: '取消预约？',
        content: `${booking.course} ${booking.when}。${free}名额会给候补的下一位。`,
        confirm: '取消预约',
        cancel: '保留',
      });
      if (!sure) return;
      await this.act('cancel:' + booking.id, async () => {
        await bookings.cancel(booking.id);
        notice.done('已取消预约');
      });
    },

    onFold() {
      this.setData({ pastOpen: !this.data.pastOpen });
    },
    onClasses() {
      wx.switchTab({ url: '/pages/classes/index' });
    },
  }),
);
