// 我的: the children, and the way to makeups, credit and messages.
const account = require('../../transport/account');
const bookings = require('../../services/bookings');
const compensation = require('../../services/compensation');
const consent = require('../../page/consent');
const { creditView } = require('../../views/credit');
const livePage = require('../../page/live-page');
const makeup = require('../../services/makeup');
const navigate = require('../../page/navigate');
const { owedRows, owedViews } = require('../../views/makeup');
const messages = require('../../services/messages');
const profiles = require('../../services/profiles');
const times = require('../../views/times');
const unread = require('../../page/unread');
const config = require('../../config');
const frontDesk = require('../../page/front-desk');
const version = require('../../version');
const waitlist = require('../../services/waitlist');

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
      /** `3 条未读`, or ''. */
      unreadText: '',
      canRemind: config.offerTemplate !== '',
      /** How WeChat's reminder stands, as `remindView` made it. @type {any} */
      remind: null,
      canCall: frontDesk.canCall,
      /** Whether the account works at the gym. */
      isOfTheGym: false,
      /** The account's number. @type {number | null} */
      number: null,
      version,
    },

    poll: 60000,

    cacheKey() {
      return 'me';
    },

    async fetch() {
      // A child may have been added or taken away elsewhere.
      const family = this.part(profiles.refresh(), null);
      const [entries, asked, balances, said, allowed] = await Promise.all([
        // For the badge of the tab bar. Where even this fails, nothing is known.
        waitlist.mine(),
        this.part(makeup.owed(), undefined),
        this.part(
          family.then(() => compensation.balances(account.profiles())),
          this.answer ? this.answer.balances : null,
        ),
        this.part(messages.page({ limit: 1 }), { unread: (this.answer && this.answer.unread) || 0 }),
        consent.state(),
      ]);
      unread.note(said ? said.unread : null);
      // A service without makeups: what is owed is read off the bookings.
      const own = asked === null ? (await bookings.mine()).items : [];
      return {
        owed: owedRows(asked, own, this.answer),
        balances,
        unread: said ? said.unread : null,
        entries: entries.items,
        consent: allowed,
        staleSeconds: entries.staleSeconds,
      };
    },

    async present({ owed, balances, unread: count, consent: allowed }, now) {
      const views = await owedViews(owed, now);
      const credits = balances
        ? await Promise.all(
            balances.map((/** @type {import('../../types/api').Balance} */ balance) => creditView(balance, now)),
          )
        : [];
      const chosen = account.profile();
      return {
        children: account.profiles().map((profile) => ({
          id: profile.id,
          name: profile.name,
          initial: profile.name.slice(-1),
          on: chosen !== null && chosen.id === profile.id,
          family: account.childName(profile.id) ? `${profile.name}的家人` : '家人',
        })),
        owedCount: views.length,
        owedText: views.length > 0 ? `${times.beside('最早一节', views[0].untilText)}到期` : '',
        owedSoon: views.length > 0 && views[0].soon,
        credits: credits.filter(isKnown).map((one) => ({ ...one, child: account.childName(one.profileId) })),
        isOfTheGym: account.isOfTheGym(),
        number: account.number(),
        hasMessages: typeof count === 'number',
        unreadText: count ? `${count} 条未读` : '',
        remind: remindView(allowed || { open: true, remaining: null }),
      };
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onChoose(event) {
      account.choose(event.currentTarget.dataset.id);
      this.show();
    },
    onAddChild() {
      navigate.open('/pages/me/add-child');
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    onFamily(event) {
      navigate.open(`/pages/me/guardians?profile=${event.currentTarget.dataset.id}`);
    },
    onMakeups() {
      navigate.open('/pages/makeup/index');
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    onCredit(event) {
      navigate.open(`/pages/makeup/compensation?profile=${event.currentTarget.dataset.profile}`);
    },
    onMessages() {
      navigate.open('/pages/notifications/waitlist');
    },
    /** Asks for one more reminder, or opens WeChat's settings where the parent switched the message off. */
    async onRemind() {
      if (this.data.remind.off) {
        await consent.openSettings();
      } else {
        await consent.settle(consent.ask('wait'), { explain: false });
      }
      await this.refresh();
    },
    onDeskLogin() {
      navigate.open('/pages/me/desk-login');
    },
    onPrivacy() {
      navigate.open('/pages/me/privacy');
    },
    onCall() {
      frontDesk.call();
    },
  }),
);

/** @template T @param {T | null} one @returns {one is T} */
function isKnown(one) {
  return one !== null;
}

/**
 * How the reminder of a free seat stands, in words.
 * @param {import('../../page/consent').Consent} consent
 */
function remindView({ open, remaining }) {
  if (!open) return { off: true, value: '已关闭', hint: '在微信的设置里打开，才能收到提醒' };
  const hint = '每次同意可收到 1 条提醒';
  if (remaining === null) return { off: false, value: '', hint };
  return { off: false, value: remaining ? `还可提醒 ${remaining} 次` : '没有剩余次数', hint };
}
