// The worker's entry: hands events to the WASM, and answers the requests that the WASM cannot answer itself. A panic
// rejects the promise of its own request. A JavaScript exception inside of the WASM, and a trap (no memory, no stack,
// unreachable code), reject nothing: they surface as uncaught errors, after a trap in an instance that the next call
// replaces. Then the WASM is asked which requests are lost. Those are answered with the WASM's own 500.
import * as wasm from './index.js';

/** The requests under way, each with how to fail it. */
const underWay = new Map();

function failLostRequests(error) {
  const requests = [...underWay.keys()];
  let lost = requests;
  try {
    lost = wasm.abandoned(requests);
  } catch {
    // No instance can be made: none will answer any of them.
  }
  for (const request of lost) underWay.get(request)(error);
}

addEventListener('error', ({ error }) => failLostRequests(error));

const answer = (request, env, context) => new Promise((resolve, reject) => {
  const settle = (how) => (value) => {
    underWay.delete(request);
    how(value);
  };
  underWay.set(request, settle(reject));
  try {
    wasm.fetch(request, env, context).then(settle(resolve), settle(reject));
  } catch (error) {
    failLostRequests(error);
  }
});

export default {
  async fetch(request, env, context) {
    try {
      return await answer(request, env, context);
    } catch (error) {
      console.error('a request failed', error);
      return wasm.failed(request, env);
    }
  },
  // Nobody waits for a run of the cron handler: where it is lost, the runtime ends it.
  scheduled(event, env, context) {
    return wasm.scheduled(event, env, context);
  },
};
