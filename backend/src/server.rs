//! The HTTP server: connections, and the limits on how many there are and how long they may take.
//!
//! - A connection that sends no complete request head for a while is closed, whether it is slow or idle.
//! - At most so many connections are open at once, fewer than the process has descriptors. Beyond that the connection
//!   that has been idle longest makes room for the new one.
//! - A request's body must arrive in time ([`SlowBody`]), and an answer must be taken in time.
//! - An answer that is given before the body was read says `connection: close`, and what the caller still sends is
//!   read for a moment, so that the answer reaches it.

mod body;
mod idle;

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, getrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use crate::service::sweep_runner::Stop;
use body::TimedBody;
pub use body::{SlowBody, fault};
use idle::{Idle, Place};

/// Connections at once, if the process may have that many descriptors.
const MOST_CONNECTIONS: u64 = 4_096;
/// Connections at once of the operators' own listener.
const MOST_ADMIN_CONNECTIONS: usize = 16;
/// Descriptors that are left to the database, WeChat, the operators' listener, logs and the runtime.
const OTHER_DESCRIPTORS: u64 = 80;
/// Fewer connections than this are no service.
const FEWEST_CONNECTIONS: u64 = 16;
/// How often a place is looked for while all are taken.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// After an error of `accept`, such as a lack of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The limits on connections.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// Connections at once.
    pub most: usize,
    /// From the start of a connection, or the end of an answer, to the end of the next request's head.
    pub head: Duration,
    /// From the head of a request to the end of its body.
    pub body: Duration,
    /// How long the caller may take none of an answer.
    pub write: Duration,
    /// How long a body is read that nobody wants, after the answer.
    pub linger: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let most = descriptors.saturating_sub(OTHER_DESCRIPTORS).clamp(FEWEST_CONNECTIONS, MOST_CONNECTIONS);
        Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            head: Duration::from_secs(20),
            body: Duration::from_secs(5),
            write: Duration::from_secs(20),
            linger: Duration::from_secs(2),
        }
    }
}

impl Connections {
    /// Those of the operators' listener.
    pub fn admin() -> Self {
        Self { most: MOST_ADMIN_CONNECTIONS, ..Self::default() }
    }
}

/// Answers what comes to `listener` with `routes` until `stop` is set, and then until the requests under way are
/// answered.
pub async fn serve(listener: TcpListener, routes: Router, limits: Connections, stop: Stop) {
    let places = Arc::new(Semaphore::new(limits.most));
    let idle = Arc::new(Idle::default());
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.wait() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // One that went away meanwhile, or a lack of descriptors or memory: others are under way.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let slot = tokio::select! {
            biased;
            () = stop.wait() => break,
            slot = slot(&places, &idle) => slot,
        };
        let connection = Connection { peer, routes: routes.clone(), limits, stop: stop.clone() };
        tokio::spawn(connection.run(stream, idle.place(), slot));
    }
    drop(listener);
    let all = u32::try_from(limits.most).unwrap_or(u32::MAX);
    // Every connection gives its place back at its end; the semaphore is never closed.
    let _ = places.acquire_many(all).await;
}

/// A free place; while there is none, the connection that has been idle longest is asked to leave.
async fn slot(places: &Arc<Semaphore>, idle: &Idle) -> Option<OwnedSemaphorePermit> {
    loop {
        if let Ok(slot) = places.clone().try_acquire_owned() {
            return Some(slot);
        }
        idle.close_longest();
        tokio::select! {
            slot = places.clone().acquire_owned() => return slot.ok(),
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

struct Connection {
    peer: SocketAddr,
    routes: Router,
    limits: Connections,
    stop: Stop,
}

impl Connection {
    async fn run(self, stream: TcpStream, place: Place, _slot: Option<OwnedSemaphorePermit>) {
        let Self { peer, routes, limits, stop } = self;
        // Answers are written whole; without this, small ones would wait for more.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.write));
        let place = Arc::new(place);
        // Whether the last answer was given before its request was read.
        let unread = Arc::new(AtomicBool::new(false));
        let service = {
            let (place, unread) = (place.clone(), unread.clone());
            service_fn(move |request| {
                place.busy();
                let (routes, place, unread) = (routes.clone(), place.clone(), unread.clone());
                let answered = async move {
                    let response = answer(routes, request, peer, limits.body, &unread).await;
                    place.idle();
                    Ok::<_, Infallible>(response)
                };
                Box::pin(answered)
            })
        };
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        let mut leaves: Option<Instant> = None;
        let ended = loop {
            tokio::select! {
                ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break ended,
                () = stop.wait(), if leaves.is_none() => {}
                () = place.asked_to_leave(), if leaves.is_none() => {}
                // Its last answer has been taken by now; the head of another request may never come.
                () = sleep_until(leaves.unwrap_or_else(Instant::now)), if leaves.is_some() => {
                    if place.is_idle() {
                        return;
                    }
                }
            }
            // An idle connection ends now, whatever it has sent of a head; one with a request after its answer.
            if !place.had_request() {
                return;
            }
            leaves = Some(Instant::now() + limits.linger);
            Pin::new(&mut connection).graceful_shutdown();
        };
        if ended.is_ok() && unread.load(Ordering::Relaxed) {
            linger(connection.into_parts().io.into_inner(), limits.linger).await;
        }
    }
}

/// The routes' answer; `connection: close` is added if the body was not read to its end.
async fn answer(
    routes: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    limit: Duration,
    unread: &AtomicBool,
) -> axum::response::Response {
    let is_read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
    let mut request = request.map(|incoming| Body::new(TimedBody::new(incoming, limit, is_read.clone())));
    request.extensions_mut().insert(ConnectInfo(peer));
    let Ok(mut response) = routes.oneshot(request).await;
    if !is_read.load(Ordering::Relaxed) {
        unread.store(true, Ordering::Relaxed);
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Ends our side and reads for a while what the caller still sends. A socket that is closed with unread data resets
/// the connection, and the caller may lose the answer.
async fn linger<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(mut stream: S, limit: Duration) {
    let mut scratch = [0; 4096];
    let drained = async {
        stream.shutdown().await?;
        while stream.read(&mut scratch).await? > 0 {}
        std::io::Result::Ok(())
    };
    // Whatever happens, the connection is closed now.
    let _ = tokio::time::timeout(limit, drained).await;
}
