//! The worker: the public face of the contract, serving the same paths as the backend.
//!
//! A request goes through: announced length → route table → rate of the address → token → role → rate of the account →
//! ids in the path → body → gate → answered here, from what is kept, or by the origin.
//! It refuses only what the backend refuses too (save how often it may be asked), and holds no rule of the product:
//! those are `logic`'s.
//!
//! Invariant: nothing here panics on any request or binding; what cannot be served is a problem+json.

mod answer;
mod body;
mod border;
mod browser;
mod cache;
mod client;
mod clock;
mod config;
mod cron;
mod forward;
mod gate;
mod health;
mod keys;
mod problem;
mod rates;
mod request_id;
mod routes;
mod rules;
mod task;
mod token;

use answer::Answer;
use border::{ClockEvent, EventContext, Fault, Incoming, Names, report, value};
use browser::Page;
use config::Config;
use contract::{access::Who, shapes::Time};
use forward::Onward;
use js_sys::Promise;
use logic::{Code, Instant};
use problem::Problem;
use rates::Kind;
use routes::Local;
use std::panic;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsValue, handler};
use web_sys::{Request, Response};

thread_local! {
    /// What the edge itself or the origin reads of a request.
    static ASKED: Names = Names::new(&[
        "authorization",
        "content-type",
        "accept",
        "idempotency-key",
        "if-none-match",
        "content-length",
        "transfer-encoding",
        "x-request-id",
        "cf-connecting-ip",
        "origin",
        "access-control-request-method",
    ]);
}

/// How long the origin may take for what exists for development alone, in milliseconds: as long as it gives itself.
const DEV_TIMEOUT_MS: u32 = 600_000;

/// Before anything else: a panic is told in the log, and what comes after a trap finds a fresh instance.
#[wasm_bindgen(start)]
fn start() {
    panic::set_hook(Box::new(|panic| report(&panic.to_string())));
    handler::set_on_abort(handler::schedule_reinit);
}

/// Answers one request.
#[wasm_bindgen]
pub fn fetch(request: Request, env: JsValue, context: EventContext) -> Promise {
    task::run(async move {
        let now = clock::now();
        let asked = Incoming::new(request, &ASKED);
        let request_id = request_id::of(&asked.lines);
        let config = Config::of(&env);
        let page = Page::of(config.web_origin.as_deref(), &asked.lines);
        let answer = match page.preflight(&asked.method, &asked.lines) {
            Some(answer) => answer,
            None => serve(&asked, &context, &config, &request_id, now)
                .await
                .unwrap_or_else(|problem| problem.answer(&request_id)),
        };
        Ok(finish(answer, &page, &asked, request_id, now)?.into())
    })
}

/// Every way out carries `x-request-id`, `date` and what `browser` adds.
fn finish(
    answer: Answer,
    page: &Page<'_>,
    asked: &Incoming,
    request_id: String,
    now: Instant,
) -> Result<Response, Fault> {
    let answer = answer.with_lines(page.lines()).with_lines([("x-request-id", request_id)]);
    answer.into_response(&asked.method, now)
}

/// What the platform's clock calls each minute.
#[wasm_bindgen]
pub fn scheduled(event: &ClockEvent, env: JsValue) -> Promise {
    let minute = clock::from_millis(event.scheduled_time());
    task::run(async move {
        cron::run(&env, minute).await;
        Ok(JsValue::UNDEFINED)
    })
}

/// What is left to say after a panic.
///
/// # Errors
/// None is known: its lines are sane.
#[wasm_bindgen]
pub fn panicked(request: Request, env: &JsValue) -> Result<Response, JsValue> {
    let asked = Incoming::new(request, &ASKED);
    let request_id = request_id::of(&asked.lines);
    let answer = Problem::new(Code::Internal, Code::Internal.title()).answer(&request_id);
    let config = Config::of(env);
    let page = Page::of(config.web_origin.as_deref(), &asked.lines);
    Ok(finish(answer, &page, &asked, request_id, clock::now())?)
}

async fn serve(
    asked: &Incoming,
    context: &EventContext,
    config: &Config,
    request_id: &str,
    now: Instant,
) -> Result<Answer, Problem> {
    let (method, path) = (asked.method.as_str(), asked.path());
    body::check_length(&asked.lines)?;
    let route = routes::find(method, path, config.dev_clock)?;
    let address = client::address(&asked.lines);
    config.limits.address(route.kind, address).await?;
    let mut caller = None;
    if route.who != Who::Anyone {
        let claims = config.keys.verify(value(&asked.lines, "authorization"), now).await?;
        route.who.admit(claims.role)?;
        config.limits.account(route.kind, &claims.sub).await?;
        caller = Some(claims);
    }
    // Under a key another request may have been answered before: that is what the backend says then.
    if !route.is_keyed(&asked.lines) {
        route.check_path()?;
    }
    let body = body::read(asked, &route).await?;
    match route.local {
        Some(Local::Health) => health::answer(config, request_id).await,
        Some(Local::Time) => Ok(Answer::json(&Time { now })?.never_kept()),
        Some(Local::Rules) => Answer::json(&rules::answer(&route.last_segment, &body)?),
        None => {
            let passed = gate::check(gate::Asked {
                route: &route,
                path,
                headers: &asked.lines,
                body: &body,
                caller: caller.as_ref(),
                config,
                request_id,
            })
            .await?;
            let mut headers = asked.lines.clone();
            headers.extend(client::lines(address, config.edge_secret.as_deref()));
            let onward = Onward {
                origin: config.origin()?,
                method,
                path_and_query: asked.path_and_query(),
                headers: &headers,
                body,
                timeout_ms: if route.development { DEV_TIMEOUT_MS } else { config.origin_timeout_ms },
                request_id,
            };
            match (cache::kept(route.pattern), &caller) {
                (Some(kept), caller) if method == "GET" => {
                    cache::read(onward, kept, caller.as_ref(), context).await
                }
                (_, Some(caller)) if route.kind == Kind::Write => {
                    let origin = onward.origin.to_owned();
                    let written = cache::write(onward, caller).await?;
                    if let (gate::Passed::Read(ask), Some(code)) = (passed, written.refused_with)
                        && gate::is_worth_knowing(&code)
                        && let Some(token) = value(&headers, "authorization")
                    {
                        let learned = gate::learn(
                            ask,
                            origin,
                            caller.clone(),
                            token.to_owned(),
                            config.origin_timeout_ms,
                        );
                        context.after_the_answer(learned);
                    }
                    Ok(written.answer)
                }
                _ => forward::send(onward).await,
            }
        }
    }
}
