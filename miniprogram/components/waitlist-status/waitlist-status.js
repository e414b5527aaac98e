// Where a waitlist entry stands: an offer with its countdown and both answers; a place in the queue with the chance of a
// seat, until when one may come, and the way out; or what became of the entry, with the way on.
Component({
  properties: {
    /** What `entryView` made. @type {any} */
    entry: { type: Object, value: {} },
    /** The live standing of a waiting entry, as `standingView` made it, or null. @type {any} */
    standing: { type: Object, value: null },
    /** The key of the action under way, e.g. `confirm:12`. */
    busy: { type: String, value: '' },
  },

  methods: {
    onConfirm() {
      this.triggerEvent('confirm');
    },
    onDecline() {
      this.triggerEvent('decline');
    },
    onRejoin() {
      this.triggerEvent('rejoin');
    },
    onBook() {
      this.triggerEvent('book');
    },
    onLeave() {
      this.triggerEvent('leave');
    },
    onExpire() {
      this.triggerEvent('expire');
    },
    /** @param {WechatMiniprogram.CustomEvent} event */
    onUrgent(event) {
      this.triggerEvent('urgent', event.detail);
    },
  },
});
