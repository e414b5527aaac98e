Page({
  data: { shows: 0, refreshes: 0, ends: 0, refreshing: false },
  onShow() {
    this.setData({ shows: this.data.shows + 1 })
  },
  onRefresh() {
    this.setData({ refreshing: true, refreshes: this.data.refreshes + 1 })
    wx.nextTick(() => this.setData({ refreshing: false }))
  },
  onEnd() {
    this.setData({ ends: this.data.ends + 1 })
  },
})
