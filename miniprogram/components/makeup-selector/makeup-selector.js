// The classes of a day in which a missed class can be made up: one is chosen, and booked by its own button. The host is
// virtual: the rows are the list's own children, so that Skyline lays out only those in sight.
Component({
  options: { virtualHost: true },

  properties: {
    /** What `optionView` made, of the day chosen. @type {any} */
    options: { type: Array, value: [] },
    /** The key of the class chosen. */
    chosen: { type: String, value: '' },
    /** `可用补偿时长：45 分钟`, or ''. */
    available: { type: String, value: '' },
    /** How long the credit of the chosen class can be spent, or ''. */
    promise: { type: String, value: '' },
    busy: { type: String, value: '' },
  },

  methods: {
    /** @param {WechatMiniprogram.CustomEvent} event */
    onChoose(event) {
      const { key } = event.currentTarget.dataset;
      const option = this.data.options.find((/** @type {{key: string}} */ one) => one.key === key);
      if (option && option.state !== 'shut') this.triggerEvent('choose', { key: option.key, entryId: option.entryId });
    },
    onConfirm() {
      this.triggerEvent('confirm');
    },
  },
});
