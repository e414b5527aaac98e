// Toasts, dialogs and sheets.

import * as overlay from '../app/overlay.js'
import { setTitle } from '../app/pages.js'
import { api, WxError } from './call.js'

const TOAST_MILLISECONDS = 1500
/** WeChat shows no more. */
const SHEET_ITEMS = 6

export const ui = {
  showToast: api('showToast', ({ title, icon = 'success', duration = TOAST_MILLISECONDS }) => overlay.showToast(title, icon, duration)),
  hideToast: api('hideToast', () => overlay.hideToast()),
  showLoading: api('showLoading', ({ title, mask = false }) => overlay.showLoading(title, mask)),
  hideLoading: api('hideLoading', () => overlay.hideToast()),
  showModal: api('showModal', (options) => overlay.showModal(options)),
  showActionSheet: api('showActionSheet', async ({ itemList, alertText }) => {
    if (!Array.isArray(itemList) || itemList.length === 0 || itemList.length > SHEET_ITEMS) {
      throw new WxError(`parameter error: itemList should have 1 to ${SHEET_ITEMS} items`)
    }
    const tapIndex = await overlay.showActionSheet(itemList, alertText)
    if (tapIndex === undefined) throw new WxError('cancel')
    return { tapIndex }
  }),
  setNavigationBarTitle: api('setNavigationBarTitle', ({ title }) => setTitle(title)),
  setNavigationBarColor: api('setNavigationBarColor', () => ({})),
  setBackgroundColor: api('setBackgroundColor', () => ({})),
  stopPullDownRefresh: api('stopPullDownRefresh', () => ({})),
}
