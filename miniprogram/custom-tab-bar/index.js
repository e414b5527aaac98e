// The bar at the foot of the three main pages. A dot on 候补 says that an offer waits for an answer.
const badge = require('../utils/offer-badge');

Component({
  data: {
    selected: '',
    bottom: 0,
    offers: 0,
    tabs: [
      { path: 'pages/classes/index', text: '课程', icon: 'grid' },
      { path: 'pages/waitlist/index', text: '候补', icon: 'queue' },
      { path: 'pages/bookings/index', text: '预约', icon: 'check' },
    ],
  },

  lifetimes: {
    attached() {
      const { safeArea, screenHeight } = wx.getWindowInfo();
      const pages = getCurrentPages();
      this.setData({
        bottom: safeArea ? Math.max(0, screenHeight - safeArea.bottom) : 0,
        selected: pages.length ? pages[pages.length - 1].route : '',
      });
      this.stopListening = badge.onChange((offers) => this.setData({ offers }));
    },
    detached() {
      this.stopListening();
    },
  },

  methods: {
    onTab(event) {
      const { path } = event.currentTarget.dataset;
      if (path !== this.data.selected) wx.switchTab({ url: '/' + path });
    },
  },
});
