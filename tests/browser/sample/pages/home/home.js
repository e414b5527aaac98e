const { note } = require('../../utils/log')

Page({
  data: { count: 0, heard: [], name: '', on: false },
  onLoad(query) {
    note(`home load ${JSON.stringify(query)} on stack ${getCurrentPages().length}`)
  },
  onShow() {
    note('home show')
  },
  onReady() {
    note('home ready')
  },
  onHide() {
    note('home hide')
  },
  onUnload() {
    note('home unload')
  },
  onCount(event) {
    this.setData({ count: event.detail.value })
  },
  onOuter() {
    this.hear('外')
  },
  onInner() {
    this.hear('内')
  },
  hear(word) {
    this.setData({ heard: [...this.data.heard, word + this.data.heard.length] })
  },
  onOpen() {
    wx.navigateTo({ url: '../detail/detail?id=7&name=%E5%BC%A0' })
  },
  onName(event) {
    this.setData({ name: event.detail.value })
  },
  onSwitch(event) {
    this.setData({ on: event.detail.value })
  },
})
