// 补课: what is owed until when, what is booked, what has been.
const bookings = require('../../services/bookings');
const { courseNames } = require('../../services/course-names');
const livePage = require('../../page/live-page');
const makeup = require('../../services/makeup');
const { makeupView, owedRows, owedViews } = require('../../views/makeup');
const navigate = require('../../page/navigate');
const notice = require('../../page/notice');

/** How many past makeups are shown. */
const PAST_SHOWN = 30;

Page(
  livePage({
    data: { owed: [], booked: [], past: [], pastOpen: false, older: false },

    cacheKey() {
      return 'makeups';
    },

    async fetch() {
      const [own, asked, made] = await Promise.all([bookings.mine(), makeup.owed(), this.part(makeup.mine(), null)]);
      const owed = owedRows(asked, own.items, null);
      const makeups = made ? made.items : this.answer ? this.answer.makeups : [];
      const originals = own.items.filter((one) => makeups.some((item) => item.original_booking_id === one.id));
      const rows = [
        ...owed.rows.map((row) => row.booking),
        ...originals,
        ...makeups.map((item) => ({ course_schedule_id: item.makeup_schedule_id, booking_date: item.makeup_date })),
      ];
      return {
        owed,
        makeups,
        originals,
        names: await courseNames(rows, this.answer ? this.answer.names : {}, this.part.bind(this)),
        staleSeconds: own.staleSeconds,
      };
    },

    async present({ owed, makeups, originals, names }, now) {
      const views = await Promise.all(
        makeups.map((item) =>
          makeupView(item, { names, original: originals.find((one) => one.id === item.original_booking_id), now }),
        ),
      );
      const waiting = await owedViews(owed, names, now);
      const past = views.filter((one) => !one.live).sort((a, b) => b.startsAt - a.startsAt);
      return {
        owed: waiting,
        booked: views.filter((one) => one.live).sort((a, b) => a.startsAt - b.startsAt),
        past: past.slice(0, PAST_SHOWN),
        older: past.length > PAST_SHOWN,
        empty: views.length === 0 && waiting.length === 0,
      };
    },

    onSelect(event) {
      navigate.open(`/pages/makeup/select?booking=${event.detail.id}`);
    },

    async onCancel(event) {
      const one = this.data.booked.find((item) => item.id === event.detail.id);
      const credit = one.chip && one.chip.kind === 'credit' ? `${one.chip.text}会收回，` : '';
      const sure = await notice.confirm({
        title: '取消补课？',
        content: `${one.course} ${one.when}。${credit}原来的课可以重新补。`,
        confirm: '取消补课',
        cancel: '保留',
      });
      if (!sure) return;
      await this.act('cancel:' + one.id, async () => {
        await makeup.cancel(one.id);
        notice.done('已取消，可以重新选补课');
      });
    },

    onFold() {
      this.setData({ pastOpen: !this.data.pastOpen });
    },
    onBookings() {
      wx.switchTab({ url: '/pages/bookings/index' });
    },
  }),
);
