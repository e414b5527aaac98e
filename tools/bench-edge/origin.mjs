// The origin of the measurements, a process of its own: answers at once, and counts.
import { once } from 'node:events';
import http from 'node:http';

let asked = 0;
const policy = JSON.stringify({ last_notification_lead: 390, response_cutoff_lead: 360, decision_window: 30, quiet_hours: null });
const list = JSON.stringify({ items: [], next_cursor: null });
const server = http.createServer((request, response) => {
  asked += 1;
  request.resume();
  response.setHeader('content-type', 'application/json');
  if (request.url === '/api/v1/policy') {
    response.setHeader('etag', '"1"').setHeader('cache-control', 'public, max-age=0, s-maxage=60').end(policy);
  } else if (request.url === '/api/v1/profiles') {
    response.setHeader('etag', '"1"').setHeader('cache-control', 'private, no-cache');
    if (request.headers['if-none-match']?.includes('"1"')) response.statusCode = 304;
    response.end(response.statusCode === 304 ? undefined : list);
  } else {
    response.setHeader('cache-control', 'no-store').end(list);
  }
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', () => process.send({ asked }));
process.on('disconnect', () => process.exit());
process.send({ port: server.address().port });
