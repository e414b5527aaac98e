// One makeup: when it is, what it makes up, what it leaves.
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
