// What the worker asks of its runtime, each thing in one call. A call between WASM and JavaScript costs little, a
// string or an object that crosses costs more: asked header by header, they were most of a request's time
// (docs/performance.md, "The edge"). Nothing is decided here.
//
// Header lines cross as one text, `name:value` each, ended by a line feed: no header's value can hold one (Fetch,
// "header value").

const lines = (headers, names) => {
  let text = '';
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) text += `${name}:${value}\n`;
  }
  return text;
};

const headersOf = (text, madeAt) => {
  // The runtime reads an object faster than a list of pairs.
  const headers = {};
  for (let at = 0, end; (end = text.indexOf('\n', at)) >= 0; at = end + 1) {
    const colon = text.indexOf(':', at);
    headers[text.slice(at, colon)] = text.slice(colon + 1, end);
  }
  if (madeAt !== undefined) headers.date = new Date(madeAt).toUTCString();
  return headers;
};

/** Runs a task: of each promise that it waits for it is told what came of it. */
export async function drive(task) {
  let next = task.step(undefined, false);
  while (next instanceof Promise) {
    let came;
    let failed = false;
    try {
      came = await next;
    } catch (error) {
      came = error;
      failed = true;
    }
    next = task.step(came, failed);
  }
  // What it held is gone. The handle is the garbage collector's: freed by hand, it could meet another instance.
  return next;
}

/** The bytes of a request or a response. */
export const bytes = (message) => message.bytes();

/** Method, URL, whether there is a body, and the named lines. */
export const requestHead = (request, names) => (
  `${request.method}\n${request.url}\n${request.body ? 1 : 0}\n${lines(request.headers, names)}`);

/** Status and the named lines. */
export const responseHead = (response, names) => `${response.status}\n${lines(response.headers, names)}`;

/**
 * A request's bytes, or `undefined` where they pass `limit`. As much again is read and dropped: whoever sends a little
 * too much hears why. Beyond that nothing is read, and the connection may end before the answer is seen.
 */
export async function bytesWithin(request, limit) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else if (length > 2 * limit) return undefined;
  }
  return length > limit ? undefined : new Blob(chunks).bytes();
}

/** Asks another server, for `timeout` milliseconds at most; where it sends its caller elsewhere, nobody goes. */
export const ask = (method, url, head, body, timeout) => fetch(url, {
  method, headers: headersOf(head), body, redirect: 'manual', signal: AbortSignal.timeout(timeout),
});

/** An answer; without bytes it has no body. `madeAt`, in milliseconds, writes its `date`. */
export const respond = (status, head, body, madeAt) => new Response(body, { status, headers: headersOf(head, madeAt) });

/** The same, with the body of `response` as it comes. */
export const relay = (status, head, response, madeAt) => respond(status, head, response.body, madeAt);

/** A copy of `response` under another head. */
export const copy = (head, response) => respond(200, head, response.clone().body);

/** The platform's cache: what is kept under `key`, if anything. */
export const find = (key) => caches.default.match(key);

/** Keeps `response`, once it is there to its end: one that breaks off on the way is not kept. */
export const keep = async (key, response) => caches.default.put(key, new Response(await response.bytes(), response));

export const forget = (key) => caches.default.delete(key);

/** Whether one more for `key` is within the limit. */
export const count = async (limit, key) => (await limit.limit({ key })).success;
