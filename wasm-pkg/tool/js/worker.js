// The worker's entry: hands events to the WASM. A panic ends the instance; what was under way in it is answered with
// the WASM's own `panicked`, from a fresh instance, so that the next request finds a working one.
import * as wasm from './index.js';

const state = wasm.__worker_init_state();
// One way to fail per event under way: a panic after an await never settles the promise that the event waits for.
const underWay = new Set();

function note(error) {
    // `criticalError` is set by the WASM's panic hook, before the trap.
    if (!(error instanceof WebAssembly.RuntimeError) && !state.criticalError) return;
    state.criticalError = true;
    for (const fail of underWay) fail(error);
}

function restartIfEnded() {
    if (!state.criticalError) return;
    wasm.__wbg_reset_state();
    state.criticalError = false;
}

async function run(handler, event, env, context) {
    restartIfEnded();
    let fail;
    const ended = new Promise((_, reject) => { fail = reject; });
    underWay.add(fail);
    try {
        return await Promise.race([handler(event, env, context), ended]);
    } catch (error) {
        note(error);
        throw error;
    } finally {
        underWay.delete(fail);
    }
}

// A panic in a task of its own, as every one after an await is, surfaces here only.
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
