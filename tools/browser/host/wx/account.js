// The account that is logged in to WeChat, and its consents.

import { askSubscription } from '../app/overlay.js'
import { isInTap } from '../app/gesture.js'
import { settings } from '../app/settings.js'
import { api, WxError } from './call.js'

const TEMPLATES_PER_CALL = 3

export const account = {
  login: api('login', () => {
    if (settings.network === 'off') throw new WxError('network error', { errno: 600001 })
    return { code: `dev:${settings.account}` }
  }),
  checkSession: api('checkSession', () => ({})),
  getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop', version: '' }, plugin: {} }),
  requestSubscribeMessage: api('requestSubscribeMessage', async ({ tmplIds }) => {
    if (settings.strict === 'on' && !isInTap()) throw new WxError('can only be invoked by user TAP gesture.', { errCode: 20001 })
    if (!Array.isArray(tmplIds) || tmplIds.length === 0) throw new WxError("TmplIds can't be empty", { errCode: 10001 })
    if (tmplIds.length > TEMPLATES_PER_CALL) throw new WxError('Templates count out of max bounds', { errCode: 20003 })
    const answer = settings.subscribe === 'ask' ? await askSubscription(tmplIds) : settings.subscribe
    return Object.fromEntries(tmplIds.map((id) => [id, answer]))
  }),
  getSetting: api('getSetting', ({ withSubscriptions = false }) => ({
    authSetting: {},
    ...(withSubscriptions && { subscriptionsSetting: { mainSwitch: settings.messages === 'on', itemSettings: {} } }),
  })),
  openSetting: api('openSetting', () => {
    settings.messages = 'on'
    return { authSetting: {} }
  }),
  openPrivacyContract: api('openPrivacyContract', () => {
    settings.contract = 'opened'
    return {}
  }),
}
