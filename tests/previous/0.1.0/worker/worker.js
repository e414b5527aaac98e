// The worker's entry: hands events to the WASM, and ends those that the WASM cannot end itself. A panic rejects the
// promise of its own event. A JavaScript exception inside of the WASM, and a trap (no memory, no stack, unreachable
// code), reject nothing: they surface as uncaught errors, after a trap in an instance that the next call replaces. Then
// the WASM is asked which events are lost. A lost request is answered with the WASM's own 500.
import * as wasm from './index.js';

/** The events under way, each with how to fail it. */
const underWay = new Map();

function failLostEvents(error) {
  const events = [...underWay.keys()];
  let lost = events;
  try {
    lost = wasm.abandoned(events);
  } catch {
    // No instance can be made: none will end any of them.
  }
  for (const event of lost) underWay.get(event)(error);
}

addEventListener('error', ({ error }) => failLostEvents(error));

const run = (handler, event, env, context) => new Promise((resolve, reject) => {
  const settle = (how) => (value) => {
    underWay.delete(event);
    how(value);
  };
  underWay.set(event, settle(reject));
  try {
    handler(event, env, context).then(settle(resolve), settle(reject));
  } catch (error) {
    failLostEvents(error);
  }
});

export default {
  async fetch(request, env, context) {
    try {
      return await run(wasm.fetch, request, env, context);
    } catch (error) {
      console.error('a request failed', error);
      return wasm.failed(request, env);
    }
  },
  scheduled(event, env, context) {
    return run(wasm.scheduled, event, env, context);
  },
};
