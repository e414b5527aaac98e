const common = require('../common')

Component({
  behaviors: [common],
  properties: { checked: Boolean, disabled: Boolean, type: String, color: { type: String, value: '#07c160' } },
  data: { on: false },
  observers: {
    checked(value) {
      this.setData({ on: value })
    },
    on(value) {
      this._$.$$.setAttribute('aria-checked', String(value))
    },
  },
  lifetimes: {
    attached() {
      const element = this._$.$$
      element.setAttribute('role', 'switch')
      element.setAttribute('aria-checked', String(this.data.on))
      element.tabIndex = 0
      this._$.addListener('tap', () => this.toggle())
    },
  },
  methods: {
    toggle() {
      if (this.data.disabled) return
      this.setData({ on: !this.data.on })
      this.triggerEvent('change', { value: this.data.on })
    },
  },
})
