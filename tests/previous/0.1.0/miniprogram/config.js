// Where the mini-program finds its service, by the version of the mini-program that runs.
// `trial` and `release` need an https host that is listed in the mini-program's console
// (开发管理 → 服务器域名); replace the placeholder before the first upload.
const API_BASE = {
  develop: 'http://127.0.0.1:8787/api/v1',
  trial: 'https://api.example.com/api/v1',
  release: 'https://api.example.com/api/v1',
};

// The subscribe messages that a tap may lead to. WeChat takes three at once; the one that matters most comes first.
const OCCASIONS = {
  /** Waiting for a seat. */
  wait: ['spot_available', 'waitlist_closed', 'class_cancelled'],
  /** Waiting for a seat that makes up a missed class. */
  waitToMakeUp: ['spot_available', 'waitlist_closed', 'waitlist_lapsed'],
  /** A class missed, which can be made up for some days. */
  miss: ['makeup_expiring'],
  /** Minutes of credit, which run out. */
  credit: ['credit_expiring', 'class_cancelled'],
};

// Their ids in the mini-program's console (功能 → 订阅消息), the same as in the service's GYM_TEMPLATES. One that is
// left out is not asked for; where all are, nothing is asked, and 我的 has no 消息提醒. In development the service's
// own names stand for them.
/** @type {Record<string, Record<string, string>>} */
const TEMPLATES = {
  develop: Object.fromEntries(
    Object.values(OCCASIONS)
      .flat()
      .map((name) => [name, name]),
  ),
  trial: {},
  release: {},
};

const { envVersion } = wx.getAccountInfoSync().miniProgram;
const templates = TEMPLATES[envVersion] || TEMPLATES.release;

module.exports = {
  apiBase: API_BASE[envVersion] || API_BASE.release,
  /**
   * The ids to ask for, each once: messages may share a template.
   * @param {keyof typeof OCCASIONS} occasion
   * @returns {string[]}
   */
  templatesFor: (occasion) => Array.from(new Set(OCCASIONS[occasion].map((name) => templates[name]))).filter(Boolean),
  /** The id of the message that matters most, or ''. */
  offerTemplate: templates.spot_available || '',
  /** How long one request may take, in milliseconds. */
  requestTimeout: 10000,
  /** How often a visible page asks for news, in milliseconds. */
  pollInterval: 15000,
  /** The gym's zone as an offset from UTC in minutes (Asia/Shanghai keeps +8 all year). */
  gymOffsetMinutes: 480,
  /** How many days the class list shows, today included. */
  daysShown: 14,
};
