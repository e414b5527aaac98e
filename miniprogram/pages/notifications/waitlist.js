// 消息: everything that was said to the family, whether or not WeChat carried it; what waits for an answer comes first.
const livePage = require('../../page/live-page');
const log = require('../../transport/log');
const messages = require('../../services/messages');
const navigate = require('../../page/navigate');
const { messageLists } = require('../../views/message');
const unread = require('../../page/unread');
const waitlist = require('../../services/waitlist');

/** How many messages are asked for at once. */
const PAGE = 30;

Page(
  livePage({
    data: { asking: [], days: [], /** @type {'' | 'more' | 'loading' | 'failed'} */ older: '' },

    onLoad() {
      /** The messages that were unread when this page first had them: they keep their dot until the page is left. @type {Set<number>} */
      this.fresh = new Set();
    },

    cacheKey() {
      return 'said';
    },

    async fetch() {
      const [newest, entries] = await Promise.all([
        messages.page({ limit: PAGE }),
        // Which offers can still be answered is known by their entries.
        this.part(waitlist.mine(), null),
      ]);
      if (!newest) return { messages: [], next: null, entries: [] };
      this.markRead(newest);
      return {
        ...this.withOlder(newest),
        entries: entries ? entries.items : this.answer ? this.answer.entries : undefined,
        staleSeconds: newest.staleSeconds,
      };
    },

    /**
     * The newest page with the older ones that were loaded before, where nothing lies between them.
     * @param {import('../../services/messages').MessagePage} newest
     */
    withOlder({ items, next }) {
      const before = this.answer ? this.answer.messages : [];
      const last = items.length
        ? before.findIndex((/** @type {{id: number}} */ one) => one.id === items[items.length - 1].id)
        : -1;
      if (last < 0 || before.length === last + 1) return { messages: items, next };
      return { messages: [...items, ...before.slice(last + 1)], next: this.answer.next };
    },

    /** Tells the service that what is shown now was read. @param {import('../../services/messages').MessagePage} newest */
    async markRead({ items, unread: count, staleSeconds }) {
      unread.note(count);
      items.filter((one) => !one.read_at).forEach((one) => this.fresh.add(one.id));
      if (!count || !items.length || staleSeconds) return;
      try {
        unread.note((await messages.read(items[0].id)).unread);
      } catch (error) {
        log.warn('messages: not marked as read', error);
      }
    },

    async present({ messages: said, next, entries }, now) {
      const { asking, days } = await messageLists(said, { entries: entries || [], fresh: this.fresh, now });
      return { asking, days, older: next ? 'more' : '', empty: said.length === 0 };
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onOpen(event) {
      navigate.open(event.detail.address);
    },

    async onLower() {
      if (!['more', 'failed'].includes(this.data.older)) return;
      this.setData({ older: 'loading' });
      const answer = this.answer;
      try {
        const next = await messages.page({ limit: PAGE, cursor: answer.next });
        // A refresh put another answer in its place meanwhile, which has its own end.
        if (next && answer === this.answer) {
          next.items.filter((one) => !one.read_at).forEach((one) => this.fresh.add(one.id));
          this.answer = { ...answer, messages: [...answer.messages, ...next.items], next: next.next };
        }
        await this.show();
      } catch (error) {
        log.warn('messages: no older ones', error);
        this.setData({ older: 'failed' });
      }
    },

    onClasses() {
      wx.switchTab({ url: '/pages/classes/index' });
    },
  }),
);
