// The one way to the service. Only services/ call it.
//
// - Sends the token; a 401 logs in again silently, once.
// - Every write has an Idempotency-Key. The key is kept until the service has given a definite
//   answer, so the same write asked again (a lost answer, an impatient second tap) is the same write.
// - Answers that are not 2xx become an ApiError made from the problem document.
const config = require('../config');
const account = require('./account');

/** An answer that refuses, or none at all. `code` is what messages.js has a sentence for. */
class ApiError extends Error {
  /**
   * @param {string} code
   * @param {number} status 0 where there was no answer
   * @param {{detail?: string, requestId?: string, fields?: Record<string, any>}} [more]
   */
  constructor(code, status, more = {}) {
    super(more.detail || code);
    this.code = code;
    this.status = status;
    this.detail = more.detail || '';
    this.requestId = more.requestId || '';
    /** The rule's own fields, e.g. `deadline`, `required`, `available`. */
    this.fields = more.fields || {};
  }
}

/** @type {() => Promise<unknown>} */
let logIn = () => Promise.reject(new ApiError('unauthenticated', 401));
/** @param {() => Promise<unknown>} fn how to log in again; set by services/auth */
function onUnauthenticated(fn) {
  logIn = fn;
}

function randomId() {
  const part = () => Math.random().toString(36).slice(2, 10).padEnd(8, '0');
  return 'mp-' + part() + part();
}

/** @type {Map<string, string>} write → the key it was first sent with */
const keys = new Map();
/** @type {Map<string, Promise<any>>} write → its answer under way */
const underWay = new Map();

/**
 * One exchange. Resolves with any answer; rejects only where there was none.
 * @returns {Promise<{status: number, data: any, header: Record<string, string>}>}
 */
function exchange(method, path, body, header) {
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

/** @returns {ApiError} */
function problem(answer) {
  const body = answer.data && typeof answer.data === 'object' ? answer.data : {};
  const { type, title, status, detail, code, request_id: id, ...fields } = body;
  const fallback = answer.status >= 500 ? 'unavailable' : 'invalid_request';
  return new ApiError(code || fallback, answer.status, {
    detail,
    requestId: id || answer.header['x-request-id'],
    fields,
  });
}

/**
 * @param {'GET' | 'POST' | 'PUT' | 'DELETE'} method
 * @param {string} path under /api/v1, with its query
 * @param {any} [body]
 * @param {{auth?: boolean, key?: string}} [options]
 */
async function call(method, path, body, options = {}) {
  const withToken = options.auth !== false;
  let token = '';
  const send = () => {
    token = account.token();
    /** @type {Record<string, string>} */
    const header = { accept: 'application/json', 'x-request-id': randomId() };
    if (body !== undefined) header['content-type'] = 'application/json';
    if (options.key) header['idempotency-key'] = options.key;
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
  if (answer.status < 200 || answer.status > 299) throw problem(answer);
  // Every answer of the service is an object: this one is of something else on the way.
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
 * Reads every page of a list.
 * @param {string} path
 * @param {Record<string, string | number | undefined>} query
 * @returns {Promise<{items: any[], staleSeconds: number | null}>}
 */
async function readAll(path, query) {
  const items = [];
  /** @type {number | null} */
  let staleSeconds = null;
  let cursor;
  do {
    const answer = await read(path + queryString({ ...query, limit: 100, cursor }));
    items.push(...answer.data.items);
    if (answer.staleSeconds !== null) staleSeconds = Math.max(staleSeconds || 0, answer.staleSeconds);
    cursor = answer.data.next_cursor;
  } while (cursor);
  return { items, staleSeconds };
}

/** @param {Record<string, string | number | undefined | null>} query */
function queryString(query) {
  const parts = Object.keys(query)
    .filter((name) => query[name] !== undefined && query[name] !== null)
    .map((name) => name + '=' + encodeURIComponent(String(query[name])));
  return parts.length ? '?' + parts.join('&') : '';
}

/** Whether the service has decided: then the next write of this kind is a new one. */
function isDefinite(error) {
  if (!(error instanceof ApiError)) return true;
  if (error.code === 'idempotency_in_progress') return false;
  return error.status >= 400 && error.status < 500 && ![401, 429].includes(error.status);
}

/**
 * Writes. The same write while one is under way shares its answer; one whose answer was lost is
 * asked once more with the same key, so that it ends in the truth.
 * @param {'POST' | 'PUT' | 'DELETE'} method
 * @param {string} path
 * @param {any} [body]
 * @returns {Promise<any>} the body of the answer
 */
function write(method, path, body) {
  const name = method + ' ' + path + ' ' + JSON.stringify(body === undefined ? null : body);
  const running = underWay.get(name);
  if (running) return running;
  const key = keys.get(name) || randomId();
  keys.set(name, key);
  const ask = () => call(method, path, body, { key });
  const answer = ask()
    .catch((error) => {
      if (error.code === 'timeout' || error.code === 'offline') return ask();
      throw error;
    })
    .then(
      (result) => {
        // What happened is known now. A key kept from an older lost answer would bring back a
        // state that this write has left behind.
        keys.clear();
        return result.data;
      },
      (error) => {
        if (isDefinite(error)) keys.delete(name);
        // It was sent, and the line broke: whether it was done is not known here.
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

module.exports = { ApiError, ask, read, readAll, write, queryString, onUnauthenticated };
