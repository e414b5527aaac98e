// 添加孩子: makes the account a guardian of a child, by a code from the front desk or from the first guardian's card.
const account = require('../../transport/account');
const auth = require('../../transport/login');
const { codeView } = require('../../views/code');
const codePage = require('../../page/code-page');
const frontDesk = require('../../page/front-desk');
const guardians = require('../../services/guardians');

Page(
  codePage({
    data: {
      /** Whether a card of another guardian led here. */
      invited: false,
      canCall: frontDesk.canCall,
      /** The child's name, once it was added. */
      added: '',
      /** Whether it was among the account's children before. */
      known: false,
    },

    /** @param {{code?: string}} query */
    onLoad(query) {
      const view = codeView(query.code || '');
      this.setData({ ...view, invited: view.complete });
    },

    onAdd() {
      if (!this.data.complete) return;
      this.run('add', async () => {
        await auth.ensure();
        const before = account.profiles();
        const child = await guardians.claim(this.data.code);
        account.choose(child.id);
        this.setData({ added: child.name, known: before.some((one) => one.id === child.id) });
      });
    },

    onAgain() {
      this.setData({ invited: false, added: '', code: '', complete: false, problem: '' });
    },
    onClasses() {
      wx.switchTab({ url: '/pages/classes/index' });
    },
    onCall() {
      frontDesk.call();
    },

    /** @param {{code?: string}} error */
    problemText({ code }) {
      if (code === 'not_found') return '没有找到这个添加码。请核对八个字母；用过的、过期的和换掉的都不能再用。';
      if (code === 'offline') return '没有网络，还没有添加。连上网络后再点一次。';
      return '';
    },
  }),
);
