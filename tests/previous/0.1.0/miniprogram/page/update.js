// New versions of the mini-program. WeChat looks for one by itself at every launch and downloads it in the background;
// this module offers the restart that makes it run, and asks for it when the service no longer serves this version.
const request = require('../transport/request');

/** @type {'none' | 'looking' | 'loading' | 'ready' | 'failed'} */
let state = 'none';
/** Whether the service refuses this version. */
let tooOld = false;
/** Whether a dialog of this module is open. */
let telling = false;
/** @type {WechatMiniprogram.UpdateManager | null} */
let manager = null;

/** What is said to a version that is too old, by how far the new one is. */
const TOO_OLD = {
  none: '这个版本已停用。请关闭小程序，在微信里下拉、长按删除它，再重新打开。',
  looking: '这个版本已停用，正在查找新版本。好了会马上告诉你。',
  loading: '这个版本已停用，新版本正在下载。好了会马上告诉你。',
  failed: '新版本没有下载成功。请检查网络后关闭小程序，再重新打开。',
};

/** Starts listening to WeChat's update manager. Called once, at launch. */
function watch() {
  request.onTooOld(() => {
    if (tooOld) return;
    tooOld = true;
    tell();
  });
  if (!wx.getUpdateManager) return;
  manager = wx.getUpdateManager();
  state = 'looking';
  manager.onCheckForUpdate(({ hasUpdate }) => move(hasUpdate ? 'loading' : 'none'));
  manager.onUpdateReady(() => move('ready'));
  manager.onUpdateFailed(() => move('failed'));
}

/** @param {'none' | 'loading' | 'ready' | 'failed'} next */
function move(next) {
  // WeChat may report the end of the download before the end of the check.
  if (state === 'ready') return;
  state = next;
  if (state === 'ready' || (tooOld && state !== 'loading')) tell();
}

/** Whether the service refuses this version. */
function isTooOld() {
  return tooOld;
}

/** Says how far the update is, and restarts into the new version where it is there. */
async function tell() {
  if (telling) return;
  if (state !== 'ready' && !tooOld) return;
  telling = true;
  const told = state;
  try {
    const answer = await wx.showModal(
      told === 'ready'
        ? {
            title: '新版本准备好了',
            content: tooOld ? '这个版本已停用，重启后就能继续用。' : '重启后就是新版本。正在填的内容不会提交。',
            showCancel: !tooOld,
            cancelText: '稍后',
            confirmText: '重启',
          }
        : { title: '请更新小程序', content: TOO_OLD[told], showCancel: false, confirmText: '知道了' },
    );
    if (told === 'ready' && answer.confirm && manager) manager.applyUpdate();
  } finally {
    telling = false;
  }
  // The download ended while the dialog was open.
  if (told !== state) await tell();
}

module.exports = { watch, isTooOld, tell };
