Page({
  data: { shows: 0 },
  onShow() {
    this.setData({ shows: this.data.shows + 1 })
  },
})
