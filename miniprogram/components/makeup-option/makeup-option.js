// A class in which a missed one can be made up now, under the missed one's card.
Component({
  properties: {
    /** What `suggestionView` made. @type {any} */
    option: { type: Object, value: {} },
    /** The missed booking. */
    owedId: { type: Number, value: 0 },
  },

  methods: {
    onChoose() {
      this.triggerEvent('choose', { owedId: this.data.owedId, key: this.data.option.key });
    },
  },
});
