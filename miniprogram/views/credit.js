// Credit in minutes, as the pages show it.
const rules = require('../services/rules');
const times = require('./times');

/**
 * @typedef {import('../types/api').Balance} Balance
 * @typedef {import('../types/api').CreditMovement} CreditMovement
 */

/** The statuses of grants that the rules know. A grant with a newer one cannot be spent by this version. */
const STATUSES = ['available', 'used', 'expired', 'revoked'];

/** The grants as the rules take them. @param {Balance} balance */
function grantsOf(balance) {
  return balance.grants
    .filter((grant) => STATUSES.includes(grant.status))
    .map((grant) => ({
      id: grant.id,
      remainingMinutes: grant.remaining_minutes,
      expiryTime: times.parse(grant.expiry_time),
      status: grant.status,
    }));
}

/**
 * One child's credit: the minutes, and the bar split by when they run out; null where the rules cannot be asked.
 * @param {Balance} balance
 * @param {number} now
 */
async function creditView(balance, now) {
  const live = await rules.creditBalance(grantsOf(balance), now);
  if (!live) return null;
  const minutes = live.available;
  const parts = live.grants.map((grant, index) => ({
    id: grant.id,
    minutes: grant.remainingMinutes,
    dueText: times.dueText(grant.expiryTime, now) + '到期',
    soon: grant.expiresSoon,
    // The part that expires first has the strongest colour.
    tone: grant.expiresSoon ? 'soon' : `later-${Math.min(index, 3)}`,
    width: (grant.remainingMinutes / minutes) * 100,
  }));
  return {
    profileId: balance.profile_id,
    minutes,
    text: `${minutes} 分钟`,
    dueText: parts.length ? parts[0].dueText : '',
    soon: parts.length > 0 && parts[0].soon,
    parts,
    totals: balance.totals,
  };
}

/**
 * How a class of `required` minutes would be paid for, by the rules.
 * @param {Balance} balance
 * @param {number} required
 * @param {number} now
 */
function planFor(balance, required, now) {
  return rules.planCompensation(grantsOf(balance), required, now);
}

/**
 * What a child's credit can be spent on, in a sentence.
 * @param {Balance} balance
 * @param {number} shortest minutes of the shortest class to come, or 0 where it is not known
 * @param {number} now
 */
async function spendingHint(balance, shortest, now) {
  const plan = shortest ? await planFor(balance, shortest, now) : null;
  if (!plan || plan.ok) return '预约时可以用补偿时长抵扣，先用快到期的。';
  return `满 ${shortest} 分钟可抵一节课，还差 ${shortest - plan.available} 分钟。`;
}

/** @type {Record<string, {word: string, sign: string, verb: string}>} */
const KINDS = {
  granted: { word: '补课存入', sign: '+', verb: '增加' },
  used: { word: '预约抵扣', sign: '−', verb: '减少' },
  restored: { word: '取消退回', sign: '+', verb: '增加' },
  expired: { word: '到期失效', sign: '−', verb: '减少' },
  revoked: { word: '补课取消，收回', sign: '−', verb: '减少' },
};

/** A kind that a newer service sends and this version does not know is shown as it is, without a sign. @param {string} kind */
const unknown = (kind) => ({ word: kind, sign: '', verb: '变动' });

/**
 * A movement as a line of a bank statement.
 * @param {CreditMovement} row
 * @param {{index: number, now: number}} around
 */
function movementView(row, { index, now }) {
  const at = times.parse(row.at);
  const { word, sign, verb } = KINDS[row.kind] || unknown(row.kind);
  return {
    key: `${row.at}/${row.compensation_id}/${row.kind}/${index}`,
    month: times.monthText(at),
    word,
    at: times.whenText(at, now),
    amount: `${sign}${row.minutes}`,
    plus: sign === '+',
    rest: `本笔剩余 ${row.remaining_minutes} 分钟`,
    label: `${times.whenText(at, now)}，${word}，${verb} ${row.minutes} 分钟，本笔剩余 ${row.remaining_minutes} 分钟`,
  };
}

/**
 * Movements under their months, newest first.
 * @param {CreditMovement[]} rows
 * @param {number} now
 */
function statement(rows, now) {
  /** @type {{month: string, rows: any[]}[]} */
  const months = [];
  rows.forEach((row, index) => {
    const view = movementView(row, { index, now });
    const last = months[months.length - 1];
    if (last && last.month === view.month) last.rows.push(view);
    else months.push({ month: view.month, rows: [view] });
  });
  return months;
}

module.exports = { creditView, planFor, spendingHint, statement };
