// 家人: the guardians of one child: who is told, who is invited, who leaves.
const account = require('../../transport/account');
const guardians = require('../../services/guardians');
const { guardiansView, inviteView } = require('../../views/guardian');
const livePage = require('../../page/live-page');
const navigate = require('../../page/navigate');
const notice = require('../../page/notice');
const profiles = require('../../services/profiles');

Page(
  livePage({
    data: {
      title: '家人',
      /** The child's name. */
      child: '',
      /** What `guardiansView` made. @type {any} */
      family: null,
      told: false,
      /** What `inviteView` made of a code that nobody has used yet. @type {any} */
      invitation: null,
    },

    poll: 60000,

    onLoad(query) {
      this.profileId = Number(query.profile);
    },

    cacheKey() {
      return `guardians:${this.profileId}`;
    },

    async fetch() {
      try {
        return await guardians.of(this.profileId);
      } catch (error) {
        if (error.code !== 'not_found') throw error;
        // Another guardian may have taken this account away.
        const mine = await profiles.refresh();
        throw mine.some((one) => one.id === this.profileId) ? error : { ...error, code: 'no_guardian' };
      }
    },

    async present({ items }) {
      const family = guardiansView(items, account.number());
      const { family: shown, invitation } = this.data;
      // A code is used up by who joins, and void where somebody was taken away.
      const same = shown && sameRows(shown.rows, family.rows);
      const profile = account.profiles().find((one) => one.id === this.profileId);
      const child = profile ? profile.name : '孩子';
      return { family, child, title: `${child}的家人`, told: family.told, invitation: same ? invitation : null };
    },

    /** @param {WechatMiniprogram.SwitchChange} event */
    async onTold(event) {
      const told = event.detail.value;
      this.setData({ told });
      await this.act('told', () => guardians.tell(this.profileId, Number(account.number()), told));
      // Where it was refused, the switch goes back.
      this.setData({ told: this.data.family.told });
    },

    onInvite() {
      return this.act('invite', async () => {
        this.setData({ invitation: inviteView(await guardians.invite(this.profileId)) });
      });
    },

    /** A card carries the code only from its own button: from the menu it may go to anybody. @param {{from: string}} event */
    onShareAppMessage({ from }) {
      const { child, invitation } = this.data;
      if (from !== 'button' || !invitation)
        return { title: '体操课：看课表、预约、候补', path: '/pages/classes/index' };
      return { title: `邀请你一起照看${child}的体操课`, path: `/pages/me/add-child?code=${invitation.code}` };
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    async onRemove(event) {
      const { id, title } = this.data.family.rows[event.currentTarget.dataset.index];
      const { child } = this.data;
      const sure = await notice.confirm({
        title: `移除${title}？`,
        content: `移除后，${title}看不到${child}的课程，也收不到消息。还没用的添加码一起作废。`,
        confirm: '移除',
      });
      if (!sure) return;
      await this.act(`remove:${id}`, async () => {
        await guardians.remove(this.profileId, id);
        notice.done(`已移除${title}`);
      });
    },

    async onLeave() {
      const { child, family } = this.data;
      const sure = await notice.confirm({
        title: `退出${child}的家人？`,
        content: `退出后看不到${child}的课程，也收不到消息。想再加入，要有新的添加码。${family.heir ? `${family.heir}会成为第一位家长。` : ''}`,
        confirm: '退出',
      });
      if (!sure) return;
      await this.act('leave', async () => {
        await guardians.remove(this.profileId, Number(account.number()));
        this.forget();
        this.gone = true; // there is nothing left here to bring up to date
        notice.done(`已退出${child}的家人`);
        navigate.back();
      });
    },
  }),
);

/** @param {{id: number}[]} before @param {{id: number}[]} now */
function sameRows(before, now) {
  return before.length === now.length && before.every((one, index) => one.id === now[index].id);
}
