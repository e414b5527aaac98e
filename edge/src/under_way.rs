//! Which requests are being handled, so that the entry file can answer those that never will be.
//!
//! A request's promise settles when its future ends, or panics. Two faults settle nothing: a JavaScript exception that
//! unwinds the future from outside of Rust, and a trap, which ends the instance with every future in it. The entry file
//! (`worker.js`) sees either as an uncaught error, asks `abandoned` which requests are lost, and answers those.

use js_sys::{Array, Set};
use wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::spawn_local;

thread_local! {
    /// The requests that this instance handles. A fresh instance handles none.
    static REQUESTS: Set = Set::new(&JsValue::UNDEFINED);
}

/// Held while a request is handled; however that ends, the request is under way no longer.
pub(crate) struct UnderWay(JsValue);

impl UnderWay {
    /// Notes that `request` is being handled.
    pub(crate) fn begin(request: impl Into<JsValue>) -> Self {
        let request = request.into();
        REQUESTS.with(|requests| requests.add(&request));
        Self(request)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        REQUESTS.with(|requests| requests.delete(&self.0));
    }
}

/// Those of `requests` that this instance does not handle. Starts the queue of tasks again, which an exception stops.
pub(crate) fn abandoned(requests: &Array) -> Array {
    spawn_local(async {});
    REQUESTS.with(|handled| requests.filter(&mut |request, _, _| !handled.has(&request)))
}
