// What a browser says of itself, in the words of a person.

/** @type {[RegExp, string][]} the first that fits: every browser also names those that it descends from */
const BROWSERS = [
  [/MicroMessenger/, '微信'],
  [/Edg/, 'Edge'],
  [/Firefox/, 'Firefox'],
  [/Chrome/, 'Chrome'],
  [/Safari/, 'Safari'],
];

/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/Windows/, 'Windows 电脑'],
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, '安卓手机'],
  [/Macintosh/, '苹果电脑'],
  [/Linux/, 'Linux 电脑'],
];

/**
 * `Windows 电脑 · Chrome`; what nobody knows is named so.
 * @param {string} agent
 */
function browserText(agent) {
  /** @param {[RegExp, string][]} table */
  const first = (table) => (table.find(([pattern]) => pattern.test(agent)) || [])[1];
  return [first(SYSTEMS), first(BROWSERS)].filter(Boolean).join(' · ') || '未知的设备';
}

module.exports = { browserText };
