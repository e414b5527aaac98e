// One booking in 我的预约.
Component({
  properties: {
    /** What `bookingView` made. @type {any} */
    booking: { type: Object, value: {} },
    busy: { type: String, value: '' },
  },

  methods: {
    onCancel() {
      this.triggerEvent('cancel', { id: this.data.booking.id });
    },
  },
});
