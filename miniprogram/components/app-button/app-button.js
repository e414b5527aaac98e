// One button for the whole mini-program: at least 88 rpx high, one name for eyes and screen readers.
Component({
  properties: {
    label: { type: String, value: '' },
    /** What a screen reader says; the label where left out. */
    aria: { type: String, value: '' },
    /** `primary`: the thing to do · `soft`: one of many · `quiet`: text alone · `danger`: text alone, red */
    kind: { type: String, value: 'primary' },
    /** `wide` fills its row; `compact` is as wide as its text. */
    size: { type: String, value: 'wide' },
    /** What WeChat itself does at the tap, as of its `button`: `share`. */
    openType: { type: String, value: '' },
    /** The work that the tap started is under way. */
    loading: { type: Boolean, value: false },
    disabled: { type: Boolean, value: false },
  },

  methods: {
    onTap() {
      if (this.data.loading || this.data.disabled) return;
      this.triggerEvent('act');
    },
  },
});
