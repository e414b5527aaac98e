// The worker's entry: hands events to the WASM, and starts it afresh after a panic aborted it.
import * as wasm from './index.js';

const state = wasm.__worker_init_state();

function note(error) {
    if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
}

function handler(name) {
    return async (event, env, ctx) => {
        if (state.criticalError) {
            wasm.__wbg_reset_state();
            state.criticalError = false;
            state.instanceId++;
        }
        try {
            return await wasm[name](event, env, ctx);
        } catch (error) {
            note(error);
            throw error;
        }
    };
}

// A panic in a detached task surfaces here only.
addEventListener('error', (event) => note(event.error));

export default { fetch: handler('fetch'), scheduled: handler('scheduled') };
