// 补课: what is owed until when, what is booked, what has been.
const bookings = require('../../services/bookings');
const clock = require('../../services/clock');
const livePage = require('../../page/live-page');
const makeup = require('../../services/makeup');
const { makeupView, owedRows, owedViews, suggestionView } = require('../../views/makeup');
const navigate = require('../../page/navigate');
const notice = require('../../page/notice');
const times = require('../../views/times');

/** For how many missed classes, those that run out first, classes are suggested; and how many for each. */
const SUGGESTED_FOR = 3;
const SUGGESTED = 2;

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
      return {
        owed,
        suggestions: await this.suggestions(owed),
        makeups,
        originals,
        staleSeconds: own.staleSeconds,
      };
    },

    /** The classes that can be taken now, by missed booking. */
    async suggestions(owed) {
      await clock.keepFresh();
      const rows = owed.bookable ? [...owed.rows] : [];
      rows.sort((a, b) => String(a.makeup_until).localeCompare(String(b.makeup_until)));
      const found = await Promise.all(
        rows.slice(0, SUGGESTED_FOR).map(async ({ booking, makeup_until: until }) => {
          const from = Math.max(clock.now(), times.parse(booking.starts_at));
          const options = await this.part(
            makeup.available(booking.profile_id, booking.id, times.dateOf(from), times.dateOf(times.parse(until))),
            { items: [] },
          );
          return [booking.id, options.items.filter((option) => !option.waitlist)];
        }),
      );
      return Object.fromEntries(found);
    },

    async present({ owed, suggestions, makeups, originals }, now) {
      const views = await Promise.all(
        makeups.map((item) =>
          makeupView(item, { original: originals.find((one) => one.id === item.original_booking_id), now }),
        ),
      );
      const waiting = await Promise.all(
        (await owedViews(owed, now)).map(async (one) => ({
          ...one,
          options: await Promise.all(
            ((suggestions || {})[one.id] || []).slice(0, SUGGESTED).map((option) => suggestionView(option, one, now)),
          ),
        })),
      );
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

    onOption(event) {
      const { owedId, key } = event.detail;
      navigate.open(`/pages/makeup/select?booking=${owedId}&class=${key.replace('/', '_')}`);
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
