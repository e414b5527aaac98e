// Whether a page was opened by a tap on a message.

/** WeChat's scenes for a tap on a message. */
const MESSAGE_SCENES = [1014, 1107];

/**
 * Whether a page was opened by a tap on a message: from the list of messages (`?message=id`), or from WeChat, which
 * opens the mini-program on that page.
 * @param {Record<string, string | undefined>} query
 * @param {string} route
 */
function openedByMessage(query, route) {
  if (query.message) return true;
  const { scene, path } = wx.getEnterOptionsSync();
  return MESSAGE_SCENES.includes(scene) && path === route && getCurrentPages().length === 1;
}

module.exports = { openedByMessage };
