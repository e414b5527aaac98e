// The bar at the foot of the main pages. A dot on 候补 says that an offer waits for an answer.
const tabState = require('../page/tab-state');

Component({
  data: {
    selected: '',
    bottom: 0,
    offers: 0,
    covered: false,
    tabs: [
      { path: 'pages/classes/index', text: '课程', icon: 'grid' },
      { path: 'pages/waitlist/index', text: '候补', icon: 'queue' },
      { path: 'pages/bookings/index', text: '预约', icon: 'check' },
      { path: 'pages/me/index', text: '我的', icon: 'person' },
    ],
  },

  lifetimes: {
    /** @this {any} */
    attached() {
      const { safeArea, screenHeight } = wx.getWindowInfo();
      this.setData({ bottom: safeArea ? Math.max(0, screenHeight - safeArea.bottom) : 0 });
      this.stopListening = tabState.onChange(({ selected, offers, covered }) =>
        this.setData({ selected, offers, covered }),
      );
    },
    /** @this {any} */
    detached() {
      this.stopListening();
    },
  },

  methods: {
    /** @param {WechatMiniprogram.CustomEvent} event */
    onTab(event) {
      const { path } = event.currentTarget.dataset;
      if (path !== this.data.selected) wx.switchTab({ url: '/' + path });
    },
  },
});
