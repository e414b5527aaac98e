// One message and what became of it.
Component({
  properties: {
    /** What `messageLists` made. @type {any} */
    message: { type: Object, value: {} },
  },

  methods: {
    onOpen() {
      const { id, entryId } = this.data.message;
      this.triggerEvent('open', { id, entryId });
    },
    onExpire() {
      this.triggerEvent('expire');
    },
  },
});
