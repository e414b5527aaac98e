// One waitlist entry in the list. An open offer is the loudest thing there is; what waits is calm;
// what has ended is grey.
Component({
  properties: {
    /** What `entryView` made. @type {any} */
    entry: { type: Object, value: {} },
    /** The key of the action under way, e.g. `confirm:12`. */
    busy: { type: String, value: '' },
  },

  data: { urgent: false },

  methods: {
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
    onRejoin() {
      this.tell('rejoin');
    },
    onExpire() {
      this.tell('expire');
    },
    onUrgent(event) {
      this.setData({ urgent: event.detail.urgent });
    },
  },
});
