const { note, log } = require('./utils/log')

App({
  onLaunch(options) {
    note(`app launch ${options.path}`)
  },
  onShow() {
    note('app show')
  },
  onHide() {
    note('app hide')
  },
  log,
})
