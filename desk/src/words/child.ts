// The words of a child's page.
import type { Booking, BookingStatus, EntryStatus, Grant, GrantStatus, Makeup, MakeupStatus, MessageDelivery } from '../api/contract'

/** A word, and what its colour says. */
export interface Badge {
  text: string
  kind: '' | 'grey' | 'bad' | 'good'
}

export const bookingBadges: Record<BookingStatus, Badge> = {
  booked: { text: '已预约', kind: '' },
  completed: { text: '已上课', kind: 'good' },
  cancelled: { text: '已取消', kind: 'grey' },
  leave: { text: '请假', kind: 'grey' },
  absent: { text: '缺课', kind: 'bad' },
  cancelled_by_gym: { text: '停课', kind: 'grey' },
}
export const makeupBadges: Record<MakeupStatus, Badge> = {
  pending: { text: '待上课', kind: '' },
  confirmed: { text: '待上课', kind: '' },
  completed: { text: '已补', kind: 'good' },
  cancelled: { text: '已取消', kind: 'grey' },
  no_show: { text: '没来', kind: 'bad' },
}
export const entryBadges: Record<EntryStatus, Badge> = {
  waiting: { text: '候补中', kind: '' },
  notified: { text: '等待确认', kind: 'bad' },
  confirmed: { text: '候补成功', kind: 'good' },
  expired: { text: '已过期', kind: 'grey' },
  cancelled: { text: '已退出', kind: 'grey' },
}
export const grantBadges: Record<GrantStatus, Badge> = {
  available: { text: '可用', kind: 'good' },
  used: { text: '用完', kind: 'grey' },
  expired: { text: '过期', kind: 'grey' },
  revoked: { text: '收回', kind: 'grey' },
}
/** Where credit came from. */
export const grantSources: Record<Grant['source'], string> = { makeup: '补课存入', goodwill: '场馆补偿' }

export const deliveryBadges: Record<MessageDelivery, Badge> = {
  pending: { text: '正在发', kind: 'grey' },
  delivered: { text: '微信已送达', kind: 'good' },
  failed: { text: '微信没送达', kind: 'bad' },
  undeliverable: { text: '没开微信提醒', kind: 'bad' },
  app_only: { text: '只在小程序里', kind: 'grey' },
  relayed: { text: '已转告', kind: 'good' },
}

/** Where a booking came from; a plain one says nothing. */
export const sourceWords: Record<Booking['source'], string> = { direct: '', waitlist: '候补得来', makeup: '补课' }

/** What a makeup came to in minutes. */
export function minutesWords(makeup: Makeup): string {
  const spans = `${makeup.original_duration} 分钟的课，补 ${makeup.makeup_duration} 分钟`
  return makeup.completion_type === 'partial' ? `${spans}，存 ${makeup.duration_difference} 分钟` : spans
}

/** What is left of a grant. */
export const grantWords = (grant: Grant): string => `${grant.remaining_minutes} / ${grant.compensation_minutes} 分钟`
