// The minutes of the missed class beside those of the makeup, and the difference.
Component({
  properties: {
    original: { type: String, value: '' },
    makeup: { type: String, value: '' },
    /** What `differenceChip` made, or null. @type {any} */
    chip: { type: Object, value: null },
  },
});
