import type { AuditEntry, Role } from '../api/contract'
import { roleNames } from '../roles'

const ATTENDANCE: Record<string, string> = { completed: '到了', absent: '缺课' }

const TEXTS: Record<string, (after: Record<string, unknown>) => string> = {
  'booking.create': () => '加了一个预约',
  'booking.cancel': () => '取消了预约',
  'booking.leave': () => '登记了请假',
  'booking.attendance': (after) => `记录考勤：${ATTENDANCE[String(after.status)] ?? ''}`,
  'booking.makeup_right': () => '给了补课的权利，或延长了它',
  'compensation.grant': (after) => `补偿了 ${String(after.minutes)} 分钟`,
  'waitlist.join': () => '加入了候补',
  'waitlist.leave': () => '移出了候补',
  'waitlist.respond': (after) => (after.action === 'confirm' ? '代为确认了名额' : '代为放弃了名额'),
  'waitlist.notify': () => '通知了候补',
  'makeup.book': () => '安排了补课',
  'makeup.cancel': () => '取消了补课',
  'session.capacity': (after) => (after.capacity === null ? '人数改回课表' : `人数改为 ${String(after.capacity)}`),
  'session.cancel': () => '停课',
  'profile.create': () => '登记了孩子',
  'profile.update': () => '改了孩子的资料',
  'profile.claim_code': () => '给了一个添加码',
  'guardian.told': () => '改了家长的通知',
  'guardian.remove': () => '移除了一位家长',
  'token.issue': () => '签发了令牌',
  'token.revoke': () => '作废了令牌',
  'waitlist.process_expiry': () => '处理了到期的名额',
  'account.role': (after) => `改角色为${roleNames[after.role as Role] ?? ''}`,
}

/** What somebody did, in words; an action that this page does not know by its name. */
export function actionText(row: AuditEntry): string {
  const after = typeof row.after === 'object' && row.after !== null ? (row.after as Record<string, unknown>) : {}
  return TEXTS[row.action]?.(after) ?? row.action
}
