// Where a waiting entry stands: its rank, who is ahead, the chance, the last moment of a notice.
Component({
  properties: {
    rank: { type: Number, value: 0 },
    /** How many wait ahead. */
    ahead: { type: Number, value: 0 },
    /** `{word, percent, width}` of entry-view, or null. @type {any} */
    chance: { type: Object, value: null },
    /** `11:30`, `周三 3月4日 11:30` */
    latest: { type: String, value: '' },
    /** The line about how long it may take, or ''. */
    wait: { type: String, value: '' },
  },
});
