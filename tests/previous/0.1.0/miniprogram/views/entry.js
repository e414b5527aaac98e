// A waitlist entry as the pages show it.
const account = require('../transport/account');
const rules = require('../services/rules');
const { liveBooking, mayAnswer } = require('./session');
const times = require('./times');

/** @typedef {import('../types/api').Entry} Entry */

/**
 * How a chance is said: the word first, the number beside it.
 * @param {number | null | undefined} chance 0..=1
 * @returns {{word: string, percent: string, width: number} | null}
 */
function chanceText(chance) {
  if (chance === null || chance === undefined) return null;
  const percent = Math.round(chance * 100);
  let word = '机会较小';
  if (percent >= 70) word = '机会较大';
  else if (percent >= 40) word = '机会中等';
  if (percent < 5) return { word: '机会很小', percent: '不到 5%', width: percent };
  if (percent > 95) return { word: '机会很大', percent: '95% 以上', width: percent };
  return { word, percent: `约 ${Math.round(percent / 5) * 5}%`, width: percent };
}

/**
 * What an entry is to its owner right now. The server's status says what it was when asked; the
 * rules say what time has made of it since; the bookings say whether a confirmed seat was given up.
 * @param {Entry} entry
 * @param {string | null} phase
 * @param {boolean} booked
 * @param {number} now
 * @returns {Promise<'offer' | 'late' | 'waiting' | 'closed' | 'confirmed' | 'givenUp' | 'expired' | 'cancelled' | 'unknown'>}
 */
async function kindOf(entry, phase, booked, now) {
  if (entry.status === 'notified') {
    return (await mayAnswer(entry, now)) ? 'offer' : 'late';
  }
  if (entry.status === 'waiting') return phase === 'open' || !phase ? 'waiting' : 'closed';
  if (entry.status === 'confirmed' && phase !== 'started' && !booked) return 'givenUp';
  // An offer missed today stays in sight while one can still wait for the class again.
  const missed = entry.status === 'expired' && phase === 'open' && !booked;
  if (missed && entry.response_deadline && times.sameDay(times.parse(entry.response_deadline), now)) return 'late';
  return entry.status in BADGES ? entry.status : 'unknown';
}

/** @type {Record<string, {badge: string, text: string}>} */
const BADGES = {
  offer: { badge: 'offer', text: '待确认' },
  late: { badge: 'ended', text: '已过期' },
  waiting: { badge: 'waiting', text: '候补中' },
  closed: { badge: 'ended', text: '候补已截止' },
  confirmed: { badge: 'booked', text: '已预约' },
  givenUp: { badge: 'ended', text: '已取消预约' },
  expired: { badge: 'ended', text: '已过期' },
  cancelled: { badge: 'ended', text: '已取消' },
  unknown: { badge: 'ended', text: '' },
};

/** What became of an entry that has ended, in a sentence. @type {Record<string, string>} */
const OUTCOMES = {
  late: '名额已被释放，已为下一位保留',
  closed: '候补已截止，没有等到名额',
  givenUp: '已取消这次预约',
  expired: '候补已截止，没有等到名额',
  cancelled: '已退出候补',
  unknown: '这个版本还看不懂这个状态，请更新小程序',
};

/** Where an entry stands, for the ear. */
function standing(entry, chance, latestText) {
  return [
    `第 ${entry.position} 位`,
    chance ? `${chance.word} ${chance.percent}` : '',
    `最晚 ${latestText} 通知`,
  ].filter(Boolean);
}

/**
 * @param {Entry} entry
 * @param {import('../types/api').Booking[]} bookings the account's bookings
 * @param {number} now the server's time
 */
async function entryView(entry, bookings, now) {
  const startsAt = times.parse(entry.starts_at);
  const phase = await rules.phase(startsAt, now);
  const booked = Boolean(liveBooking(entry, { profileId: entry.profile_id, bookings }));
  const kind = await kindOf(entry, phase, booked, now);
  const deadline = entry.response_deadline ? times.parse(entry.response_deadline) : null;
  const latest = times.parse(entry.expires_at);
  const when = times.whenText(startsAt, now);
  const child = account.childName(entry.profile_id);
  const about = [entry.course_name, when, child].filter(Boolean).join('，');
  const chance = kind === 'waiting' ? chanceText(entry.chance) : null;
  const latestText = times.untilText(latest, now);
  // A status that a newer service sends and this version does not know is shown as it is, in grey.
  const badgeText = kind === 'unknown' ? entry.status : BADGES[kind].text;
  return {
    id: entry.id,
    profileId: entry.profile_id,
    scheduleId: entry.course_schedule_id,
    date: entry.booking_date,
    makeupFor: entry.makeup_for,
    kind,
    badge: BADGES[kind].badge,
    badgeText,
    outcome: (kind === 'expired' && deadline !== null ? OUTCOMES.late : OUTCOMES[kind]) || '',
    course: entry.course_name,
    startsAt,
    when,
    child,
    deadline,
    deadlineText: deadline === null ? '' : times.untilText(deadline, now),
    rank: entry.position,
    chance,
    latestText,
    sortAt: kind === 'offer' ? deadline : startsAt,
    upcoming: phase !== 'started',
    /** Whether the class can still be waited for. */
    joinable: phase === 'open' && !booked,
    label: [badgeText, about, ...(kind === 'waiting' ? standing(entry, chance, latestText) : [])].join('，'),
    /** What a screen reader says after the name of a button. */
    about,
  };
}

/**
 * The steps of an entry so far, and the one that comes next, oldest first.
 * @param {Entry} entry
 * @param {string} kind
 * @param {number} now
 */
function timeline(entry, kind, now) {
  const at = (text) => times.whenText(times.parse(text), now);
  const steps = [{ key: 'joined', text: '加入候补', at: at(entry.join_time), state: 'done' }];
  if (entry.last_notified_at) {
    steps.push({ key: 'offered', text: '收到名额通知', at: at(entry.last_notified_at), state: 'done' });
  }
  const next = (text, when) => steps.push({ key: 'next', text, at: when ? at(when) : '', state: 'next' });
  const last = (text, when) => steps.push({ key: 'last', text, at: when ? at(when) : '', state: 'done' });
  if (kind === 'offer') next('请在此之前确认', entry.response_deadline);
  if (kind === 'waiting') next('最晚在此之前通知', entry.expires_at);
  if (kind === 'confirmed' || kind === 'givenUp') last('确认成功，已预约', entry.confirmed_at);
  if (kind === 'givenUp') steps.push({ key: 'givenUp', text: '已取消预约', at: '', state: 'done' });
  if (kind === 'late') last('没有及时确认，名额给了下一位', entry.response_deadline);
  if (kind === 'closed') last('候补截止，没有等到名额', entry.expires_at);
  if (kind === 'expired') {
    const missed = entry.response_deadline;
    last(missed ? '没有及时确认，名额给了下一位' : '候补截止，没有等到名额', missed || entry.expires_at);
  }
  if (kind === 'cancelled') last('已退出候补', null);
  return steps;
}

module.exports = { entryView, timeline, chanceText };
