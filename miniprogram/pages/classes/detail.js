// 课程详情: one class, its seats, how waiting for it works, and what the chosen child can do with it.
const account = require('../../transport/account');
const actions = require('../../page/session-actions');
const bookings = require('../../services/bookings');
const compensation = require('../../services/compensation');
const livePage = require('../../page/live-page');
const { sessionDetail } = require('../../views/session');
const sessions = require('../../services/sessions');
const storage = require('../../transport/storage');
const waitlist = require('../../services/waitlist');

Page(
  livePage({
    data: {
      /** What `sessionDetail` made. @type {any} */
      session: null,
      child: '',
    },

    onLoad(query) {
      this.schedule = Number(query.schedule);
      this.date = query.date;
      /** The child that a message is about, who need not be the one that is booked for elsewhere; 0 where none was named. */
      this.child = Number(query.profile) || 0;
      this.keepFromList();
    },

    /** What the list knows of the class is known here too, also without a network. */
    keepFromList() {
      const list = storage.last('classes');
      const own = storage.last(this.cacheKey());
      if (!list || (own && own.at >= list.at)) return;
      const { sessions: all, ...rest } = list.value;
      const session = all.find(
        (/** @type {import('../../types/api').Session} */ one) =>
          one.course_schedule_id === this.schedule && one.booking_date === this.date,
      );
      if (session) storage.keep(this.cacheKey(), { ...rest, session }, list.at);
    },

    cacheKey() {
      return `class:${this.schedule}/${this.date}`;
    },

    async fetch() {
      const [session, entries, own, balances] = await Promise.all([
        sessions.one(this.schedule, this.date),
        waitlist.mine(),
        bookings.mine(this.date),
        this.part(compensation.balances(account.profiles()), this.answer ? this.answer.balances : null),
      ]);
      return {
        session,
        ...actions.liveRows(entries.items, own.items),
        balances: balances || [],
        staleSeconds: entries.staleSeconds || own.staleSeconds,
      };
    },

    async present(answer, now) {
      const profile = actions.childOf(this);
      return {
        profileId: profile ? profile.id : 0,
        session: await sessionDetail(answer.session, actions.ownFacts(this, answer, now)),
        child: profile ? account.childName(profile.id) : '',
      };
    },

    onChild(event) {
      if (this.child) this.child = event.detail.id;
      else account.choose(event.detail.id);
      this.show();
    },

    onShareAppMessage() {
      return {
        title: this.data.session ? this.data.session.shareTitle : '体操课',
        path: `/pages/classes/detail?schedule=${this.schedule}&date=${this.date}`,
      };
    },

    onAct() {
      if (!this.data.session.action) return wx.switchTab({ url: '/pages/classes/index' });
      return actions.run(this, this.answer.session, this.data.session);
    },
  }),
);
