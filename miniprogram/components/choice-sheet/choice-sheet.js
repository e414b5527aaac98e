// Choices over the page that offers them: what each does, and what it costs.
Component({
  properties: {
    /** `{title, note, warning?, choices: {key, title, note, kind}[]}`; the kind is `primary`, `soft` or `danger`. @type {any} */
    sheet: { type: Object, value: {} },
  },

  data: { bottom: 0 },

  lifetimes: {
    attached() {
      const { safeArea, screenHeight } = wx.getWindowInfo();
      this.setData({ bottom: safeArea ? Math.max(0, screenHeight - safeArea.bottom) : 0 });
    },
  },

  methods: {
    /** @param {WechatMiniprogram.CustomEvent} event */
    onPick(event) {
      this.triggerEvent('pick', { key: event.currentTarget.dataset.key });
    },
    onClose() {
      this.triggerEvent('close');
    },
  },
});
