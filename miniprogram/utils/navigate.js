// To another page and back, once: of two quick taps the second finds the first one under way.
let leaving = false;

/** @param {(options: {complete: () => void}) => unknown} go */
function once(go) {
  if (leaving) return;
  leaving = true;
  go({
    complete: () => {
      leaving = false;
    },
  });
}

/** @param {string} url */
function open(url) {
  once((options) => wx.navigateTo({ url, ...options }));
}

function back() {
  once((options) => wx.navigateBack(options));
}

module.exports = { open, back };
