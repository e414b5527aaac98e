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
  },

  /** The cards of the skeleton. */
  data: { bones: [1, 2, 3] },

  methods: {
    onAct() {
      this.triggerEvent(this.data.view === 'error' ? 'retry' : 'act');
    },
  },
});
