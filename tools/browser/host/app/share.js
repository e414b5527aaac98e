// A page sent to a friend as a card.

import { showShare } from './overlay.js'
import { top } from './pages.js'

let last

/** The card that was sent last. */
export const shared = () => last

/** Asks the page on top for its card, as WeChat does at a tap on a `button` with `open-type="share"` or in its menu. */
export async function share(from) {
  const { page, path } = top()
  const card = { title: '', path: `/${path}`, ...page.onShareAppMessage?.({ from }) }
  if (await showShare(card.title)) last = card
}
