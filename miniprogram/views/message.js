// What was said to the family, as 消息 shows it.
const { mayAnswer } = require('./session');
const times = require('./times');

/**
 * @typedef {import('../types/api').Message} Message
 * @typedef {import('../types/api').Entry} Entry
 */

/** The sign of a kind, and its colour. A kind that this version does not know is drawn plainly. @type {Record<string, {mark: string, tone: string}>} */
const KINDS = {
  spot_available: { mark: '位', tone: 'plain' },
  expiry_reminder: { mark: '位', tone: 'plain' },
  offer_expired: { mark: '位', tone: 'plain' },
  offer_withdrawn: { mark: '位', tone: 'plain' },
  waitlist_front: { mark: '候', tone: 'news' },
  waitlist_left: { mark: '候', tone: 'plain' },
  waitlist_closed: { mark: '候', tone: 'plain' },
  waitlist_lapsed: { mark: '候', tone: 'plain' },
  class_cancelled: { mark: '停', tone: 'off' },
  makeup_granted: { mark: '补', tone: 'news' },
  makeup_expiring: { mark: '补', tone: 'soon' },
  makeup_expired: { mark: '补', tone: 'plain' },
  credit_granted: { mark: '时', tone: 'good' },
  credit_expiring: { mark: '时', tone: 'soon' },
  credit_expired: { mark: '时', tone: 'plain' },
  booked_for_you: { mark: '约', tone: 'good' },
  staff_change: { mark: '馆', tone: 'news' },
};
const UNKNOWN = { mark: '讯', tone: 'plain' };

/** The kinds that ask for an answer. */
const OFFERS = ['spot_available', 'expiry_reminder'];
/** The kinds that a missed class's booking is named by, while it can be made up. */
const TO_MAKE_UP = ['makeup_granted', 'makeup_expiring'];

/** The one thing about the delivery that a parent can change. @type {Record<string, string>} */
const DELIVERY = { undeliverable: '微信没有通知到：当时没有打开提醒' };

/** The address of what a message is about, or ''. @param {Message} message */
function addressOf({ id, kind, profile_id: profile, subject }) {
  const { waitlist_id: entry, booking_id: booking, makeup_id: makeup, grant_id: grant } = subject;
  if (entry) return `/pages/waitlist/detail?id=${entry}${OFFERS.includes(kind) ? `&message=${id}` : ''}`;
  if (grant) return `/pages/makeup/compensation?profile=${profile}`;
  if (makeup) return '/pages/makeup/index';
  if (booking && TO_MAKE_UP.includes(kind)) return `/pages/makeup/select?booking=${booking}`;
  if (booking && kind === 'makeup_expired') return '/pages/makeup/index';
  const { course_schedule_id: schedule, booking_date: date } = subject;
  return schedule && date ? `/pages/classes/detail?schedule=${schedule}&date=${date}&profile=${profile}` : '';
}

/**
 * @param {Message} message
 * @param {{entries: Entry[], fresh: Set<number>, now: number}} around `fresh`: the messages that were unread when the page
 *   was opened
 */
async function messageView(message, { entries, fresh, now }) {
  const said = times.parse(message.said_at);
  const offered = OFFERS.includes(message.kind)
    ? entries.find((one) => one.id === message.subject.waitlist_id && one.status === 'notified')
    : undefined;
  const deadline = offered && (await mayAnswer(offered, now)) ? offered.response_deadline : null;
  const open = Boolean(deadline);
  const { mark, tone } = KINDS[message.kind] || UNKNOWN;
  const unread = fresh.has(message.id);
  const text = times.nearDays(message.text, said, now);
  const address = addressOf(message);
  return {
    id: message.id,
    entryId: message.subject.waitlist_id || 0,
    said,
    day: times.dayText(said, now),
    clock: times.clockText(said),
    title: message.title,
    text,
    mark,
    tone: open ? 'offer' : tone,
    unread,
    open,
    deadline: deadline ? times.parse(deadline) : 0,
    delivery: DELIVERY[message.delivery] || '',
    address,
    label: [unread ? '未读' : '', message.title, text, times.whenText(said, now), address ? '查看' : '']
      .filter(Boolean)
      .join('，'),
  };
}

/**
 * The offers that wait for an answer, the soonest to run out first, one for each entry; then all else by day, newest first.
 * @param {Message[]} messages the newest first
 * @param {{entries: Entry[], fresh: Set<number>, now: number}} around
 */
async function messageLists(messages, around) {
  const views = await Promise.all(messages.map((message) => messageView(message, around)));
  const open = views.filter((one) => one.open);
  const asking = open.filter((one) => open.find((other) => other.entryId === one.entryId) === one);
  /** @type {{day: string, rows: any[]}[]} */
  const days = [];
  views
    .filter((one) => !asking.includes(one))
    .forEach((view) => {
      const last = days[days.length - 1];
      if (last && last.day === view.day) last.rows.push(view);
      else days.push({ day: view.day, rows: [view] });
    });
  return { asking: asking.sort((a, b) => a.deadline - b.deadline), days };
}

module.exports = { messageLists };
