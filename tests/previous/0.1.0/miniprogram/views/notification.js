// Messages as the pages show them.
const rules = require('../services/rules');
const times = require('./times');

/** @typedef {import('../types/api').Notification} Notification */

/** What became of an offer that was answered or withdrawn, by the reason its flow ended for. @type {Record<string, string>} */
const CANCELLED = { user_cancelled: '已退出候补', manual_cancel: '老师已取消', system_error: '名额已取消' };

/** @type {Record<string, string>} */
const DELIVERY = {
  pending: '正在发到微信',
  undeliverable: '没有发到微信：当时没有打开提醒',
  failed: '没有发到微信，这里可以看到',
};

/**
 * @param {Notification} row
 * @param {boolean} open whether the offer can still be answered
 * @returns {{badge: string, text: string}}
 */
function outcome(row, open) {
  const reason = row.flow && row.flow.expiration_reason;
  if (open) return { badge: 'offer', text: '待确认' };
  if (row.notification_type === 'queue_update') return { badge: 'waiting', text: '候补消息' };
  if (row.status === 'responded' && !reason) return { badge: 'booked', text: '已确认' };
  if (row.status === 'responded') return { badge: 'ended', text: '已放弃' };
  if (row.status === 'cancelled') return { badge: 'ended', text: CANCELLED[reason || ''] || '已取消' };
  if (['sent', 'expired'].includes(row.status)) return { badge: 'ended', text: '没有及时确认' };
  // A status that a newer service sends and this version does not know is shown as it is, in grey.
  return { badge: 'ended', text: row.status };
}

/**
 * @param {Notification} row
 * @param {number} now
 */
async function notificationView(row, now) {
  const deadline = row.response_deadline ? times.parse(row.response_deadline) : null;
  const asks = row.status === 'sent' && row.notification_type !== 'queue_update' && deadline !== null;
  const allowed = asks && (await rules.mayRespond({ deadline, now }));
  // Where the rules cannot be asked, the service's word stands.
  const open = asks && (!allowed || allowed.ok);
  const { badge, text } = outcome(row, open);
  const at = times.parse(row.sent_time);
  return {
    id: row.id,
    entryId: row.waitlist_id,
    open,
    sentAt: at,
    at: times.whenText(at, now),
    content: row.message_content,
    deadline,
    badge,
    badgeText: text,
    delivery: DELIVERY[row.delivery] || '',
    label: [text, row.message_content, times.whenText(at, now)].join('，'),
  };
}

/**
 * The unanswered, the soonest to run out first, one for each entry; then the rest, newest first.
 * @param {Notification[]} rows
 * @param {number} now
 */
async function messageLists(rows, now) {
  const views = await Promise.all(rows.map((row) => notificationView(row, now)));
  views.sort((a, b) => b.sentAt - a.sentAt || b.id - a.id);
  const open = views.filter((one) => one.open);
  const unanswered = open.filter((one) => open.find((other) => other.entryId === one.entryId) === one);
  return {
    unanswered: unanswered.sort((a, b) => Number(a.deadline) - Number(b.deadline)),
    rest: views.filter((one) => !unanswered.includes(one)),
  };
}

module.exports = { messageLists };
