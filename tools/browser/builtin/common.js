// What every built-in component takes, put on its element: accessibility, `hidden`.
// `this._$.$$` is the component's DOM element.

const ATTRIBUTES = {
  ariaRole: 'role',
  ariaLabel: 'aria-label',
  ariaHidden: 'aria-hidden',
  ariaChecked: 'aria-checked',
  ariaSelected: 'aria-selected',
  ariaDisabled: 'aria-disabled',
}

const observers = {
  hidden(value) {
    this._$.$$.hidden = value
  },
}
for (const [property, attribute] of Object.entries(ATTRIBUTES)) {
  observers[property] = function (value) {
    if (value === '') this._$.$$.removeAttribute(attribute)
    else this._$.$$.setAttribute(attribute, value)
  }
}

module.exports = Behavior({
  properties: {
    ...Object.fromEntries(Object.keys(ATTRIBUTES).map((name) => [name, String])),
    hidden: Boolean,
    hoverClass: String,
    hoverStopPropagation: Boolean,
    hoverStartTime: Number,
    hoverStayTime: Number,
    name: String,
  },
  observers,
})
