// The least that a worker and a proxy do: what the worker is measured against.
export default {
  fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === '/healthz') return Response.json({ status: 'ok' });
    return fetch(new Request(env.ORIGIN + url.pathname + url.search, request));
  },
};
