// Credit in minutes, as the pages show it.
const rules = require('../services/rules');
const times = require('./times');

/**
 * @typedef {import('../types/api').Balance} Balance
 * @typedef {import('../types/api').CreditMovement} CreditMovement
 */

/**
 * The grants that can still be spent, the soonest to run out first.
 * @param {Balance} balance
 * @param {number} now
 */
function liveGrants(balance, now) {
  return balance.grants
    .filter((grant) => grant.status === 'available' && grant.remaining_minutes > 0)
    .map((grant) => ({ ...grant, expiresAt: times.parse(grant.expiry_time) }))
    .filter((grant) => grant.expiresAt > now)
    .sort((a, b) => a.expiresAt - b.expiresAt || a.id - b.id);
}

/**
 * One child's credit: the minutes, and the bar split by when they run out.
 * @param {Balance} balance
 * @param {number} now
 */
async function creditView(balance, now) {
  const { expiringSoonDays } = await rules.policy();
  const grants = liveGrants(balance, now);
  const minutes = grants.reduce((sum, grant) => sum + grant.remaining_minutes, 0);
  const parts = grants.map((grant, index) => {
    const soon = grant.expiresAt - now <= (expiringSoonDays || 0) * times.DAY;
    return {
      id: grant.id,
      minutes: grant.remaining_minutes,
      of: grant.compensation_minutes,
      dueText: times.dueText(grant.expiresAt, now) + '到期',
      soon,
      // The soonest is the fullest colour.
      tone: soon ? 'soon' : `later-${Math.min(index, 3)}`,
      width: (grant.remaining_minutes / minutes) * 100,
    };
  });
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
  const grants = balance.grants.map((grant) => ({
    id: grant.id,
    remainingMinutes: grant.remaining_minutes,
    expiryTime: times.parse(grant.expiry_time),
    status: grant.status,
  }));
  return rules.planCompensation(grants, required, now);
}

/** @type {Record<string, {word: string, sign: string, verb: string}>} */
const KINDS = {
  granted: { word: '补课补偿', sign: '+', verb: '增加' },
  used: { word: '预约抵扣', sign: '−', verb: '减少' },
  restored: { word: '取消退回', sign: '+', verb: '增加' },
  expired: { word: '到期失效', sign: '−', verb: '减少' },
  revoked: { word: '补课取消，收回', sign: '−', verb: '减少' },
};

/** A kind that a newer service sends and this version does not know is shown as it is, without a sign. */
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
    rest: `这笔余 ${row.remaining_minutes} 分钟`,
    label: `${times.whenText(at, now)}，${word}，${verb} ${row.minutes} 分钟，这笔余 ${row.remaining_minutes} 分钟`,
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

module.exports = { creditView, planFor, statement };
