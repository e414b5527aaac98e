// The first load, the empty list and the fault, the same on every page.
Component({
  properties: {
    /** `loading`, `empty` or `error`; anything else shows nothing. */
    view: { type: String, value: '' },
    /** The sentence. */
    text: { type: String, value: '' },
    /** The line under it. */
    hint: { type: String, value: '' },
    /** The next step of an empty list. */
    action: { type: String, value: '' },
    /** The button of a fault. */
    wayOut: { type: String, value: '重试' },
  },

  data: {
    /** The cards of the skeleton. */
    bones: [1, 2, 3],
    /** The sentences of the text, one a line. @type {string[]} */
    lines: [],
  },

  observers: {
    text(text) {
      this.setData({
        lines: text
          .replace(/([。？])/g, '$1\n')
          .split('\n')
          .filter(Boolean),
      });
    },
  },

  methods: {
    onAct() {
      this.triggerEvent(this.data.view === 'error' ? 'retry' : 'act');
    },
  },
});
