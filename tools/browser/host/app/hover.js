// `hover-class`: on while a finger is down, and a little longer, so that a quick tap is seen.

const STAY_MILLISECONDS = 100

/** The class that an element takes while it is pressed: an attribute of plain elements, a property of built-in components. */
function hoverClassOf(element) {
  const name = element.getAttribute('hover-class') ?? element.__wxElement?.data?.hoverClass
  return name && name !== 'none' ? name : undefined
}

function pressed(target) {
  for (let element = target; element; element = element.parentElement) {
    const name = element.__wxElement && hoverClassOf(element)
    if (name) return { node: element.__wxElement, name }
  }
  return undefined
}

/** Starts listening. */
export function initHover() {
  let current
  const end = () => {
    if (!current) return
    const { node, name } = current
    current = undefined
    setTimeout(() => node.toggleNodeClass(name, false), STAY_MILLISECONDS)
  }
  document.addEventListener('pointerdown', (event) => {
    current = pressed(event.target)
    current?.node.toggleNodeClass(current.name, true)
  })
  for (const type of ['pointerup', 'pointercancel', 'scroll']) document.addEventListener(type, end, { capture: true })
}
