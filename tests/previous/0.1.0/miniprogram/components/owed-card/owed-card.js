// A missed class that can still be made up, and until when.
Component({
  properties: {
    /** What `owedViews` made. @type {any} */
    owed: { type: Object, value: {} },
  },

  methods: {
    onSelect() {
      this.triggerEvent('select', { id: this.data.owed.id });
    },
  },
});
