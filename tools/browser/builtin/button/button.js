const common = require('../common')

Component({
  behaviors: [common],
  properties: { type: String, size: String, plain: Boolean, disabled: Boolean, loading: Boolean, formType: String, openType: String },
  observers: {
    type(value) {
      this._$.$$.setAttribute('type', value || 'default')
    },
    size(value) {
      this._$.$$.setAttribute('size', value || 'default')
    },
    disabled(value) {
      const element = this._$.$$
      element.toggleAttribute('disabled', value)
      element.setAttribute('aria-disabled', String(value))
      element.tabIndex = value ? -1 : 0
    },
    loading(value) {
      this._$.$$.setAttribute('aria-busy', String(value))
    },
  },
  lifetimes: {
    attached() {
      const element = this._$.$$
      if (!element.hasAttribute('role')) element.setAttribute('role', 'button')
      if (!this.data.disabled) element.tabIndex = 0
      this._$.addListener('tap', () => {
        if (this.data.openType === 'share') void host.share('button')
      })
    },
  },
})
