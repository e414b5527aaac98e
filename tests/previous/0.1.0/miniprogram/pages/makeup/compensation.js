// 课时补偿: one child's balance, what runs out when, and every movement.
const account = require('../../transport/account');
const compensation = require('../../services/compensation');
const { creditView, statement } = require('../../views/credit');
const livePage = require('../../page/live-page');
const navigate = require('../../page/navigate');

/** How many movements are drawn at first, and more at each end of the list. */
const PAGE = 40;

Page(
  livePage({
    data: {
      /** What `creditView` made. @type {any} */
      credit: null,
      /** Whether the movements are known: where the service faults on them, the balance stands alone. */
      hasHistory: true,
      months: [],
      more: false,
      totals: [],
    },

    onLoad(query) {
      this.shown = PAGE;
      this.profileId = Number(query.profile) || 0;
    },

    /** The child that is looked at: the one that classes are booked for, unless another was asked for. */
    child() {
      const chosen = account.profile();
      return this.profileId || (chosen ? chosen.id : 0);
    },

    // To look at another child's credit does not change whom classes are booked for.
    onChild(event) {
      this.profileId = event.detail.id;
      this.shown = PAGE;
      this.show();
    },

    cacheKey() {
      return 'credit';
    },

    // Every child at once: changing the child then needs no request, also without a network.
    async fetch() {
      const children = await Promise.all(
        account.profiles().map(async (profile) => {
          const before = this.answer && this.answer.children.find((one) => one.profileId === profile.id);
          const [balance, history] = await Promise.all([
            this.part(compensation.balance(profile.id), before ? before.balance : undefined),
            this.part(compensation.history(profile.id), before ? before.history : undefined),
          ]);
          return { profileId: profile.id, balance, history };
        }),
      );
      // With neither there is nothing to show.
      if (children.length > 0 && children.every((one) => !one.balance && !one.history)) throw { code: 'internal' };
      return { children };
    },

    async present({ children }, now) {
      const profileId = this.child();
      const child = children.find((one) => one.profileId === profileId);
      // An older service has no credit at all.
      if (!child || child.balance === null) return { profileId, empty: true };
      const { balance, history } = child;
      const credit = balance ? await creditView(balance, now) : null;
      const rows = history || [];
      return {
        profileId,
        credit,
        hasHistory: Boolean(history),
        months: statement(rows.slice(0, this.shown), now),
        more: rows.length > this.shown,
        totals: credit
          ? [
              { key: 'granted', word: '累计获得', minutes: credit.totals.granted },
              { key: 'used', word: '已抵扣', minutes: credit.totals.used },
              { key: 'expired', word: '已到期', minutes: credit.totals.expired },
              { key: 'revoked', word: '已收回', minutes: credit.totals.revoked },
            ].filter((one) => one.minutes > 0 || one.key !== 'revoked')
          : [],
        empty: credit !== null && Boolean(history) && credit.totals.granted === 0 && rows.length === 0,
      };
    },

    onLower() {
      if (!this.data.more) return;
      this.shown += PAGE;
      this.show();
    },
    onMakeups() {
      navigate.open('/pages/makeup/index');
    },
    onClasses() {
      wx.switchTab({ url: '/pages/classes/index' });
    },
  }),
);
