// The classes in which a missed class can be made up: a strip of days, and a card for each class.
Component({
  properties: {
    /** @type {any} */
    days: { type: Array, value: [] },
    date: { type: String, value: '' },
    /** What `optionView` made, of the day chosen. @type {any} */
    options: { type: Array, value: [] },
    /** The key of the class chosen. */
    chosen: { type: String, value: '' },
  },

  methods: {
    onPick(event) {
      this.triggerEvent('day', event.detail);
    },
    onChoose(event) {
      const option = this.data.options.find((one) => one.key === event.currentTarget.dataset.key);
      if (option.state !== 'shut') this.triggerEvent('choose', { key: option.key, entryId: option.entryId });
    },
  },
});
