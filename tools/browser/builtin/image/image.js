const common = require('../common')

const FIT = { scaleToFill: 'fill', aspectFit: 'contain', aspectFill: 'cover', widthFix: 'fill', heightFix: 'fill', center: 'none' }

Component({
  behaviors: [common],
  properties: { src: String, mode: { type: String, value: 'scaleToFill' }, lazyLoad: Boolean, showMenuByLongpress: Boolean },
  data: { address: '', fit: 'fill' },
  observers: {
    // Paths inside the package are served under /app/.
    src(value) {
      this.setData({ address: value.startsWith('/') ? `/app${value}` : value })
    },
    mode(value) {
      this.setData({ fit: FIT[value] || 'fill' })
    },
  },
  methods: {
    onLoad() {
      const picture = this._$.$$.querySelector('img')
      const { naturalWidth: width, naturalHeight: height } = picture
      const host = this._$.$$
      if (this.data.mode === 'widthFix') host.style.height = `${(host.clientWidth * height) / width}px`
      if (this.data.mode === 'heightFix') host.style.width = `${(host.clientHeight * width) / height}px`
      this.triggerEvent('load', { width, height })
    },
    onError() {
      this.triggerEvent('error', { errMsg: `image ${this.data.src} failed to load` })
    },
  },
})
