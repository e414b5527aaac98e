// What WeChat shows above a page: toasts, dialogs, sheets.

const layer = () => document.getElementById('overlay')
let toast
let toastTimer

function element(tag, properties = {}, ...children) {
  const { role, label, ...rest } = properties
  const made = Object.assign(document.createElement(tag), rest)
  if (role) made.setAttribute('role', role)
  if (label) made.setAttribute('aria-label', label)
  made.append(...children)
  return made
}

const ICONS = ['success', 'error', 'loading']

function putToast(title, icon, mask) {
  hideToast()
  const box = element('div', { className: `toast ${ICONS.includes(icon) ? 'toast--icon' : ''}`, role: 'status' })
  if (ICONS.includes(icon)) box.append(element('i', { className: `icon icon--${icon}` }))
  box.append(element('span', { textContent: title ?? '' }))
  toast = element('div', { className: mask ? 'toast-holder toast-holder--mask' : 'toast-holder' }, box)
  layer().append(toast)
}

export function showToast(title, icon, milliseconds) {
  putToast(title, icon, false)
  toastTimer = setTimeout(hideToast, milliseconds)
}

export const showLoading = (title, mask) => putToast(title, 'loading', mask)

export function hideToast() {
  clearTimeout(toastTimer)
  toast?.remove()
  toast = undefined
}

/** Shows a panel over a dimmed page until it is answered. `onMask` gives the answer of a tap beside it; without it such a tap does nothing. */
function ask(className, build, onMask) {
  return new Promise((resolve) => {
    const answer = (value) => {
      mask.remove()
      resolve(value)
    }
    const mask = element('div', { className: `mask ${className}` }, build(answer))
    if (onMask) {
      mask.addEventListener('click', (event) => {
        if (event.target === mask) answer(onMask())
      })
    }
    layer().append(mask)
  })
}

const button = (text, className, onclick) => element('button', { textContent: text, className, onclick })

export function showModal({
  title = '',
  content = '',
  showCancel = true,
  cancelText = '取消',
  confirmText = '确定',
  confirmColor = '',
  cancelColor = '',
  editable = false,
  placeholderText = '',
}) {
  return ask('mask--centre', (answer) => {
    const field = editable ? element('input', { value: content, placeholder: placeholderText }) : null
    const done = (confirm) => answer({ confirm, cancel: !confirm, content: confirm && field ? field.value : null })
    const actions = element('div', { className: 'modal__actions' })
    if (showCancel) actions.append(button(cancelText, 'modal__cancel', () => done(false)))
    actions.append(button(confirmText, 'modal__confirm', () => done(true)))
    if (cancelColor && showCancel) actions.firstChild.style.color = cancelColor
    if (confirmColor) actions.lastChild.style.color = confirmColor
    const box = element('div', { className: 'modal', role: 'dialog', label: title || content })
    if (title) box.append(element('b', { textContent: title }))
    box.append(field ?? element('p', { textContent: content }), actions)
    return box
  })
}

/** Resolves to the index, or to undefined where the sheet was dismissed. */
export function showActionSheet(items, alertText) {
  return ask(
    'mask--bottom',
    (answer) => {
      const sheet = element('div', { className: 'sheet', role: 'dialog', label: alertText ?? '' })
      if (alertText) sheet.append(element('p', { textContent: alertText }))
      items.forEach((text, index) => sheet.append(button(text, 'sheet__item', () => answer(index))))
      sheet.append(button('取消', 'sheet__item sheet__cancel', () => answer(undefined)))
      return sheet
    },
    () => undefined,
  )
}

/** The card before it is sent. Resolves to whether it was. */
export function showShare(title) {
  return ask('mask--centre', (answer) =>
    element(
      'div',
      { className: 'modal', role: 'dialog', label: '发送给朋友' },
      element('b', { textContent: '发送给朋友' }),
      element('p', { textContent: title }),
      element(
        'div',
        { className: 'modal__actions' },
        button('取消', 'modal__cancel', () => answer(false)),
        button('发送', 'modal__confirm', () => answer(true)),
      ),
    ),
  )
}

/** WeChat's question before a subscribe message: `accept` or `reject` for all of them. */
export function askSubscription(templates) {
  return ask('mask--bottom', (answer) =>
    element(
      'div',
      { className: 'sheet sheet--subscribe', role: 'dialog', label: '订阅消息' },
      element('b', { textContent: '申请发送以下消息' }),
      ...templates.map((id) => element('p', { textContent: id })),
      element(
        'div',
        { className: 'sheet__pair' },
        button('取消', 'sheet__reject', () => answer('reject')),
        button('允许', 'sheet__accept', () => answer('accept')),
      ),
    ),
  )
}
