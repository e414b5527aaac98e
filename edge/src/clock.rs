//! The one place where this program reads its clock.

use logic::Instant;

/// Real time. In a worker it stands still between two waits for I/O, so it is read once per request.
#[allow(clippy::disallowed_methods, reason = "the edge's one clock")]
pub(crate) fn now() -> Instant {
    from_millis(js_sys::Date::now())
}

/// The instant `millis` milliseconds after the epoch, as the platform writes it.
pub(crate) fn from_millis(millis: f64) -> Instant {
    // `as` clamps NaN and numbers out of range.
    #[allow(clippy::cast_possible_truncation)]
    let millis = millis as i64;
    Instant::clamped(millis)
}
