// Says at the top of the page what became of an action.
import { MessagePlugin } from 'tdesign-vue-next/es'
import { failureOf } from './api/problem'

/** What a dialog covers can be neither read nor tapped: while one is open, a failure is said inside it. */
const onTop = () => document.querySelector<HTMLElement>('dialog[open]') ?? document.body

/**
 * Waits for an action and says what became of it.
 * @returns whether it was done
 */
export async function announce(action: Promise<unknown>, done: string): Promise<boolean> {
  const problem = await failureOf(action)
  // A write whose outcome is unknown stands at the top of the page until it is known, unless a dialog covers that.
  if (problem?.isOpen && onTop() === document.body) return false
  if (problem) void MessagePlugin.error({ content: problem.message, duration: 8_000, closeBtn: true, attach: onTop })
  else void MessagePlugin.success({ content: done, duration: 4_000 })
  return problem === null
}
