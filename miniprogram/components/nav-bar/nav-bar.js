// The head of a page: room for the status bar and WeChat's own button, the title, a way back, the child that is booked
// for where there are several, and the way to the messages with how many are unread.
const navigate = require('../../page/navigate');
const notice = require('../../page/notice');
const tabState = require('../../page/tab-state');

Component({
  properties: {
    title: { type: String, value: '' },
    back: { type: Boolean, value: false },
    /** @type {any} */
    profiles: { type: Array, value: [] },
    profileId: { type: Number, value: 0 },
    /** Where the page shows every child at once there is nothing to switch. */
    switchable: { type: Boolean, value: false },
    /** Whether the way to the messages stands here. */
    bell: { type: Boolean, value: true },
    /** What the choice of a child is for. */
    question: { type: String, value: '为哪个孩子预约' },
  },

  /** `unread`: what the bell says; `hasMessages`: whether the service keeps messages. */
  data: { top: 0, height: 44, side: 96, childName: '', unread: '', hasMessages: false },

  observers: {
    'profiles, profileId'(profiles, profileId) {
      const child = profiles.find((/** @type {{id: number}} */ one) => one.id === profileId);
      this.setData({ childName: child ? child.name : '' });
    },
  },

  lifetimes: {
    /** @this {any} */
    attached() {
      const screen = wx.getWindowInfo();
      const capsule = wx.getMenuButtonBoundingClientRect();
      this.setData({
        top: screen.statusBarHeight,
        height: capsule.height + 2 * (capsule.top - screen.statusBarHeight),
        side: screen.windowWidth - capsule.left,
      });
      this.stopListening = tabState.onChange(({ unread }) =>
        this.setData({ hasMessages: unread !== null, unread: shownCount(unread || 0) }),
      );
    },
    /** @this {any} */
    detached() {
      this.stopListening();
    },
  },

  methods: {
    async onSwitch() {
      const profiles = this.data.profiles;
      const chosen = await notice.choose(
        this.data.question,
        profiles.map((/** @type {{name: string}} */ one) => one.name),
      );
      if (chosen !== null) this.triggerEvent('child', { id: profiles[chosen].id });
    },

    onBell() {
      navigate.open('/pages/notifications/waitlist');
    },

    onBack() {
      // A page opened from a message has no page under it.
      if (getCurrentPages().length > 1) navigate.back();
      else wx.switchTab({ url: '/pages/waitlist/index' });
    },
  },
});

/** A number that fits the bell; '' for none. @param {number} count */
function shownCount(count) {
  if (!count) return '';
  return count > 99 ? '99+' : String(count);
}
