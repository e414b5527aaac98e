//! Which events are being handled, so that the entry file can end those that never will be.
//!
//! An event's promise settles when its future ends, or panics. Two faults settle nothing: a JavaScript exception that
//! unwinds the future from outside of Rust, and a trap, which ends the instance with every future in it. The entry file
//! (`worker.js`) sees either as an uncaught error, asks `abandoned` which events are lost, and answers those.

use js_sys::{Array, Set};
use wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::spawn_local;

thread_local! {
    /// The events that this instance handles. A fresh instance handles none.
    static EVENTS: Set = Set::new(&JsValue::UNDEFINED);
}

/// Held while an event is handled; however that ends, the event is under way no longer.
pub(crate) struct UnderWay(JsValue);

impl UnderWay {
    /// Notes that `event` is being handled.
    pub(crate) fn begin(event: impl Into<JsValue>) -> Self {
        let event = event.into();
        EVENTS.with(|events| events.add(&event));
        Self(event)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        EVENTS.with(|events| events.delete(&self.0));
    }
}

/// Those of `events` that this instance does not handle. Starts the queue of tasks again, which an exception stops.
pub(crate) fn abandoned(events: &Array) -> Array {
    spawn_local(async {});
    EVENTS.with(|handled| events.filter(&mut |event, _, _| !handled.has(&event)))
}
