// 我的: the children, and the way to makeups, credit and messages.
const account = require('../../transport/account');
const bookings = require('../../services/bookings');
const compensation = require('../../services/compensation');
const consent = require('../../page/consent');
const { creditView } = require('../../views/credit');
const livePage = require('../../page/live-page');
const makeup = require('../../services/makeup');
const navigate = require('../../page/navigate');
const { messageLists } = require('../../views/notification');
const { owedRows, owedViews } = require('../../views/makeup');
const notice = require('../../page/notice');
const notifications = require('../../services/notifications');
const tabState = require('../../page/tab-state');
const times = require('../../views/times');
const config = require('../../config');

Page(
  livePage({
    data: {
      children: [],
      owedCount: 0,
      owedText: '',
      owedSoon: false,
      credits: [],
      /** Whether the service keeps messages. */
      hasMessages: false,
      unanswered: 0,
      canRemind: config.offerTemplate !== '',
      remind: '',
    },

    cacheKey() {
      return 'me';
    },

    async fetch() {
      const [own, asked, balances, messages] = await Promise.all([
        bookings.mine(),
        this.part(makeup.owed(), undefined),
        this.part(compensation.balances(account.profiles()), this.answer ? this.answer.balances : null),
        this.part(notifications.mine(), { items: (this.answer && this.answer.messages) || [] }),
      ]);
      return {
        owed: owedRows(asked, own.items, this.answer),
        balances,
        messages: messages && messages.items,
        staleSeconds: own.staleSeconds,
      };
    },

    async present({ owed, balances, messages }, now) {
      const views = await owedViews(owed, {}, now);
      const credits = balances ? await Promise.all(balances.map((balance) => creditView(balance, now))) : [];
      const { unanswered } = await messageLists(messages || [], now);
      // Each offer has one unanswered message.
      if (messages) tabState.set({ offers: unanswered.length });
      const chosen = account.profile();
      return {
        children: account.profiles().map((profile) => ({
          id: profile.id,
          name: profile.name,
          initial: profile.name.slice(-1),
          on: chosen !== null && chosen.id === profile.id,
        })),
        owedCount: views.length,
        owedText: views.length > 0 ? `${times.beside('最早一节', views[0].untilText)}到期` : '',
        owedSoon: views.length > 0 && views[0].soon,
        credits: credits.map((one) => ({ ...one, child: account.childName(one.profileId) })),
        hasMessages: Boolean(messages),
        unanswered: unanswered.length,
        remind: consent.allowed() ? '已打开' : '没有打开',
      };
    },

    onChoose(event) {
      account.choose(event.currentTarget.dataset.id);
      this.show();
    },
    onMakeups() {
      navigate.open('/pages/makeup/index');
    },
    onCredit(event) {
      navigate.open(`/pages/makeup/compensation?profile=${event.currentTarget.dataset.profile}`);
    },
    onMessages() {
      navigate.open('/pages/notifications/waitlist');
    },
    async onRemind() {
      await consent.settle(consent.ask('wait'), { wanted: true });
      if (consent.allowed()) notice.done('下一次有名额时，微信会提醒你');
      await this.show();
    },
  }),
);
