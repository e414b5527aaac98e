// The worker's entry: hands events to the WASM. A panic unwinds, and ends its own request alone. A trap (no memory, no
// stack, a panic while panicking) ends the instance: the next call finds a fresh one, in which what was under way in the
// old one cannot go on. Either way the request is answered with the WASM's own `panicked`.
import * as wasm from './index.js';

export default {
    async fetch(request, env, context) {
        try {
            return await wasm.fetch(request, env, context);
        } catch (error) {
            console.error('a request ended by a panic', error);
            return wasm.panicked(request, env);
        }
    },
    scheduled(event, env) {
        return wasm.scheduled(event, env);
    },
};
