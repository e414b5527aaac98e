// Times in words, in the gym's time zone. The phone's own zone is never used: dates are read by the UTC getters of an
// instant that is shifted by the gym's offset.
const { gymOffsetMinutes } = require('../config');

const MINUTE = 60000;
const DAY = 86400000;
const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六'];

/** The days that have names, by how far they are away. @type {Record<string, string>} */
const NEAR = { '-1': '昨天', 0: '今天', 1: '明天' };

/** @param {string} text an instant in RFC 3339 @returns {number} epoch milliseconds */
function parse(text) {
  return Date.parse(text);
}

/** @param {number} at */
function local(at) {
  return new Date(at + gymOffsetMinutes * MINUTE);
}

/** @param {number} number */
function two(number) {
  return number < 10 ? '0' + number : String(number);
}

/** The day number in the gym's zone. @param {number} at */
function dayNumber(at) {
  return Math.floor((at + gymOffsetMinutes * MINUTE) / DAY);
}

/** Whether two instants fall on one day in the gym. @param {number} a @param {number} b */
function sameDay(a, b) {
  return dayNumber(a) === dayNumber(b);
}

/** `2026-03-04`, the gym's date at an instant. @param {number} at */
function dateOf(at) {
  const day = local(at);
  return `${day.getUTCFullYear()}-${two(day.getUTCMonth() + 1)}-${two(day.getUTCDate())}`;
}

/** `18:00`. @param {number} at */
function clockText(at) {
  const day = local(at);
  return `${two(day.getUTCHours())}:${two(day.getUTCMinutes())}`;
}

/** `今天`, `明天`, `昨天`, else `周三 3月4日`. @param {number} at @param {number} now */
function dayText(at, now) {
  const near = NEAR[dayNumber(at) - dayNumber(now)];
  if (near) return near;
  const day = local(at);
  return `${WEEKDAYS[day.getUTCDay()]} ${day.getUTCMonth() + 1}月${day.getUTCDate()}日`;
}

/** `今天 18:00`, `周三 3月4日 18:00`. @param {number} at @param {number} now */
function whenText(at, now) {
  return `${dayText(at, now)} ${clockText(at)}`;
}

/** `2026年3月4日`, for what may be long ago. @param {number} at */
function dayOf(at) {
  const day = local(at);
  return `${day.getUTCFullYear()}年${day.getUTCMonth() + 1}月${day.getUTCDate()}日`;
}

/** `3月4日 周三 18:00`, for what is read on another day. @param {number} at */
function dateText(at) {
  const day = local(at);
  return `${day.getUTCMonth() + 1}月${day.getUTCDate()}日 ${WEEKDAYS[day.getUTCDay()]} ${clockText(at)}`;
}

/**
 * A text that was written for any day, as it is read now: `3月4日 周三 18:00` becomes 今天 18:00 where it is today.
 * @param {string} text
 * @param {number} saidAt when it was written: it tells the year
 * @param {number} now
 */
function nearDays(text, saidAt, now) {
  const year = local(saidAt).getUTCFullYear();
  return text.replace(/ ?(\d{1,2})月(\d{1,2})日 周[一二三四五六日] (\d{2}:\d{2})/g, (words, month, day, clock) => {
    const dates = [year - 1, year, year + 1].map((of) => Date.UTC(of, month - 1, day) - gymOffsetMinutes * MINUTE);
    const nearest = dates.reduce((best, one) => (Math.abs(one - saidAt) < Math.abs(best - saidAt) ? one : best));
    const name = NEAR[dayNumber(nearest) - dayNumber(now)];
    return name ? `${name} ${clock}` : words;
  });
}

/** `11:30` today, else with its day: for deadlines. @param {number} at @param {number} now */
function untilText(at, now) {
  return sameDay(at, now) ? clockText(at) : whenText(at, now);
}

/** The day something runs out: `今天 18:00`, `明天`, `后天`, `3月15日`. @param {number} at @param {number} now */
function dueText(at, now) {
  const away = dayNumber(at) - dayNumber(now);
  if (away === 0) return `今天 ${clockText(at)}`;
  if (away === 1) return '明天';
  if (away === 2) return '后天';
  const day = local(at);
  return `${day.getUTCMonth() + 1}月${day.getUTCDate()}日`;
}

/** Joins words and a time, with a space where the time begins with a digit. @param {string} words @param {string} time */
function beside(words, time) {
  return words + (/^\d/.test(time) ? ' ' : '') + time;
}

/** `2026年3月`. @param {number} at */
function monthText(at) {
  const day = local(at);
  return `${day.getUTCFullYear()}年${day.getUTCMonth() + 1}月`;
}

/**
 * A strip of days.
 * @param {number} from an instant of the first day
 * @param {number} count
 * @param {number} [now] left out: the strip starts today
 */
function days(from, count, now = from) {
  /** @type {Record<number, string>} */
  const names = { 0: '今天', 1: '明天' };
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * DAY;
    const day = local(at);
    return {
      date: dateOf(at),
      name: names[dayNumber(at) - dayNumber(now)] || WEEKDAYS[day.getUTCDay()],
      day: day.getUTCDate() === 1 ? `${day.getUTCMonth() + 1}/1` : String(day.getUTCDate()),
      label: dayText(at, now),
    };
  });
}

/** How many days of the calendar two instants touch. @param {number} from @param {number} to */
function dayCount(from, to) {
  return Math.max(0, dayNumber(to) - dayNumber(from) + 1);
}

/** How old data is: `刚刚`, `12 分钟前`, `3 小时前`, `2 天前`. @param {number} milliseconds */
function ageText(milliseconds) {
  const minutes = Math.floor(milliseconds / MINUTE);
  if (minutes < 1) return '刚刚';
  if (minutes < 60) return `${minutes} 分钟前`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} 小时前` : `${Math.floor(hours / 24)} 天前`;
}

/** `45 分钟`, `1 小时`, `6 小时 30 分`. @param {number} minutes */
function spanText(minutes) {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `${rest} 分钟`;
  return rest === 0 ? `${hours} 小时` : `${hours} 小时 ${rest} 分`;
}

/** The length of a countdown, in whole minutes. @param {{days: number, hours: number, minutes: number}} left */
function countText({ days: whole, hours, minutes }) {
  return spanText((whole * 24 + hours) * 60 + minutes);
}

module.exports = {
  MINUTE,
  DAY,
  parse,
  sameDay,
  dateOf,
  clockText,
  dayText,
  whenText,
  dayOf,
  dateText,
  nearDays,
  untilText,
  dueText,
  beside,
  monthText,
  days,
  dayCount,
  ageText,
  spanText,
  countText,
};
