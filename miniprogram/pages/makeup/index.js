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

/** How many past makeups are shown, and how many makeups are kept. */
const PAST_SHOWN = 30;
const KEPT = 50;

/**
 * @typedef {import('../../types/api').Booking} Booking
 * @typedef {import('../../types/api').Makeup} Makeup
 * @typedef {import('../../types/api').MakeupOption} MakeupOption
 */

/** The newest makeups, the newest first. @param {Makeup[]} makeups */
function newest(makeups) {
  return [...makeups].sort((a, b) => b.starts_at.localeCompare(a.starts_at)).slice(0, KEPT);
}

Page(
  livePage({
    data: { owed: [], booked: [], past: [], pastOpen: false, older: false },

    onLoad() {
      /** The bookings that were looked for. @type {Set<number>} */
      this.looked = new Set();
    },

    cacheKey() {
      return 'makeups';
    },

    async fetch() {
      const [asked, made] = await Promise.all([makeup.owed(), this.part(makeup.mine(), null)]);
      const makeups = newest(made ? made.items : this.answer ? this.answer.makeups : []);
      /** @type {Booking[]} */
      const own = await this.missed(asked, makeups);
      const owed = owedRows(asked, own, null);
      /** @type {Record<number, MakeupOption[]>} */
      const suggestions = await this.suggestions(owed);
      return {
        owed,
        suggestions,
        makeups,
        originals: own.filter((one) => makeups.some((item) => item.original_booking_id === one.id)),
        staleSeconds: asked ? asked.staleSeconds : null,
      };
    },

    /**
     * The bookings that makeups make up: those that the page does not know yet are looked for, once.
     * Where the service has no makeups, what is owed is read off the bookings: all of them.
     * @param {object | null} asked
     * @param {Makeup[]} makeups the newest first
     * @returns {Promise<Booking[]>}
     */
    async missed(asked, makeups) {
      if (!asked) return (await bookings.mine()).items;
      /** @type {Booking[]} */
      const known = this.answer ? this.answer.originals : [];
      const ids = makeups
        .map((item) => item.original_booking_id)
        .filter((id) => !this.looked.has(id) && !known.some((one) => one.id === id));
      if (ids.length === 0) return known;
      const read = await bookings.newestWith(ids);
      ids.forEach((id) => this.looked.add(id));
      return [...known, ...read.items.filter((one) => ids.includes(one.id))];
    },

    /**
     * The classes that can be taken now, by missed booking.
     * @param {import('../../views/makeup').Owed} owed
     * @returns {Promise<Record<string, MakeupOption[]>>}
     */
    async suggestions(owed) {
      await clock.keepFresh();
      const rows = owed.bookable ? [...owed.rows] : [];
      rows.sort((a, b) => String(a.makeup_until).localeCompare(String(b.makeup_until)));
      /** @type {[number, MakeupOption[]][]} */
      const found = await Promise.all(
        rows.slice(0, SUGGESTED_FOR).map(async ({ booking, makeup_until: until }) => {
          const from = Math.max(clock.now(), times.parse(booking.starts_at));
          const options = await this.part(
            makeup.available(booking.profile_id, booking.id, times.dateOf(from), times.dateOf(times.parse(until))),
            { items: [] },
          );
          return [booking.id, options.items.filter((/** @type {MakeupOption} */ option) => !option.waitlist)];
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

    /** @param {WechatMiniprogram.CustomEvent} event */
    onSelect(event) {
      navigate.open(`/pages/makeup/select?booking=${event.detail.id}`);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onOption(event) {
      const { owedId, key } = event.detail;
      navigate.open(`/pages/makeup/select?booking=${owedId}&class=${key.replace('/', '_')}`);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    async onCancel(event) {
      const one = this.data.booked.find((/** @type {{id: number}} */ item) => item.id === event.detail.id);
      const credit = one.chip && one.chip.kind === 'credit' ? `${one.chip.text}会收回，` : '';
      const sure = await notice.confirm({
        title: '取消补课？',
        content: `${[one.course, one.when, one.child].filter(Boolean).join(' · ')}。${credit}原来的课可以重新补。`,
        confirm: '取消补课',
        cancel: '保留',
      });
      if (!sure) return;
      await this.act(
        'cancel:' + one.id,
        async () => {
          await makeup.cancel(one.id);
          notice.done(one.child ? `已取消${one.child}的补课` : '已取消，可以重新选补课');
        },
        {},
        one.child,
      );
    },

    onFold() {
      this.setData({ pastOpen: !this.data.pastOpen });
    },
    onBookings() {
      wx.switchTab({ url: '/pages/bookings/index' });
    },
  }),
);
