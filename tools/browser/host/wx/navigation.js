// Moving between pages.

import * as pages from '../app/pages.js'
import { api } from './call.js'

export const navigation = {
  navigateTo: api('navigateTo', ({ url }) => pages.navigateTo(url)),
  redirectTo: api('redirectTo', ({ url }) => pages.redirectTo(url)),
  reLaunch: api('reLaunch', ({ url }) => pages.reLaunch(url)),
  switchTab: api('switchTab', ({ url }) => pages.switchTab(url)),
  navigateBack: api('navigateBack', ({ delta }) => pages.navigateBack(delta)),
}
