// One booking in 我的预约, the way to its class, and the one thing that can be done with it.
Component({
  properties: {
    /** What `bookingView` made. @type {any} */
    booking: { type: Object, value: {} },
    busy: { type: String, value: '' },
  },

  methods: {
    /** @param {string} name */
    tell(name) {
      this.triggerEvent(name, { id: this.data.booking.id });
    },
    onOpen() {
      this.tell('open');
    },
    /** What the button of this booking does: `skip`, `cancel` or `select`. */
    onAct() {
      this.tell(this.data.booking.way);
    },
  },
});
