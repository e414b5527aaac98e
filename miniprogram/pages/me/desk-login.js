// 登录前台: lets the front desk's page in, by the code that it shows.
const auth = require('../../transport/login');
const { browserText } = require('../../views/browser');
const clock = require('../../services/clock');
const codePage = require('../../page/code-page');
const devices = require('../../services/device-logins');
const navigate = require('../../page/navigate');
const times = require('../../views/times');

Page(
  codePage({
    data: {
      /** @type {'code' | 'ask' | 'done'} */
      step: 'code',
      device: '',
      address: '',
      since: '',
      approved: false,
    },

    onLook() {
      if (!this.data.complete) return;
      this.run('look', async () => {
        await auth.ensure();
        const asked = await devices.look(this.data.code);
        this.setData({
          step: 'ask',
          device: browserText(asked.user_agent),
          address: asked.address,
          since: times.ageText(clock.device() - times.parse(asked.created_at)),
        });
      });
    },
    onApprove() {
      this.decide(true);
    },
    onDeny() {
      this.decide(false);
    },
    /** @param {boolean} approve */
    decide(approve) {
      this.run(approve ? 'yes' : 'no', async () => {
        const { approved } = await devices.decide(this.data.code, approve);
        this.setData({ step: 'done', approved });
      });
    },

    onAgain() {
      this.setData({ step: 'code', code: '', complete: false, problem: '' });
    },
    onBack() {
      navigate.back();
    },

    /** @param {{code?: string}} error */
    problemText({ code }) {
      if (code === 'not_found') return '没有页面在等这个验证码。核对电脑上的八个字母，或在电脑上重新打开登录页。';
      if (code === 'forbidden') return '你的账号现在不能登录前台。需要时，请馆主在前台重新设置。';
      return '';
    },
  }),
);
