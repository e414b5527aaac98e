//! The worker: the public face of the contract, serving the same paths as the backend.
//!
//! A request goes through: announced length → client version → route table → rate of the address → token → role →
//! rate of the account → ids in the path → body → precheck → answered here, from the cache, or by the origin.
//! The edge refuses only what the backend refuses too (except how often it may be asked), and holds no rule of the
//! product: those are in `logic`.
//!
//! Invariant: nothing here panics on any request or binding; what cannot be served is a problem+json.

mod body;
mod cache;
mod client_address;
mod clock;
mod config;
mod cors;
mod cron;
mod health;
mod http;
mod idempotency;
mod keys;
mod origin;
mod precheck;
mod rates;
mod reply;
mod request_id;
mod routes;
mod rules;
mod token;
mod under_way;

use config::Config;
use contract::Operation;
use contract::access::Access;
use contract::client_version;
use contract::headers::{CLIENT, IDEMPOTENCY_FIRST, REQUEST_ID};
use contract::operation::Kind;
use contract::problem::Problem;
use contract::shapes::Time;
use contract::token::Claims;
use cors::Cors;
use http::{IncomingRequest, value};
use js_sys::Array;
use logic::{Code, Instant};
use origin::OriginRequest;
use precheck::{Passed, Subject};
use reply::Reply;
use routes::Route;
use under_way::UnderWay;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

/// The request headers that the edge reads for itself, besides those that travel to the origin.
const FOR_THE_EDGE: &[&str] = &[
    IDEMPOTENCY_FIRST,
    "content-length",
    "transfer-encoding",
    REQUEST_ID,
    "cf-connecting-ip",
    "origin",
    "access-control-request-method",
];

/// Reads a request, with the headers that anybody behind it needs.
fn incoming(request: Request) -> IncomingRequest {
    IncomingRequest::new(request, &[origin::FROM_CALLER, FOR_THE_EDGE].concat())
}

/// How long the origin may take for a path that exists for development alone, in milliseconds: a sweep there answers
/// when it is done.
const DEV_TIMEOUT_MS: u32 = 600_000;

/// Answers one request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let _under_way = UnderWay::begin(request.inner());
    let now = clock::now();
    let mut request = incoming(request);
    let request_id = request_id::of(&request.headers);
    let config = Config::of(&env);
    let cors = Cors::new(config.web_origin.as_deref(), &request.headers);
    let reply = match cors.preflight(&request.method, &request.headers) {
        Some(reply) => reply,
        None => serve(&mut request, &context, &config, &request_id, now)
            .await
            .unwrap_or_else(|problem| Reply::refusal(&problem, &request_id)),
    };
    finish(reply, &cors, &request.method, request_id, now)
}

/// Runs each minute.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _: ScheduleContext) {
    cron::run(&env, clock::from_millis(event.schedule())).await;
}

/// The response to a request whose handling failed: 500.
#[wasm_bindgen]
pub fn failed(request: web_sys::Request, env: &Env) -> Result<web_sys::Response, JsValue> {
    let request = incoming(Request::from(request));
    let request_id = request_id::of(&request.headers);
    let reply = Reply::refusal(&Code::Internal.into(), &request_id);
    let config = Config::of(env);
    let cors = Cors::new(config.web_origin.as_deref(), &request.headers);
    Ok(finish(reply, &cors, &request.method, request_id, clock::now())?.into())
}

/// Those of `requests` that will never be answered; called after an error that nothing caught (`under_way.rs`).
#[wasm_bindgen]
pub fn abandoned(requests: &Array) -> Array {
    under_way::abandoned(requests)
}

/// Adds the headers that every response carries: `x-request-id`, `date`, those of [`cors`].
fn finish(
    reply: Reply,
    cors: &Cors<'_>,
    method: &str,
    request_id: String,
    now: Instant,
) -> worker::Result<Response> {
    let reply = reply.with_headers(cors.headers()).with_headers([(REQUEST_ID, request_id)]);
    reply.into_response(method, now)
}

async fn serve(
    request: &mut IncomingRequest,
    context: &Context,
    config: &Config,
    request_id: &str,
    now: Instant,
) -> Result<Reply, Problem> {
    body::check_framing(&request.headers)?;
    let (method, path) = (request.method.clone(), request.path().to_owned());
    client_version::check(&path, value(&request.headers, CLIENT))?;
    let address = client_address::of(&request.headers);
    let route = match routes::find(&method, &path, config.dev_clock)? {
        Route::Operation(found) => found,
        Route::Health => {
            config.limits.address(Kind::Read, address).await?;
            return health::reply(config, request_id).await;
        }
    };
    let operation = route.operation;
    config.limits.address(operation.kind(), address).await?;
    let mut caller = None;
    if operation.access() != Access::Anyone {
        let claims = config.keys.verify(value(&request.headers, "authorization"), now).await?;
        operation.access().authorize(claims.role)?;
        config.limits.account(operation.kind(), &claims.sub).await?;
        caller = Some(claims);
    }
    let account = caller.as_ref().map(|claims| &*claims.sub);
    let may_judge = operation.kind() != Kind::Write || idempotency::may_judge(&request.headers, account, now);
    if may_judge {
        route.check_path()?;
    }
    let body = body::read(request, operation.body(), may_judge).await?;
    if operation == Operation::TimeGet && !config.dev_clock {
        return Ok(Reply::json(&Time { now })?.no_store());
    }
    if operation == Operation::RulesCall {
        let function = route.last_segment().unwrap_or_default();
        return Reply::json(&rules::answer(&function, &body)?);
    }
    let passed = precheck::check(Subject {
        route: &route,
        headers: &request.headers,
        body: &body,
        may_judge,
        caller: caller.as_ref(),
        config,
        request_id,
    })
    .await?;
    let mut headers = request.headers.clone();
    headers.extend(client_address::headers(address, config.edge_secret.as_deref()));
    let to_origin = OriginRequest {
        origin: config.origin()?,
        method: &method,
        path_and_query: &request.path_and_query,
        headers: &headers,
        body,
        timeout_ms: match operation.kind() {
            _ if operation.is_development() => DEV_TIMEOUT_MS,
            Kind::Read => config.origin_timeout_ms,
            Kind::Write | Kind::Login => config.origin_write_timeout_ms,
        },
        request_id,
    };
    match (operation.cache(), &caller) {
        (Some(rule), caller) if method == "GET" => {
            cache::read(to_origin, rule, caller.as_ref(), context).await
        }
        (_, Some(caller)) if operation.kind() == Kind::Write => {
            write(to_origin, caller, passed, config, context).await
        }
        _ => origin::forward(to_origin).await,
    }
}

/// Sends a write. If the origin refuses it for a reason that the precheck can know, the precheck learns that after the
/// response.
async fn write(
    request: OriginRequest<'_>,
    caller: &Claims,
    passed: Passed,
    config: &Config,
    context: &Context,
) -> Result<Reply, Problem> {
    let origin = request.origin.to_owned();
    let authorization = value(request.headers, "authorization").map(str::to_owned);
    let written = cache::write(request, caller).await?;
    if let (Passed::Read(ask), Some(code)) = (passed, written.refused_with)
        && precheck::can_be_learned(&code)
        && let Some(authorization) = authorization
    {
        let timeout_ms = config.origin_timeout_ms;
        context.wait_until(precheck::learn(ask, origin, caller.clone(), authorization, timeout_ms));
    }
    Ok(written.reply)
}
