// WeChat's message cards.

const TITLES = {
  spot_available: '候补名额通知',
  expiry_reminder: '候补即将到期提醒',
  waitlist_left: '退出候补通知',
  waitlist_closed: '候补截止通知',
  waitlist_lapsed: '候补结束通知',
  class_cancelled: '课程取消通知',
  credit_expiring: '补偿时长到期提醒',
  makeup_expiring: '补课到期提醒',
  waitlist_front: '候补进度通知',
  staff_change: '安排变更通知',
}

/** Labels of the templates' fields, in the order WeChat shows them. */
const LABELS = { thing1: '课程', thing2: '学员', time3: '上课时间', time4: '截止时间', thing5: '温馨提示' }

const make = (tag, className, text = '') => Object.assign(document.createElement(tag), { className, textContent: text })

function clock(at) {
  return new Date(at).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' })
}

/**
 * One message as a list item that opens it.
 * @param nameOf from openid to the name shown
 */
export function card(message, nameOf, open) {
  const item = document.createElement('li')
  const button = make('button', 'card')
  const head = make('div', 'card__head')
  head.append(make('b', '', TITLES[message.template] ?? message.template), make('time', '', clock(message.at)))
  button.append(make('div', 'card__to', `→ ${nameOf(message.openid)}`), head)
  for (const [field, { value }] of Object.entries(message.data)) {
    const line = make('div', 'card__line')
    line.append(make('span', '', LABELS[field] ?? field), make('span', '', value))
    button.append(line)
  }
  button.append(make('div', 'card__foot', '进入小程序查看'))
  button.onclick = () => open(message)
  item.append(button)
  return item
}
