// What a message says, over the page that it opened, with what can be done about it.
Component({
  properties: {
    /** What `entryView` made. @type {any} */
    entry: { type: Object, value: {} },
    /** The message's own words. */
    text: { type: String, value: '' },
    busy: { type: String, value: '' },
  },

  data: { bottom: 0 },

  lifetimes: {
    attached() {
      const { safeArea, screenHeight } = wx.getWindowInfo();
      this.setData({ bottom: safeArea ? Math.max(0, screenHeight - safeArea.bottom) : 0 });
    },
  },

  methods: {
    onConfirm() {
      this.triggerEvent('confirm');
    },
    onDecline() {
      this.triggerEvent('decline');
    },
    onRejoin() {
      this.triggerEvent('rejoin');
    },
    onExpire() {
      this.triggerEvent('expire');
    },
    onClose() {
      this.triggerEvent('close');
    },
  },
});
