const common = require('../common')

const CALLS = { navigate: 'navigateTo', redirect: 'redirectTo', switchTab: 'switchTab', reLaunch: 'reLaunch', navigateBack: 'navigateBack' }

Component({
  behaviors: [common],
  properties: { url: String, openType: { type: String, value: 'navigate' }, delta: { type: Number, value: 1 }, target: String },
  lifetimes: {
    attached() {
      const element = this._$.$$
      if (!element.hasAttribute('role')) element.setAttribute('role', 'link')
      element.tabIndex = 0
      this._$.addListener('tap', () => wx[CALLS[this.data.openType]]({ url: this.data.url, delta: this.data.delta }))
    },
  },
})
