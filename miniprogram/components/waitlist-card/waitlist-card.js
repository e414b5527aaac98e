// One waitlist entry in the list: an open offer in amber with its countdown, a waiting entry plain, an ended one grey.
Component({
  properties: {
    /** What `entryView` made. @type {any} */
    entry: { type: Object, value: {} },
    /** The key of the action under way, e.g. `confirm:12`. */
    busy: { type: String, value: '' },
  },

  data: { urgent: false },

  methods: {
    /** @param {string} name */
    tell(name) {
      this.triggerEvent(name, { id: this.data.entry.id });
    },
    onOpen() {
      this.tell('open');
    },
    onConfirm() {
      this.tell('confirm');
    },
    onDecline() {
      this.tell('decline');
    },
    /** The way on after an offer that ran out. */
    onAgain() {
      this.tell(this.data.entry.way);
    },
    onExpire() {
      this.tell('expire');
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    onUrgent(event) {
      this.setData({ urgent: event.detail.urgent });
    },
  },
});
