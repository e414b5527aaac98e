//! Bodies of requests, read under a time limit.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use logic::Code;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::error::AppError;

/// The error of a body that did not arrive in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
pub struct SlowBody;

/// What an error of reading a body says of the request: too slow, too large, or cut off.
pub fn fault(error: &(dyn std::error::Error + 'static)) -> AppError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<SlowBody>() {
            return AppError::from(Code::RequestTimeout);
        }
        if error.is::<http_body_util::LengthLimitError>() {
            return AppError::from(Code::PayloadTooLarge);
        }
        cause = error.source();
    }
    AppError::invalid("the body ended before its announced end, or is not well-formed")
}

/// A body that must end within a time, and notes when it has been read to its end.
pub(super) struct TimedBody {
    incoming: Incoming,
    until: Instant,
    /// Made when the body is first waited for: most have arrived with their head.
    timer: Option<Pin<Box<Sleep>>>,
    is_read: Arc<AtomicBool>,
}

impl TimedBody {
    /// `incoming`, to end within `limit` from now.
    pub(super) fn new(incoming: Incoming, limit: Duration, is_read: Arc<AtomicBool>) -> Self {
        Self { incoming, until: Instant::now() + limit, timer: None, is_read }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) {
            if frame.is_none() || self.incoming.is_end_stream() {
                self.is_read.store(true, Ordering::Relaxed);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let until = self.until;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Some(Err(SlowBody.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
