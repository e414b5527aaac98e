// What the Cache API of a bare workerd talks to: on the platform there is a cache, in miniflare a stand-in, here this.
// `put` comes as PUT with a whole answer as its body, `match` as GET, `delete` as PURGE.
const kept = new Map();

/** Takes apart an answer as it goes over the wire. */
function parse(bytes) {
  const text = new TextDecoder('latin1').decode(bytes);
  const end = text.indexOf('\r\n\r\n');
  const [first, ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  return { status: Number(first.split(' ')[1]), headers, body: bytes.slice(end + 4) };
}

export default {
  async fetch(request) {
    const { url, method } = request;
    if (method === 'PUT') {
      kept.set(url, parse(await request.arrayBuffer()));
      return new Response(null, { status: 204 });
    }
    if (method === 'PURGE') return new Response(null, { status: kept.delete(url) ? 200 : 404 });
    const found = kept.get(url);
    if (!found) return new Response(null, { status: 504, headers: { 'cf-cache-status': 'MISS' } });
    const headers = new Headers(found.headers.filter(([name]) => !/^(transfer-encoding|content-length)$/i.test(name)));
    headers.set('cf-cache-status', 'HIT');
    return new Response(found.body, { status: found.status, headers });
  },
};
