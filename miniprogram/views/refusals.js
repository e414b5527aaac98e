// A Chinese sentence for every refusal and fault: what it means for the parent and what to do next.
// `next` names the way on: a tab to open, or something that the page itself can do.
const times = require('./times');

/**
 * @typedef {'bookings' | 'classes' | 'waitlist' | 'addChild' | 'book' | 'join' | 'rejoin' | 'retry' | 'update'} Next
 * @typedef {{text: string, next?: Next}} Message
 */

/** @type {Record<Next, string>} at most four characters: WeChat's dialogs take no more */
const NEXT_LABEL = {
  bookings: '查看预约',
  classes: '看看课程',
  waitlist: '查看候补',
  addChild: '添加孩子',
  book: '直接预约',
  join: '加入候补',
  rejoin: '重新候补',
  retry: '重试',
  update: '更新',
};

/**
 * The type check fails when a code of the contract has no sentence.
 * @type {Record<import('../wasm/index').Code | 'client_too_old' | 'offline' | 'unanswered' | 'timeout' | 'no_profile' | 'no_guardian' | 'answered' | 'offer_ended' | 'offer_ended_free', Message>}
 */
const MESSAGES = {
  // No answer
  offline: { text: '没有网络，操作没有发送。连上网络后再点一次。', next: 'retry' },
  unanswered: { text: '网络断了，还不知道有没有成功。请再点一次，不会重复提交。', next: 'retry' },
  timeout: { text: '网络太慢，没有收到回应。请再点一次，不会重复提交。', next: 'retry' },

  // The service
  invalid_request: { text: '这次提交的内容不完整。请刷新页面后再试。' },
  unauthenticated: { text: '登录已失效。请关闭小程序后重新打开。' },
  forbidden: { text: '这个操作只有老师可以做。请联系前台。' },
  not_found: { text: '没有找到这条记录，它可能已被取消。' },
  conflict: { text: '状态刚刚变了，这个操作现在做不了。' },
  method_not_allowed: { text: '当前版本不支持这个操作。请更新小程序。' },
  request_timeout: { text: '网络太慢，请求没有送达，请再试一次。' },
  rate_limited: { text: '点得有点快，请过一会儿再试。' },
  client_too_old: { text: '这个版本已停用。更新小程序后就能继续用。', next: 'update' },
  payload_too_large: { text: '提交的内容太多了，请减少后再试。' },
  unavailable: { text: '服务正在恢复，还没有收到结果。请过一会儿再试，不会重复提交。', next: 'retry' },
  internal: { text: '服务出了点问题，已经记录。请过一会儿再试，或联系前台。' },
  last_owner: { text: '场馆至少要有一位馆主。请先设一位新的馆主。' },
  authorization_pending: { text: '这次登录还在等手机确认。' },
  slow_down: { text: '问得太勤了，请稍等。' },
  access_denied: { text: '这次登录被拒绝了。' },
  expired_token: { text: '验证码已过期，请重新打开登录页。' },
  idempotency_key_reused: { text: '上一次操作已经处理过了。' },
  idempotency_in_progress: { text: '上一次操作还在处理，请过几秒再看。' },

  // Classes and bookings
  class_cancelled: { text: '这节课已停课，换一节课看看。', next: 'classes' },
  class_started: { text: '这节课已经开始了，换一节课看看。', next: 'classes' },
  already_booked: { text: '这节课已经预约好了，不用再约。', next: 'bookings' },
  time_conflict: { text: '这个时间已有别的课。先取消那一节，再试一次。', next: 'bookings' },
  too_many_guardians: { text: '这个孩子已经有六位家长了。请其中一位先退出。' },
  last_guardian: { text: '孩子至少要有一位家长，最后一位不能退出。' },
  too_many_bookings: { text: '已经约了很多课，到上限了。上完或取消一节，就能再约。', next: 'bookings' },
  too_far_ahead: { text: '这节课还没开放预约。请过些天再来看看。', next: 'classes' },
  session_full: { text: '名额刚刚约满了，可以加入候补。', next: 'join' },
  insufficient_compensation: { text: '补偿时长不够这节课。可以不用补偿时长，直接预约。', next: 'book' },
  leave_too_late: { text: '离开课太近，已不能请假。仍可以取消预约。' },

  // The waitlist
  waitlist_closed: { text: '候补已截止：最晚通知时间过了，不再接受候补。换一节课看看。', next: 'classes' },
  already_waiting: { text: '已经在候补这节课了，有名额会通知你。', next: 'waitlist' },
  spot_available: { text: '现在就有空位，不用候补，直接预约吧。', next: 'book' },
  queue_full: { text: '候补名单已满，换一节课看看。', next: 'classes' },
  too_many_waitlists: { text: '候补的课已到上限。先退出一个，再加入这一节。', next: 'waitlist' },
  answered: { text: '这个名额刚刚已经答复过了，可能是家人点的。以现在显示的为准。' },
  offer_ended: { text: '名额已过期。要继续候补吗？', next: 'rejoin' },
  offer_ended_free: { text: '名额已过期，不过现在还有空位。要直接预约吗？', next: 'book' },
  response_deadline_passed: { text: '名额已被释放，已为下一位保留。要继续候补吗？', next: 'rejoin' },
  inside_hard_stop: { text: '离开课太近，不再发名额通知。' },
  past_last_notification: { text: '最晚通知时间已过，不再发名额通知。' },
  notified_recently: { text: '刚刚通知过，请过一会儿再通知。' },
  not_waiting: { text: '这位学员已不在候补中。请刷新名单。' },
  no_free_seat: { text: '现在没有空位可以通知。' },

  no_guardian: { text: '这个孩子已经不在你的账号里了。' },
  no_profile: { text: '还没有添加孩子。用前台给的添加码添加后，就能预约。', next: 'addChild' },

  // Makeup classes and credit
  not_missed: { text: '这节课没有请假，也没有停课，不需要补课。', next: 'bookings' },
  already_made_up: { text: '这节课已经安排过补课了。', next: 'bookings' },
  makeup_expired: { text: '补课期限已过，这节课补不了了。有疑问请联系前台。' },
  makeup_before_original: { text: '补课要选在原课之后。请换一节。' },
  makeup_too_late: { text: '离这节课开始太近，来不及补课。请换一节。' },
  course_mismatch: { text: '这节课和原课不是同一类。请选同类的课。' },
  compensation_already_used: {
    text: '这次补课得到的补偿时长已用掉一部分。先取消用它的预约，再来取消补课。',
    next: 'bookings',
  },
  invalid_duration: { text: '课时长度不对。请联系前台。' },
  invalid_policy: { text: '课程规则设置有误。请联系前台。' },
};

/** The sentence for a code that this version does not know: the code itself tells the front desk what it was. @param {string} [code] */
const unknown = (code) => ({ text: `这个操作没有成功${code ? `（${code}）` : ''}。请刷新后再试，或联系前台。` });

/**
 * The sentence of a refusal for lack of credit: none at all, or too little, with both numbers.
 * @param {{fields?: Record<string, any>}} error
 * @param {string} plain the sentence where the numbers are not known
 */
function creditText({ fields }, plain) {
  if (!fields || fields.required === undefined) return plain;
  if (fields.available === 0) return '没有可用的补偿时长。可以直接预约。';
  return `补偿时长不够：要用 ${fields.required} 分钟，可用 ${fields.available} 分钟。可以不用补偿时长，直接预约。`;
}

/**
 * The sentence of a class that cannot be booked yet, with the time from when it can.
 * @param {{fields?: Record<string, any>}} error
 * @param {string} plain the sentence where the time is not known
 */
function openingText({ fields }, plain) {
  if (!fields || !fields.bookable_from) return plain;
  return `这节课还没开放预约，${times.dateText(times.parse(fields.bookable_from))} 起可以约。`;
}

/**
 * The sentence of too many requests, with the time to wait where it is long.
 * @param {{retryAfter?: number}} error
 * @param {string} plain the sentence of a short wait
 */
function waitText({ retryAfter = 0 }, plain) {
  return retryAfter > 60 ? `试的次数太多了，请 ${times.spanText(Math.ceil(retryAfter / 60))}后再试。` : plain;
}

/** @typedef {{code?: string, requestId?: string, retryAfter?: number, fields?: Record<string, any>}} Refusal an ApiError, or a refusal of the rules */

/** @type {Record<string, (error: Refusal, plain: string) => string>} */
const IN_WORDS = { insufficient_compensation: creditText, too_far_ahead: openingText, rate_limited: waitText };

/**
 * @param {Refusal} error
 * @returns {{text: string, next: Next | null, label: string}}
 */
function explain(error) {
  /** @type {Message} */
  const message = /** @type {Record<string, Message>} */ (MESSAGES)[error.code || ''] || unknown(error.code);
  const next = message.next || null;
  // The request id lets the front desk find the fault.
  const trace = error.code === 'internal' && error.requestId ? `（编号 ${error.requestId}）` : '';
  const inWords = IN_WORDS[error.code || ''];
  const text = inWords ? inWords(error, message.text) : message.text;
  return { text: text + trace, next, label: next ? NEXT_LABEL[next] : '' };
}

/** Whether there was no answer at all: the network is to blame, not the service. @param {{code?: string}} error */
function isUnreachable(error) {
  return ['offline', 'unanswered', 'timeout'].includes(error.code || '');
}

module.exports = { MESSAGES, explain, isUnreachable };
