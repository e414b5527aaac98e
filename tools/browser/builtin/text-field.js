// What `input` and `textarea` share: all but the element that they wrap.
const common = require('./common')

module.exports = (element) => ({
  behaviors: [common],
  properties: {
    value: String,
    type: { type: String, value: 'text' },
    password: Boolean,
    placeholder: String,
    placeholderClass: String,
    placeholderStyle: String,
    disabled: Boolean,
    focus: Boolean,
    maxlength: { type: Number, value: 140 },
    confirmType: String,
    cursorSpacing: Number,
    adjustPosition: Boolean,
    autoHeight: Boolean,
  },
  observers: {
    value(value) {
      const field = this.field()
      if (field && field.value !== value) field.value = value
    },
  },
  lifetimes: {
    attached() {
      this.field().value = this.data.value
      if (this.data.focus) this.field().focus()
    },
  },
  methods: {
    field() {
      return this._$.$$.querySelector(element)
    },
    onInput() {
      const value = this.field().value
      this.setData({ value })
      this.triggerEvent('input', { value, cursor: this.field().selectionStart || value.length })
    },
    onFocus() {
      this.triggerEvent('focus', { value: this.field().value, height: 0 })
    },
    onBlur() {
      this.triggerEvent('blur', { value: this.field().value })
    },
    onChange() {
      this.triggerEvent('confirm', { value: this.field().value })
    },
  },
})
