// What goes wrong in the field: to the console, and to WeChat's real-time log, where the console of the mini-program
// shows it (开发管理 → 运维中心 → 实时日志).

/** @type {WechatMiniprogram.RealtimeLogManager | null} */
let remote = null;

/** Words of a value; an error is its message, which names no parent and no child. @param {unknown} value */
function words(value) {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** @param {unknown[]} values */
function warn(...values) {
  console.warn(...values);
  if (!remote && wx.getRealtimeLogManager) remote = wx.getRealtimeLogManager();
  if (remote) remote.warn(values.map(words).join(' '));
}

module.exports = { warn };
