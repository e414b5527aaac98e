// One class session in the class list, and the one thing the chosen child can do with it.
Component({
  properties: {
    /** What `sessionView` made. @type {any} */
    session: { type: Object, value: {} },
    busy: { type: String, value: '' },
  },

  methods: {
    onAct() {
      const { key, action, entryId } = this.data.session;
      this.triggerEvent('act', { key, action, entryId });
    },
  },
});
