// One line that leads somewhere: what it is, how it stands, and that there is more behind it.
Component({
  properties: {
    title: { type: String, value: '' },
    value: { type: String, value: '' },
    hint: { type: String, value: '' },
    /** `plain`, or `soon` where something runs out. */
    tone: { type: String, value: 'plain' },
    /** The first line of a group has no hairline above it. */
    first: { type: Boolean, value: false },
  },

  methods: {
    onTap() {
      this.triggerEvent('open');
    },
  },
});
