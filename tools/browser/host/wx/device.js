// The phone: its screen, its capsule button, its theme.

import { PHONE, settings } from '../app/settings.js'
import { Signal } from '../app/signal.js'
import { api } from './call.js'

const SDK_VERSION = '3.8.12'
const WECHAT_VERSION = '8.0.60'

const themed = new Signal()
const resized = new Signal()

export const themeChanged = () => themed.emit({ theme: settings.theme })

addEventListener('resize', () => resized.emit({ size: { windowWidth: innerWidth, windowHeight: pageHeight() } }))

const pageHeight = () => document.getElementById('pages').clientHeight

function windowInfo() {
  const bottom = innerHeight - PHONE.homeIndicatorHeight
  return {
    pixelRatio: devicePixelRatio,
    screenWidth: innerWidth,
    screenHeight: innerHeight,
    windowWidth: innerWidth,
    windowHeight: pageHeight(),
    statusBarHeight: PHONE.statusBarHeight,
    screenTop: innerHeight - pageHeight(),
    safeArea: { left: 0, right: innerWidth, top: PHONE.statusBarHeight, bottom, width: innerWidth, height: bottom - PHONE.statusBarHeight },
  }
}

function capsule() {
  const { width, height, right, gap } = PHONE.capsule
  const top = PHONE.statusBarHeight + gap
  return { width, height, top, bottom: top + height, left: innerWidth - right - width, right: innerWidth - right }
}

const deviceInfo = () => ({ brand: 'devtools', model: 'Browser frame', system: 'iOS 17.0', platform: 'devtools', abi: '', benchmarkLevel: -1 })
const appBaseInfo = () => ({
  SDKVersion: SDK_VERSION,
  version: WECHAT_VERSION,
  language: 'zh_CN',
  theme: settings.theme,
  enableDebug: false,
  host: { env: 'WeChat' },
  fontSizeSetting: 16,
})
const systemInfo = () => ({ ...deviceInfo(), ...appBaseInfo(), ...windowInfo() })

export const device = {
  getWindowInfo: windowInfo,
  getDeviceInfo: deviceInfo,
  getAppBaseInfo: appBaseInfo,
  getSystemInfoSync: systemInfo,
  getSystemInfo: api('getSystemInfo', systemInfo),
  getSystemInfoAsync: api('getSystemInfoAsync', systemInfo),
  getSystemSetting: () => ({ bluetoothEnabled: false, locationEnabled: false, wifiEnabled: true, deviceOrientation: 'portrait' }),
  getMenuButtonBoundingClientRect: capsule,
  onThemeChange: themed.on,
  offThemeChange: themed.off,
  onWindowResize: resized.on,
  offWindowResize: resized.off,
  vibrateShort: api('vibrateShort', () => ({})),
  vibrateLong: api('vibrateLong', () => ({})),
  setClipboardData: api('setClipboardData', async ({ data }) => {
    await navigator.clipboard.writeText(data)
  }),
}
