// What WeChat draws around a page: status bar, capsule, navigation bar, tab bar.

import { settings, PHONE } from './settings.js'
import { callTop, depth, isTab, navigateBack, onTop, switchTab, top, windowOf } from './pages.js'

const byId = (id) => document.getElementById(id)
const ZONE = 'Asia/Shanghai'

/** The value of a setting: `@name` stands in theme.json. */
let themed

/** Draws the frame of the phone once. */
export function initChrome(app, theme) {
  const root = document.documentElement.style
  root.setProperty('--status-bar', `${PHONE.statusBarHeight}px`)
  root.setProperty('--capsule-top', `${PHONE.statusBarHeight + PHONE.capsule.gap}px`)
  byId('status').innerHTML = `<time></time><span class="signs"><i class="bars"></i><i class="battery"></i></span>`
  // Class names that no page uses: a page's styles apply to the whole document.
  byId('capsule').innerHTML = '<i class="capsule-dots"></i><i class="capsule-line"></i><i class="capsule-ring"></i>'
  byId('nav').innerHTML = '<button aria-label="返回"></button><b></b>'
  byId('nav').firstElementChild.onclick = () => navigateBack()
  initTabBar(app.tabBar)
  themed = (value) => (typeof value === 'string' && value.startsWith('@') ? theme[settings.theme]?.[value.slice(1)] : value)
  onTop.on((node) => draw(node, app))
}

function draw(node, app) {
  const window = windowOf(node.path)
  const custom = window.navigationStyle === 'custom'
  // WeChat's default is white, and it colours the status bar also where the page draws the rest by itself.
  const lightText = (themed(window.navigationBarTextStyle) ?? 'white') === 'white'
  byId('nav').hidden = custom
  byId('nav').querySelector('b').textContent = node.title
  byId('nav').firstElementChild.hidden = depth() < 2
  byId('screen').dataset.nav = custom ? 'custom' : 'default'
  byId('screen').style.setProperty('--nav-background', custom ? 'transparent' : (window.navigationBarBackgroundColor ?? '#000'))
  byId('screen').style.setProperty('--nav-text', lightText ? '#fff' : '#000')
  document.title = node.title || app.window?.navigationBarTitleText || 'Mini-program'
  drawTabs(node, app.tabBar)
}

function initTabBar(tabBar) {
  if (!tabBar || tabBar.custom) return
  byId('tabbar').setAttribute('role', 'tablist')
  byId('tabbar').innerHTML = tabBar.list.map(() => '<button role="tab"><img alt=""><span></span></button>').join('')
  ;[...byId('tabbar').children].forEach((button, index) => {
    const tab = tabBar.list[index]
    button.querySelector('span').textContent = tab.text
    button.onclick = () => {
      switchTab(`/${tab.pagePath}`)
      callTop('onTabItemTap', { index, pagePath: tab.pagePath, text: tab.text })
    }
  })
}

function drawTabs(node, tabBar) {
  const shown = Boolean(tabBar) && !tabBar.custom && isTab(node.path)
  byId('tabbar').hidden = !shown
  if (!shown) return
  byId('tabbar').style.background = settings.theme === 'dark' ? '' : (tabBar.backgroundColor ?? '')
  ;[...byId('tabbar').children].forEach((button, index) => {
    const tab = tabBar.list[index]
    const chosen = tab.pagePath === node.path
    const icon = chosen ? (tab.selectedIconPath ?? tab.iconPath) : tab.iconPath
    button.setAttribute('aria-selected', String(chosen))
    button.style.color = (chosen ? tabBar.selectedColor : tabBar.color) ?? ''
    button.firstElementChild.hidden = !icon
    if (icon) button.firstElementChild.src = `/app/${icon.replace(/^\//, '')}`
  })
}

/** Shows the service's time in the status bar, or the computer's where the service does not answer. */
export async function refreshClock() {
  const answer = await fetch('/api/v1/time').catch(() => null)
  const now = answer?.ok ? new Date((await answer.json()).now) : new Date()
  byId('status').querySelector('time').textContent = now.toLocaleTimeString('en-GB', { hour: 'numeric', minute: '2-digit', timeZone: ZONE })
}

/** Sets the colours of the frame again after a change of theme. */
export const redraw = (app) => top() && draw(top(), app)
