const common = require('../common')

// The browser's own field lies unseen above the content: a tap opens the browser's picker.
Component({
  behaviors: [common],
  properties: {
    mode: { type: String, value: 'selector' },
    value: null,
    range: Array,
    rangeKey: String,
    start: String,
    end: String,
    fields: String,
    headerText: String,
    disabled: Boolean,
  },
  methods: {
    ignore() {},
    onField() {
      this.triggerEvent('change', { value: this._$.$$.querySelector('input').value })
    },
    onSelect() {
      this.triggerEvent('change', { value: Number(this._$.$$.querySelector('select').value) })
    },
  },
})
