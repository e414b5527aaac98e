// How large the parent likes text: WeChat's own setting, as a class of the page (styles/text-size.wxss).

/** WeChat's setting in CSS pixels: 16 is the standard, 23 and more the largest. */
const LARGE = 18;
const HUGE = 21;

/** @returns {'' | 'text-large' | 'text-huge'} */
function textSize() {
  const size = wx.getAppBaseInfo().fontSizeSetting || 0;
  if (size >= HUGE) return 'text-huge';
  return size >= LARGE ? 'text-large' : '';
}

module.exports = { textSize };
