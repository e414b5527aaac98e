// One message: what it says, when, and the way to what it is about.
Component({
  properties: {
    /** What `messageLists` made. @type {any} */
    message: { type: Object, value: {} },
  },

  methods: {
    onOpen() {
      const { id, address } = this.data.message;
      if (address) this.triggerEvent('open', { id, address });
    },
    onExpire() {
      this.triggerEvent('expire');
    },
  },
});
