// A waitlist entry as the pages show it.
const account = require('../transport/account');
const rules = require('../services/rules');
const { checkBook, liveBooking, mayAnswer } = require('./session');
const times = require('./times');

/**
 * @typedef {import('../types/api').Entry} Entry
 * @typedef {import('../types/api').Session} Session
 */

/**
 * A chance in words, with the number beside them.
 * @param {number | null | undefined} chance 0..=1
 * @returns {{text: string, width: number} | null} the words, and how much of the bar is filled in percent
 */
function chanceText(chance) {
  if (chance === null || chance === undefined) return null;
  const width = Math.round(chance * 100);
  let word = '机会较小';
  if (width >= 70) word = '机会较大';
  else if (width >= 40) word = '机会中等';
  let percent = `约 ${Math.round(width / 5) * 5}%`;
  if (width < 5) [word, percent] = ['机会很小', '不到 5%'];
  if (width > 95) [word, percent] = ['机会很大', '95% 以上'];
  return { text: `${word}（${percent}）`, width };
}

/**
 * The chance of a seat in words; null where the service says that it rests on the prior alone.
 * @param {{chance?: number | null, chance_known?: boolean}} row
 */
function chanceOf(row) {
  return row.chance_known === false ? null : chanceText(row.chance);
}

/** How long a child has waited, by days of the calendar. @param {number} since @param {number} now */
function waitedText(since, now) {
  const days = times.dayCount(since, now) - 1;
  return days > 0 ? `已等待 ${days} 天` : '今天加入';
}

/**
 * The state of an entry at this moment. The service's status is from when it was asked; the rules say whether time has
 * ended it since; the bookings say whether a confirmed seat was given up.
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
  // An offer missed today stays among the open entries while its class can still be waited for.
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
  late: '名额已过期',
  closed: '候补已截止，没有等到名额',
  givenUp: '已取消这次预约',
  expired: '候补已截止，没有等到名额',
  cancelled: '已退出候补',
  unknown: '这个版本还看不懂这个状态，请更新小程序',
};

/** Where an entry stands, for the ear. @param {Entry} entry @param {{text: string} | null} chance @param {string} latestText */
function standing(entry, chance, latestText) {
  return [`第 ${entry.position} 位`, chance ? chance.text : '', `${latestText} 截止`].filter(Boolean);
}

/**
 * What became of a seat whose offer ran out: the code of the refusal that says so.
 * @param {Session | null} session the class as it is now, or null where it is not known
 * @param {{ok: boolean, code?: string} | null} book whether the child may book it directly, by the rules
 * @returns {'offer_ended' | 'offer_ended_free' | 'response_deadline_passed'}
 */
function endedCode(session, book) {
  if (!session || !book) return 'offer_ended';
  if (book.ok) return 'offer_ended_free';
  const next = Boolean(session.held || session.waiting);
  return next && book.code === 'session_full' ? 'response_deadline_passed' : 'offer_ended';
}

/** What is said of an entry whose offer ran out. */
const LATE = {
  offer_ended: '名额已过期',
  offer_ended_free: '名额已过期，现在还有空位',
  response_deadline_passed: '名额已被释放，已为下一位保留',
};

/**
 * What became of an entry, and the way on: `book` the seat that is free, `rejoin` the waitlist, or ''.
 * @param {string} kind
 * @param {{missed: boolean, joinable: boolean, upcoming: boolean, session: Session | null, book: {ok: boolean, code?: string} | null}} facts
 * @returns {{outcome: string, way: '' | 'book' | 'rejoin', question: string}}
 */
function endOf(kind, { missed, joinable, upcoming, session, book }) {
  const code = missed ? endedCode(session, book) : null;
  const outcome = code ? LATE[code] : OUTCOMES[kind] || '';
  const live = ['offer', 'waiting', 'confirmed', 'unknown'].includes(kind);
  if (live || !upcoming) return { outcome, way: '', question: '' };
  if (book && book.ok) return { outcome, way: 'book', question: '要直接预约吗？' };
  return joinable ? { outcome, way: 'rejoin', question: '要继续候补吗？' } : { outcome, way: '', question: '' };
}

/**
 * The phase of an entry's class; where its version of the policy is not known, only whether the class has started.
 * @param {Entry} entry
 * @param {number} startsAt
 * @param {number} now
 */
async function phaseOf(entry, startsAt, now) {
  const phase = await rules.phase(startsAt, now, entry);
  if (phase) return phase;
  return (await rules.phase(startsAt, now)) === 'started' ? 'started' : null;
}

/** How long an offer was open when it was made: `（30 分钟）`, or '' where it is not known. @param {Entry} entry */
async function windowText({ last_notified_at: sentAt, response_deadline: deadline }) {
  const window = sentAt && deadline ? await rules.countdown(times.parse(sentAt), times.parse(deadline)) : null;
  return window ? `（${times.countText(window)}）` : '';
}

/**
 * @param {Entry} entry
 * @param {import('../types/api').Booking[]} bookings the account's bookings
 * @param {number} now the service's time
 * @param {Session | null} [session] the class as it is now, where the page knows it
 */
async function entryView(entry, bookings, now, session = null) {
  const startsAt = times.parse(entry.starts_at);
  const phase = await phaseOf(entry, startsAt, now);
  const booked = Boolean(liveBooking(entry, { profileId: entry.profile_id, bookings }));
  const kind = await kindOf(entry, phase, booked, now);
  const deadline = entry.response_deadline ? times.parse(entry.response_deadline) : null;
  const latest = times.parse(entry.expires_at);
  const when = times.whenText(startsAt, now);
  const child = account.childName(entry.profile_id);
  const about = [entry.course_name, when, child].filter(Boolean).join('，');
  const chance = kind === 'waiting' ? chanceOf(entry) : null;
  const latestText = times.untilText(latest, now);
  // A status that a newer service sends and this version does not know is shown as it is, in grey.
  const badgeText = kind === 'unknown' ? entry.status : BADGES[kind].text;
  const upcoming = phase !== 'started' && !booked;
  const joinable = phase === 'open' && !booked;
  const missed = kind === 'late' || (kind === 'expired' && deadline !== null);
  const own = { profileId: entry.profile_id, entries: [entry], bookings, now };
  const book = session ? await checkBook(session, own) : null;
  return {
    id: entry.id,
    profileId: entry.profile_id,
    scheduleId: entry.course_schedule_id,
    date: entry.booking_date,
    makeupFor: entry.makeup_for,
    kind,
    badge: BADGES[kind].badge,
    badgeText,
    ...endOf(kind, { missed, joinable, upcoming, session, book }),
    course: entry.course_name,
    startsAt,
    when,
    child,
    deadline,
    deadlineText: deadline === null ? '' : times.untilText(deadline, now),
    windowText: kind === 'offer' ? await windowText(entry) : '',
    rank: entry.position,
    chance,
    latestAt: latest,
    latestText,
    waitedText: waitedText(times.parse(entry.join_time), now),
    sortAt: kind === 'offer' && deadline !== null ? deadline : startsAt,
    upcoming: phase !== 'started',
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
  /** @param {string} text */
  const at = (text) => times.whenText(times.parse(text), now);
  const steps = [{ key: 'joined', text: '加入候补', at: at(entry.join_time), state: 'done' }];
  if (entry.last_notified_at) {
    steps.push({ key: 'offered', text: '收到名额通知', at: at(entry.last_notified_at), state: 'done' });
  }
  /** @param {'next' | 'last'} key @param {string} text @param {string | null | undefined} when */
  const step = (key, text, when) =>
    steps.push({ key, text, at: when ? at(when) : '', state: key === 'next' ? 'next' : 'done' });
  if (kind === 'offer') step('next', '请在此之前确认', entry.response_deadline);
  if (kind === 'waiting') step('next', '候补截止', entry.expires_at);
  if (kind === 'confirmed' || kind === 'givenUp') step('last', '确认成功，已预约', entry.confirmed_at);
  if (kind === 'givenUp') steps.push({ key: 'givenUp', text: '已取消预约', at: '', state: 'done' });
  if (kind === 'late') step('last', '没有及时确认，名额已让出', entry.response_deadline);
  if (kind === 'closed') step('last', '候补截止，没有等到名额', entry.expires_at);
  if (kind === 'expired') {
    const missed = entry.response_deadline;
    step('last', missed ? '没有及时确认，名额已让出' : '候补截止，没有等到名额', missed || entry.expires_at);
  }
  if (kind === 'cancelled') step('last', '已退出候补', null);
  return steps;
}

/** How many people of the queue are drawn. */
const DRAWN = 12;

/**
 * Where a waiting entry stands.
 * @param {Entry} entry
 * @param {import('../types/api').Position | null} position the live standing, or null where it is not known
 */
function standingView(entry, position) {
  const rank = (position ? position.position : entry.position) || 1;
  const ahead = rank - 1;
  const total = position ? position.waiting_total : 0;
  const chance = chanceOf(position || entry);
  const wait = chance && position && position.estimated_wait_minutes;
  const people = Array.from({ length: Math.min(total, DRAWN) }, (_, place) => {
    let who = 'behind';
    if (place < ahead) who = 'before';
    else if (place === ahead) who = 'self';
    return { place, who };
  });
  return {
    rank,
    ahead,
    behind: Math.max(0, total - rank),
    chance,
    wait: wait ? `约 ${times.spanText(wait)}` : '',
    // The queue is not drawn for an entry that lies beyond its end.
    people: ahead < DRAWN ? people : [],
    beyond: total - people.length,
    asOf: position ? times.clockText(times.parse(position.as_of)) : '',
  };
}

/**
 * Whether an entry has an offer of today, which may run out or has run out.
 * @param {Entry} entry
 * @param {number} now
 */
function offeredToday(entry, now) {
  if (!['notified', 'expired'].includes(entry.status) || !entry.response_deadline) return false;
  return times.sameDay(times.parse(entry.response_deadline), now);
}

/** @typedef {Awaited<ReturnType<typeof entryView>>} EntryView */

module.exports = { entryView, standingView, offeredToday, timeline, chanceText, endedCode };
