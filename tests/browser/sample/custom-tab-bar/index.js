Component({
  data: { tabs: [{ path: '/pages/home/home', text: '首页' }, { path: '/pages/list/list', text: '列表' }] },
  methods: {
    onTab(event) {
      wx.switchTab({ url: event.currentTarget.dataset.path })
    },
  },
})
