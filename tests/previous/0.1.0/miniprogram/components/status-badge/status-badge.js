// A status by colour, word and shape together.
Component({
  properties: {
    /** `waiting` (hollow dot), `offer` (filled dot), `booked` (tick), `ended` (dash) */
    status: { type: String, value: 'waiting' },
    text: { type: String, value: '' },
    /** On a ground of its own colour: the badge takes the card's. */
    raised: { type: Boolean, value: false },
    /** An offer in its last minutes. */
    urgent: { type: Boolean, value: false },
  },
});
