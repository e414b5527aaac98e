// 隐私说明: what the mini-program knows of a family, where it is kept, and WeChat's own page about it.
const log = require('../../transport/log');
const notice = require('../../page/notice');
const { textSize } = require('../../page/text-size');

Page({
  data: {
    textSize: '',
    /** @type {{key: string, title: string, text: string}[]} */
    parts: [
      {
        key: 'what',
        title: '用到哪些信息',
        text: '孩子的姓名、预约、候补、请假、补课和补偿时长，以及微信登录时得到的账号标识。不读取手机号、位置、相册和通讯录。',
      },
      { key: 'why', title: '用来做什么', text: '只用来排课、通知名额和记录补课。不用于广告，也不提供给场馆以外的人。' },
      {
        key: 'where',
        title: '存在哪里',
        text: '记录存在场馆的服务器上。手机上只留最近 14 天看过的内容，换账号登录时会清除。',
      },
      {
        key: 'child',
        title: '孩子的信息',
        text: '孩子的档案由前台登记，有添加码的家长才能看到。想查看、更正或删除，请联系前台。',
      },
    ],
  },

  onShow() {
    this.setData({ textSize: textSize() });
  },

  onContract() {
    wx.openPrivacyContract({
      fail: (error) => {
        log.warn('privacy: the contract did not open', error);
        notice.tell({ title: '暂时打不开', content: '请在微信里点右上角「…」，再看小程序的《用户隐私保护指引》。' });
      },
    });
  },
});
