// One makeup: its class, the class that it makes up, and the difference in minutes.
Component({
  properties: {
    /** What `makeupView` made. @type {any} */
    makeup: { type: Object, value: {} },
    busy: { type: String, value: '' },
  },

  methods: {
    onCancel() {
      this.triggerEvent('cancel', { id: this.data.makeup.id });
    },
  },
});
