const common = require('../common')

/** Pulled this far (CSS pixels), the list refreshes. */
const THRESHOLD = 45
const EDGE = 50

Component({
  behaviors: [common],
  options: { multipleSlots: false },
  properties: {
    type: String,
    scrollX: Boolean,
    scrollY: Boolean,
    scrollTop: Number,
    scrollLeft: Number,
    scrollIntoView: String,
    scrollWithAnimation: Boolean,
    enhanced: Boolean,
    bounces: Boolean,
    showScrollbar: { type: Boolean, value: true },
    pagingEnabled: Boolean,
    enableFlex: Boolean,
    enableBackToTop: Boolean,
    clip: Boolean,
    cacheExtent: Number,
    lowerThreshold: { type: Number, value: EDGE },
    upperThreshold: { type: Number, value: EDGE },
    refresherEnabled: Boolean,
    refresherTriggered: Boolean,
    refresherThreshold: { type: Number, value: THRESHOLD },
    refresherDefaultStyle: String,
    refresherBackground: String,
    padding: Array,
  },
  data: { pulled: 0 },
  observers: {
    scrollY(value) {
      this._$.$$.style.overflowY = value ? 'auto' : 'hidden'
    },
    scrollX(value) {
      this._$.$$.style.overflowX = value ? 'auto' : 'hidden'
    },
    scrollTop(value) {
      this._$.$$.scrollTop = value
    },
    scrollLeft(value) {
      this._$.$$.scrollLeft = value
    },
    scrollIntoView(id) {
      if (id) wx.nextTick(() => this._$.$$.querySelector(`#${id}`)?.scrollIntoView({ block: 'start', inline: 'start' }))
    },
    refresherTriggered(value) {
      this.setData({ pulled: value ? this.data.refresherThreshold : 0 })
    },
  },
  lifetimes: {
    attached() {
      const element = this._$.$$
      let low = false
      element.addEventListener('scroll', () => {
        const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight } = element
        this.triggerEvent('scroll', { scrollTop, scrollLeft, scrollHeight, scrollWidth })
        const near = scrollHeight - scrollTop - clientHeight <= this.data.lowerThreshold
        if (near && !low) this.triggerEvent('scrolltolower', { direction: 'bottom' })
        low = near
      })
      this.listenForPull(element)
    },
  },
  methods: {
    /** Pulling down at the top: with a finger, or with the mouse held. */
    listenForPull(element) {
      let from
      element.addEventListener('pointerdown', (event) => {
        from = this.data.refresherEnabled && element.scrollTop <= 0 ? event.clientY : undefined
      })
      element.addEventListener('pointermove', (event) => {
        if (from === undefined || event.buttons === 0) return
        const pulled = Math.max(0, (event.clientY - from) / 2)
        if (pulled > 0) this.setData({ pulled })
      })
      for (const end of ['pointerup', 'pointercancel']) element.addEventListener(end, () => this.release())
    },
    release() {
      if (this.data.pulled === 0 || this.data.refresherTriggered) return
      if (this.data.pulled < this.data.refresherThreshold) return this.setData({ pulled: 0 })
      this.setData({ pulled: this.data.refresherThreshold })
      this.triggerEvent('refresherrefresh', {})
    },
  },
})
