const common = require('../common')

Component({
  behaviors: [common],
  properties: {
    current: Number,
    indicatorDots: Boolean,
    autoplay: Boolean,
    interval: Number,
    duration: Number,
    circular: Boolean,
    vertical: Boolean,
    previousMargin: String,
    nextMargin: String,
  },
  observers: {
    current(value) {
      this._$.$$.scrollLeft = value * this._$.$$.clientWidth
    },
  },
  lifetimes: {
    attached() {
      const element = this._$.$$
      element.addEventListener('scrollend', () => {
        const current = Math.round(element.scrollLeft / element.clientWidth)
        if (current !== this.data.current) this.triggerEvent('change', { current, source: 'touch' })
      })
    },
  },
})
