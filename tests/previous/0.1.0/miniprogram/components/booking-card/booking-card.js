// One booking in 我的预约.
Component({
  properties: {
    /** What `bookingView` made. @type {any} */
    booking: { type: Object, value: {} },
    busy: { type: String, value: '' },
  },

  methods: {
    onLeave() {
      this.triggerEvent('leave', { id: this.data.booking.id });
    },
    onCancel() {
      this.triggerEvent('cancel', { id: this.data.booking.id });
    },
  },
});
