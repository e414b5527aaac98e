// 登录前台: lets the front desk's page in, by the code that it shows.
const auth = require('../../transport/login');
const { browserText } = require('../../views/browser');
const clock = require('../../services/clock');
const devices = require('../../services/device-logins');
const log = require('../../transport/log');
const navigate = require('../../page/navigate');
const refusals = require('../../views/refusals');
const { textSize } = require('../../page/text-size');
const times = require('../../views/times');

/** Letters of a code. */
const LENGTH = 8;

Page({
  data: {
    textSize: '',
    /** @type {'code' | 'ask' | 'done'} */
    step: 'code',
    code: '',
    complete: false,
    problem: '',
    /** The button whose work is under way. @type {'' | 'look' | 'yes' | 'no'} */
    busy: '',
    device: '',
    address: '',
    since: '',
    approved: false,
  },

  onShow() {
    this.setData({ textSize: textSize() });
  },

  /** @param {{detail: {value: string}}} event */
  onCode(event) {
    const letters = event.detail.value
      .toUpperCase()
      .replace(/[^A-Z]/g, '')
      .slice(0, LENGTH);
    const code = letters.length > LENGTH / 2 ? `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}` : letters;
    this.setData({ code, complete: letters.length === LENGTH, problem: '' });
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

  /**
   * Runs one request at a time, and says in the page what went wrong.
   * @param {'look' | 'yes' | 'no'} busy
   * @param {() => Promise<void>} work
   */
  async run(busy, work) {
    if (this.data.busy) return;
    this.setData({ busy, problem: '' });
    try {
      await work();
    } catch (error) {
      log.warn('desk-login', error);
      this.setData({ problem: problemText(error) });
    }
    this.setData({ busy: '' });
  },
});

/** @param {any} error */
function problemText(error) {
  if (error.code === 'not_found') return '没有页面在等这个验证码。核对电脑上的八个字母，或在电脑上重新打开登录页。';
  if (error.code === 'rate_limited') return '输错的次数太多了，请一小时后再试。';
  return refusals.explain(error).text;
}
