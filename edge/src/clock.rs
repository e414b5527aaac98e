//! The one place where this program reads its clock.

use logic::Instant;

/// Real time. Workers see it stand still between two waits for I/O, so once per request is all there is to read.
#[allow(clippy::disallowed_methods, reason = "the edge's one clock")]
pub(crate) fn now() -> Instant {
    from_millis(js_sys::Date::now())
}

/// The instant that the platform calls `millis` milliseconds after the epoch.
pub(crate) fn from_millis(millis: f64) -> Instant {
    // `as` holds a number that is none, or out of range, within i64.
    #[allow(clippy::cast_possible_truncation)]
    let millis = millis as i64;
    Instant::clamped(millis)
}
