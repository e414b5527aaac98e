Component({
  properties: { start: Number },
  data: { value: 0 },
  observers: {
    start(value) {
      this.setData({ value })
    },
  },
  methods: {
    onTap() {
      this.setData({ value: this.data.value + 1 })
      this.triggerEvent('count', { value: this.data.value })
    },
  },
})
