// 消息: every message of the waitlist and what became of it, the unanswered first.
const livePage = require('../../page/live-page');
const navigate = require('../../page/navigate');
const { messageLists } = require('../../views/notification');
const notifications = require('../../services/notifications');

/** How many messages are drawn at first, and more at each end of the list. */
const PAGE = 30;

Page(
  livePage({
    data: { unanswered: [], rest: [], more: false },

    onLoad() {
      this.shown = PAGE;
    },

    cacheKey() {
      return 'messages';
    },

    async fetch() {
      const answer = await notifications.mine();
      return { messages: answer ? answer.items : [], staleSeconds: answer && answer.staleSeconds };
    },

    async present({ messages }, now) {
      const { unanswered, rest } = await messageLists(messages, now);
      return {
        unanswered,
        rest: rest.slice(0, this.shown),
        more: rest.length > this.shown,
        empty: messages.length === 0,
      };
    },

    onOpen(event) {
      const { id, entryId } = event.detail;
      navigate.open(`/pages/waitlist/detail?id=${entryId}&message=${id}`);
    },
    onLower() {
      if (!this.data.more) return;
      this.shown += PAGE;
      this.show();
    },
    onClasses() {
      wx.switchTab({ url: '/pages/classes/index' });
    },
  }),
);
