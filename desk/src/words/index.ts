// The sentences and times of the mini-program, so that both say the same of a refusal and of an instant.
import refusals from '../../../miniprogram/views/refusals.js'
import timesOf from '../../../miniprogram/views/times.js'

interface Explained {
  text: string
}
interface Times {
  parse(text: string): number
  dateOf(at: number): string
  clockText(at: number): string
  dayText(at: number, now: number): string
  whenText(at: number, now: number): string
  dateText(at: number): string
  untilText(at: number, now: number): string
  nearDays(text: string, saidAt: number, now: number): string
  dueText(at: number, now: number): string
}

/** Times in words, in the gym's zone. */
export const times = timesOf as Times

/** The instant at which the gym's clocks show this time on a day. */
const instantOf = (date: string, time: string): number => Date.parse(`${date}T${time}+08:00`)
/** Noon of a day at the gym. */
export const noonOf = (date: string): number => instantOf(date, '12:00:00')
/** The last instant of a day at the gym. */
export const endOf = (date: string): number => instantOf(date, '23:59:59.999')

/** `3月4日 周三`. */
export const dateWords = (date: string): string => timesOf.dateText(noonOf(date)).replace(/ \d\d:\d\d$/, '')

/** What a fault or a refusal means for the person at the desk where the parents' sentence would not fit. */
const AT_THE_DESK: Record<string, string> = {
  unauthenticated: '登录已失效，请重新登录。',
  not_of_the_gym: '这是家长的账号。请馆主先在“人员”里设好角色，再登录。',
  forbidden: '您的角色不能做这个操作。',
  not_found: '没有找到这条记录，它可能已被取消。',
  invalid_request: '填写的内容有误，请检查后再试。',
  conflict: '状态刚刚变了，这个操作现在做不了。请刷新后再看。',
  class_cancelled: '这节课已停课。',
  class_started: '这节课已经开始了。',
  queue_full: '候补名单已满。',
  session_full: '名额已满。',
}

/** The sentence of a problem, by its code and the rule's own fields. */
export function explain(code: string, fields: Record<string, unknown> = {}): string {
  const known = AT_THE_DESK[code]
  if (known) return typeof fields.detail === 'string' && code === 'invalid_request' ? `${known}（${fields.detail}）` : known
  return (refusals.explain({ code, fields }) as Explained).text
}
