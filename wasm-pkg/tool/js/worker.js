// The worker's entry: hands events to the WASM. A panic unwinds, and ends its own request alone. A trap (no memory, no
// stack, a panic while panicking) ends the instance: what was under way in it is answered with the WASM's `panicked`
// too, from a fresh instance, so that the next request finds a working one.
import * as wasm from './index.js';

let ended = false;
// One way to fail per event under way: a trap after an await never settles the promise that the event waits for.
const underWay = new Set();

function note(error) {
    if (!(error instanceof WebAssembly.RuntimeError)) return;
    ended = true;
    for (const fail of underWay) fail(error);
}

function restartIfEnded() {
    if (!ended) return;
    wasm.__wbg_reset_state();
    ended = false;
}

async function run(handler, event, env, context) {
    restartIfEnded();
    let fail;
    const trapped = new Promise((_, reject) => { fail = reject; });
    underWay.add(fail);
    try {
        return await Promise.race([handler(event, env, context), trapped]);
    } catch (error) {
        note(error);
        throw error;
    } finally {
        underWay.delete(fail);
    }
}

// A trap in a task of its own, as every one after an await is, surfaces here only.
addEventListener('error', (event) => note(event.error));

export default {
    async fetch(request, env, context) {
        try {
            return await run(wasm.fetch, request, env, context);
        } catch (error) {
            console.error('a request ended by a panic', error);
            restartIfEnded();
            return wasm.panicked(request, env);
        }
    },
    scheduled(event, env, context) {
        return run(wasm.scheduled, event, env, context);
    },
};
