// The minutes missed beside the minutes made up, and what that leaves.
Component({
  properties: {
    original: { type: String, value: '' },
    makeup: { type: String, value: '' },
    /** What `differenceChip` made, or null. @type {any} */
    chip: { type: Object, value: null },
  },
});
