// A strip of days to choose one from.
Component({
  properties: {
    /** What `times.days` made; `none` marks a day with nothing on it. @type {any} */
    days: { type: Array, value: [] },
    /** The day chosen, `2026-03-04`. */
    date: { type: String, value: '' },
    /** A day to scroll to: one chosen by another way than a tap on it. */
    reveal: { type: String, value: '' },
  },

  methods: {
    /** @param {WechatMiniprogram.CustomEvent} event */
    onDay(event) {
      this.triggerEvent('pick', { date: event.currentTarget.dataset.date });
    },
  },
});
