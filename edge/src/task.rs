//! The work for one event, in steps: a future runs until it waits for a promise of the runtime's, hands that over, and
//! goes on with what came of it (`drive` in `js/border.js`).
//!
//! wasm-bindgen's own futures do the same for any future. There each wait is two closures known to the garbage
//! collector and a microtask, and each event a promise and a microtask more: a quarter of the time of a request that
//! is passed on (docs/performance.md, "The edge"). Here a task waits for one promise at a time, so that nobody has to
//! be told which one woke it.
//!
//! A panic unwinds out of `step`, and ends the one task. A trap ends the instance: the next call finds a fresh one, in
//! which tasks of the old one cannot go on; `step` says so by throwing.

use js_sys::{Error, Promise};
use std::cell::RefCell;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// What goes over the border between two steps.
#[derive(Default)]
enum Crossing {
    #[default]
    Nothing,
    /// What the running task waits for.
    Awaited(Promise),
    /// What came of it.
    Came(Result<JsValue, JsValue>),
}

thread_local! {
    static CROSSING: RefCell<Crossing> = const { RefCell::new(Crossing::Nothing) };
}

type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// The work for one event, while there is any left.
#[wasm_bindgen]
pub struct Task(AssertUnwindSafe<Option<Work>>);

#[wasm_bindgen]
impl Task {
    /// Goes on with what came of the promise that was waited for; a first step takes anything. Answers the next
    /// promise, or, as anything else, what the task came to.
    ///
    /// # Errors
    /// The task's own; or that it waits for something that is no promise of the runtime's: nobody would wake it.
    pub fn step(&mut self, came: JsValue, failed: bool) -> Result<JsValue, JsValue> {
        // Taken out, so that nothing of it stays behind, however it ends.
        let mut work = self.0.take().ok_or_else(|| misused("a task goes on after its end"))?;
        CROSSING.set(Crossing::Came(if failed { Err(came) } else { Ok(came) }));
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(end) => end,
            Poll::Pending => match CROSSING.take() {
                Crossing::Awaited(promise) => {
                    self.0 = AssertUnwindSafe(Some(work));
                    Ok(promise.into())
                }
                Crossing::Nothing | Crossing::Came(_) => Err(misused("a task waits for what is no promise")),
            },
        }
    }
}

#[wasm_bindgen(module = "/js/border.js")]
extern "C" {
    fn drive(task: Task) -> Promise;
}

/// Begins `work`; the promise is kept with what it comes to.
pub(crate) fn run(work: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    drive(Task(AssertUnwindSafe(Some(Box::pin(work)))))
}

/// What a promise of the runtime's comes to. A task awaits one of these at a time.
pub(crate) fn settled(promise: Promise) -> impl Future<Output = Result<JsValue, JsValue>> {
    Settled(Some(promise))
}

struct Settled(Option<Promise>);

impl Future for Settled {
    type Output = Result<JsValue, JsValue>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(promise) = self.0.take() {
            CROSSING.set(Crossing::Awaited(promise));
            return Poll::Pending;
        }
        match CROSSING.take() {
            Crossing::Came(result) => Poll::Ready(result),
            Crossing::Nothing | Crossing::Awaited(_) => {
                Poll::Ready(Err(misused("a task waits for two promises at once")))
            }
        }
    }
}

fn misused(how: &str) -> JsValue {
    Error::new(how).into()
}
