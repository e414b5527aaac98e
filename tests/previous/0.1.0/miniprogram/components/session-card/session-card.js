// One class session in the class list, the one thing the chosen child can do with it, and the way to its page.
Component({
  properties: {
    /** What `sessionView` made. @type {any} */
    session: { type: Object, value: {} },
    busy: { type: String, value: '' },
  },

  methods: {
    onAct() {
      this.triggerEvent('act', { key: this.data.session.key });
    },
    onOpen() {
      this.triggerEvent('open', { key: this.data.session.key });
    },
  },
});
