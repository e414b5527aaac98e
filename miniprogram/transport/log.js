// What goes wrong in the field: to the console, and to WeChat's real-time log, where the console of the mini-program
// shows it (开发管理 → 运维中心 → 实时日志).

/** @type {WechatMiniprogram.RealtimeLogManager | null} */
let remote = null;

/** What is logged of an object: never its data, in which a child's name may stand. */
const LOGGED = ['code', 'status', 'requestId', 'errCode', 'errMsg', 'message'];

/** @param {any} value @returns {string} */
function words(value) {
  if (typeof value !== 'object' || value === null) return String(value);
  return LOGGED.filter((name) => value[name] !== undefined && value[name] !== '')
    .map((name) => `${name}=${value[name]}`)
    .join(' ');
}

/**
 * Logs a fault: where it happened, and the error or what WeChat gave as one.
 * @param {unknown[]} values
 */
function warn(...values) {
  console.warn(...values);
  if (!remote && wx.getRealtimeLogManager) remote = wx.getRealtimeLogManager();
  if (remote) remote.warn(values.map(words).join(' '));
}

module.exports = { warn };
