// Says at the top of the page what became of an action.
import { MessagePlugin } from 'tdesign-vue-next/es'
import { failureOf } from './api/problem'

/**
 * Waits for an action and says what became of it.
 * @returns whether it was done
 */
export async function announce(action: Promise<unknown>, done: string): Promise<boolean> {
  const problem = await failureOf(action)
  if (problem) void MessagePlugin.error({ content: problem.message, duration: 8_000, closeBtn: true })
  else void MessagePlugin.success({ content: done, duration: 4_000 })
  return problem === null
}
