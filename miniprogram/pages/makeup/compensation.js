// 补偿时长: one child's balance, what runs out when, and every movement.
const account = require('../../transport/account');
const compensation = require('../../services/compensation');
const { creditView, spendingHint, statement } = require('../../views/credit');
const livePage = require('../../page/live-page');
const navigate = require('../../page/navigate');
const clock = require('../../services/clock');
const { daysShown } = require('../../config');
const sessions = require('../../services/sessions');
const times = require('../../views/times');

/**
 * What is known of a child's credit: null where the service has none, undefined where it faulted.
 * @typedef {{profileId: number, balance: import('../../types/api').Balance | null | undefined,
 *   history: import('../../types/api').CreditMovement[] | undefined}} ChildCredit
 */

/** How many movements are drawn at first, and more at each end of the list. */
const PAGE = 40;

Page(
  livePage({
    data: {
      /** What `creditView` made. @type {any} */
      credit: null,
      /** What the credit can be spent on. */
      hint: '',
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

    // Looking at another child's credit does not change the child that bookings are made for.
    onChild(event) {
      this.profileId = event.detail.id;
      this.shown = PAGE;
      this.show();
    },

    poll: 60000,

    cacheKey() {
      return 'credit';
    },

    // Asks for all children at once, so that changing the child needs no request and works without a network.
    /** @returns {Promise<{children: ChildCredit[], shortest: number}>} */
    async fetch() {
      const children = await Promise.all(
        account.profiles().map(async (profile) => {
          const before =
            this.answer && this.answer.children.find((/** @type {ChildCredit} */ one) => one.profileId === profile.id);
          const [balance, history] = await Promise.all([
            this.part(compensation.balance(profile.id), before ? before.balance : undefined),
            this.part(compensation.history(profile.id), before ? before.history : undefined),
          ]);
          return { profileId: profile.id, balance, history };
        }),
      );
      // With neither there is nothing to show.
      if (children.length > 0 && children.every((one) => !one.balance && !one.history)) throw { code: 'internal' };
      return { children, shortest: await this.shortestClass() };
    },

    /** The minutes of the shortest class of the days to come, or 0 where it is not known. @returns {Promise<number>} */
    async shortestClass() {
      await clock.keepFresh();
      const days = times.days(clock.now(), daysShown);
      const before = this.answer ? this.answer.shortest : 0;
      /** @type {import('../../transport/request').List<import('../../types/api').Session> | null} */
      const list = await this.part(sessions.between(days[0].date, days[days.length - 1].date), null);
      if (!list) return before;
      const lengths = list.items.filter((one) => one.status !== 'cancelled').map((one) => one.duration_minutes);
      return lengths.length > 0 ? Math.min(...lengths) : 0;
    },

    async present({ children, shortest }, now) {
      const profileId = this.child();
      const child = children.find((/** @type {ChildCredit} */ one) => one.profileId === profileId);
      // An older service has no credit at all.
      if (!child || child.balance === null) return { profileId, empty: true };
      const { balance, history } = child;
      const credit = balance ? await creditView(balance, now) : null;
      const rows = history || [];
      return {
        profileId,
        credit,
        hint: balance ? await spendingHint(balance, shortest, now) : '',
        hasHistory: Boolean(history),
        months: statement(rows.slice(0, this.shown), now),
        more: rows.length > this.shown,
        totals: credit
          ? [
              { key: 'granted', word: '累计获得', minutes: credit.totals.granted },
              { key: 'used', word: '已抵扣', minutes: credit.totals.used },
              { key: 'expired', word: '已到期', minutes: credit.totals.expired },
              { key: 'revoked', word: '已收回', minutes: credit.totals.revoked },
            ].filter((one) => one.minutes || one.key !== 'revoked')
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
