// HTTP requests to the service. Only services/ call this module.
//
// - Sends the bearer token. After a 401 it logs in again, once, without asking the parent.
// - Every write carries an Idempotency-Key. The key is kept until the service has given a definite answer, so a write
//   that is repeated (a lost answer, an impatient second tap) is the same write.
// - The first attempt with a key also carries `Idempotency-First: 1`, which lets the edge refuse it by the rules
//   without asking the backend. A repeat never carries it: only the backend knows what became of the first attempt.
// - An answer that is not 2xx becomes an ApiError made from the problem document.
const config = require('../config');
const account = require('./account');
const attempts = require('./attempts');
const slots = require('./slots');
const version = require('../version');

/** An answer that refuses, or none at all. `code` is what messages.js has a sentence for. */
class ApiError extends Error {
  /**
   * @param {string} code
   * @param {number} status 0 where there was no answer
   * @param {{detail?: string, requestId?: string, retryAfter?: number, fields?: Record<string, any>}} [more]
   */
  constructor(code, status, more = {}) {
    super(more.detail || code);
    this.code = code;
    this.status = status;
    this.detail = more.detail || '';
    this.requestId = more.requestId || '';
    /** Seconds after which the service wants to be asked again, or 0 where it did not say. */
    this.retryAfter = more.retryAfter || 0;
    /** The rule's own fields, e.g. `deadline`, `required`, `available`. */
    this.fields = more.fields || {};
  }
}

/** @type {() => Promise<unknown>} */
let logIn = () => Promise.reject(new ApiError('unauthenticated', 401));
/** @param {() => Promise<unknown>} fn how to log in again; set by transport/login */
function onUnauthenticated(fn) {
  logIn = fn;
}

/** @type {() => void} */
let tellTooOld = () => {};
/** @param {() => void} fn called when the service no longer serves this version; set by page/update */
function onTooOld(fn) {
  tellTooOld = fn;
}

/** @type {Map<string, Promise<any>>} writes under way */
const underWay = new Map();

/**
 * @typedef {'GET' | 'POST' | 'PUT' | 'DELETE'} Method
 * @typedef {{status: number, data: any, header: Record<string, string>}} Exchanged
 */

/**
 * One exchange. Resolves with any answer; rejects only where there was none.
 * @param {Method} method
 * @param {string} path
 * @param {any} body
 * @param {Record<string, string>} header
 * @returns {Promise<Exchanged>}
 */
async function exchange(method, path, body, header) {
  const turn = slots.take();
  if (turn) await turn;
  return transmit(method, path, body, header).finally(slots.release);
}

/**
 * @param {Method} method
 * @param {string} path
 * @param {any} body
 * @param {Record<string, string>} header
 * @returns {Promise<Exchanged>}
 */
function transmit(method, path, body, header) {
  return new Promise((resolve, reject) => {
    wx.request({
      url: config.apiBase + path,
      method,
      data: body,
      header,
      timeout: config.requestTimeout,
      success: (result) => {
        /** @type {Record<string, string>} */
        const names = {};
        Object.keys(result.header || {}).forEach((name) => {
          names[name.toLowerCase()] = String(result.header[name]);
        });
        resolve({ status: result.statusCode, data: result.data, header: names });
      },
      fail: (failure) => {
        const timedOut = /timeout|timed out/i.test(failure.errMsg || '');
        reject(new ApiError(timedOut ? 'timeout' : 'offline', 0, { detail: failure.errMsg }));
      },
    });
  });
}

/** @param {Exchanged} answer @returns {ApiError} */
function problem(answer) {
  const body = answer.data && typeof answer.data === 'object' ? answer.data : {};
  const { type, title, status, detail, code, request_id: id, ...fields } = body;
  const fallback = answer.status >= 500 ? 'unavailable' : 'invalid_request';
  return new ApiError(code || fallback, answer.status, {
    detail,
    requestId: id || answer.header['x-request-id'],
    retryAfter: Number(answer.header['retry-after']) || 0,
    fields,
  });
}

/**
 * @param {Method} method
 * @param {string} path under /api/v1, with its query
 * @param {any} [body]
 * @param {{auth?: boolean, attempt?: import('./attempts').Attempt}} [options]
 */
async function call(method, path, body, options = {}) {
  const withToken = options.auth !== false;
  let token = '';
  const send = () => {
    token = account.token();
    /** @type {Record<string, string>} */
    const header = { accept: 'application/json', 'x-client': `mini/${version}`, 'x-request-id': attempts.randomId() };
    if (body !== undefined) header['content-type'] = 'application/json';
    if (options.attempt) {
      header['idempotency-key'] = options.attempt.key;
      if (!options.attempt.sent) header['idempotency-first'] = '1';
      // Noted before sending: whatever goes wrong from here on, the request may have arrived.
      options.attempt.sent = true;
    }
    if (withToken && token) header.authorization = 'Bearer ' + token;
    return exchange(method, path, body, header);
  };
  let answer = await send();
  if (answer.status === 401 && withToken) {
    // Of several requests refused together the first logs in; a token newer than the one refused is not thrown away.
    if (account.token() === token) account.dropToken();
    if (!account.token()) await logIn();
    answer = await send();
  }
  if (answer.status < 200 || answer.status > 299) {
    const refusal = problem(answer);
    if (refusal.code === 'client_too_old') tellTooOld();
    throw refusal;
  }
  // Every answer of the service is an object. Anything else was made on the way, by a Wi-Fi login page for example.
  if (!answer.data || typeof answer.data !== 'object') throw new ApiError('unavailable', 502);
  return answer;
}

/**
 * Reads. Resolves to the body and, where the edge answered from its store because the origin is
 * away, the age of that body in seconds.
 * @param {string} path
 * @param {{auth?: boolean}} [options]
 * @returns {Promise<{data: any, staleSeconds: number | null}>}
 */
async function read(path, options) {
  const answer = await call('GET', path, undefined, options);
  const stale = answer.header['x-served-stale'] === '1';
  return { data: answer.data, staleSeconds: stale ? Number(answer.header.age) || 0 : null };
}

/**
 * @template Row
 * @typedef {{items: Row[], more: boolean, staleSeconds: number | null}} List
 *   `more`: whether there are more rows; `staleSeconds` as `read` says it
 */

/**
 * Reads every page of a list, or only until `enough` says that no more are needed.
 * @param {string} path
 * @param {Record<string, string | number | undefined>} query
 * @param {(items: any[]) => boolean} [enough] told all rows so far
 * @returns {Promise<List<any>>}
 */
async function readAll(path, query, enough = () => false) {
  /** @type {any[]} */
  const items = [];
  /** @type {number | null} */
  let staleSeconds = null;
  let cursor;
  do {
    const answer = await read(path + queryString({ ...query, limit: 100, cursor }));
    items.push(...answer.data.items);
    if (answer.staleSeconds !== null) staleSeconds = Math.max(staleSeconds || 0, answer.staleSeconds);
    cursor = answer.data.next_cursor;
  } while (cursor && !enough(items));
  return { items, more: Boolean(cursor), staleSeconds };
}

/** @param {Record<string, string | number | undefined | null>} query */
function queryString(query) {
  const parts = Object.keys(query)
    .filter((name) => query[name] !== undefined && query[name] !== null)
    .map((name) => name + '=' + encodeURIComponent(String(query[name])));
  return parts.length ? '?' + parts.join('&') : '';
}

/** Whether the service has decided, so that the next write of this kind is a new one. @param {unknown} error */
function isDefinite(error) {
  if (!(error instanceof ApiError)) return true;
  if (error.code === 'idempotency_in_progress') return false;
  return error.status >= 400 && error.status < 500 && ![401, 429].includes(error.status);
}

/**
 * Writes. A write that is already under way is not sent again: both callers get its answer. A write whose answer was
 * lost is repeated once with the same key, so that it ends in what the service did.
 * @param {'POST' | 'PUT' | 'DELETE'} method
 * @param {string} path
 * @param {any} [body]
 * @param {{keepsOthers?: boolean}} [options] `keepsOthers`: success says nothing about writes whose answer was lost
 * @returns {Promise<any>} the body of the answer
 */
function write(method, path, body, { keepsOthers = false } = {}) {
  const name = method + ' ' + path + ' ' + JSON.stringify(body === undefined ? null : body);
  const running = underWay.get(name);
  if (running) return running;
  const attempt = attempts.attemptOf(name);
  const send = () => call(method, path, body, { attempt });
  const answer = send()
    .catch((error) => {
      if (error.code === 'timeout' || error.code === 'offline') return send();
      throw error;
    })
    .then(
      (result) => {
        // A key kept from an older lost answer would bring back a state that this write has left behind.
        if (keepsOthers) attempts.end(name);
        else attempts.endAll();
        return result.data;
      },
      (error) => {
        // A refusal ends the attempt: the next tap is a new write with a new key.
        if (isDefinite(error)) attempts.end(name);
        // The request was sent and the connection broke: the phone cannot know whether it was done.
        throw error.code === 'offline' ? new ApiError('unanswered', 0, { detail: error.detail }) : error;
      },
    )
    .finally(() => underWay.delete(name));
  underWay.set(name, answer);
  return answer;
}

/**
 * Posts something that changes nothing and needs no token: login, a rule over HTTP.
 * @param {string} path
 * @param {any} body
 */
async function ask(path, body) {
  return (await call('POST', path, body, { auth: false })).data;
}

module.exports = { ApiError, ask, read, readAll, write, queryString, onUnauthenticated, onTooOld };
