// 课时补偿: one child's balance, what runs out when, and every movement.
const account = require('../../utils/account');
const compensation = require('../../services/compensation');
const { creditView, statement } = require('../../utils/credit-view');
const livePage = require('../../utils/live-page');

/** How many movements are drawn at first, and more at each end of the list. */
const PAGE = 40;

Page(
  livePage({
    data: {
      /** What `creditView` made. @type {any} */
      credit: null,
      months: [],
      more: false,
      totals: [],
    },

    onLoad() {
      this.shown = PAGE;
    },

    cacheKey() {
      return 'credit';
    },

    // Every child at once: changing the child then needs no request, also without a network.
    async fetch() {
      const children = await Promise.all(
        account.profiles().map(async (profile) => {
          const [balance, history] = await Promise.all([
            compensation.balance(profile.id),
            compensation.history(profile.id),
          ]);
          return { profileId: profile.id, balance, history };
        }),
      );
      return { children };
    },

    async present({ children }, now) {
      const profile = account.profile();
      const child = children.find((one) => profile && one.profileId === profile.id);
      if (!child || !child.balance) return { empty: true };
      const credit = await creditView(child.balance, now);
      const { granted, used, expired } = credit.totals;
      return {
        credit,
        months: statement(child.history.slice(0, this.shown), now),
        more: child.history.length > this.shown,
        totals: [
          { key: 'granted', word: '累计获得', minutes: granted },
          { key: 'used', word: '已抵扣', minutes: used },
          { key: 'expired', word: '已到期', minutes: expired },
        ],
        empty: granted === 0 && child.history.length === 0,
      };
    },

    onLower() {
      if (!this.data.more) return;
      this.shown += PAGE;
      this.show();
    },
    onMakeups() {
      wx.navigateTo({ url: '/pages/makeup/index' });
    },
    onClasses() {
      wx.switchTab({ url: '/pages/classes/index' });
    },
  }),
);
