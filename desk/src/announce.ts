// Says at the top of the page what became of an action.
import { MessagePlugin } from 'tdesign-vue-next/es'
import { Problem } from './api/problem'

/**
 * Waits for an action and says what became of it.
 * @returns whether it was done
 */
export async function announce(action: Promise<unknown>, done: string): Promise<boolean> {
  try {
    await action
    void MessagePlugin.success({ content: done, duration: 4_000 })
    return true
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    void MessagePlugin.error({ content: error.message, duration: 8_000, closeBtn: true })
    return false
  }
}
