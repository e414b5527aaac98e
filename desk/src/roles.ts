import type { Role } from './api/contract'

/** What the gym calls each role. */
export const roleNames: Record<Role, string> = { member: '家长', coach: '教练', staff: '前台', owner: '馆主', service: '程序' }
