//! The worker: the public face of the contract, serving the same paths as the backend.
//!
//! A request goes through: announced length → route table → rate of the address → token → role → rate of the account →
//! body → gate →
//! answered here, from what is kept, or by the origin.
//! It refuses only what the backend refuses too (save how often it may be asked), and holds no rule of the product:
//! those are `logic`'s.
//!
//! Invariant: nothing here panics on any request or binding; what cannot be served is a problem+json.

mod answer;
mod body;
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
mod token;

use answer::Answer;
use browser::Page;
use config::Config;
use forward::Onward;
use logic::api::{Time, Who};
use logic::{Code, Instant};
use problem::Problem;
use rates::Kind;
use routes::Local;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

/// How long the origin may take for what exists for development alone, in milliseconds: as long as it gives itself.
const DEV_TIMEOUT_MS: u32 = 600_000;

/// Answers one request: every way out carries `x-request-id`, `date` and what `browser` adds.
#[event(fetch)]
async fn fetch(mut request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let now = clock::now();
    let request_id = request_id::of(request.headers());
    // The runtime's own word: `worker::Method` takes methods that it does not know for GET.
    let method = request.inner().method();
    let config = Config::of(&env);
    let page = Page::of(config.web_origin.clone(), request.headers());
    let answer = match page.preflight(&method, request.headers()) {
        Some(answer) => answer,
        None => serve(&mut request, &method, &env, &context, &config, &request_id, now)
            .await
            .unwrap_or_else(|problem| problem.answer(&request_id)),
    };
    let response = answer.into_response(&method, &request_id, now)?;
    page.mark(response.headers())?;
    Ok(response)
}

/// What the platform's clock calls each minute.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _ctx: ScheduleContext) {
    cron::run(&env, cron::minute(&event)).await;
}

/// What is left to say after a panic: the worker's entry asks a fresh instance for it.
#[wasm_bindgen]
pub fn panicked(request: web_sys::Request, env: Env) -> worker::Result<web_sys::Response, JsValue> {
    let request = Request::from(request);
    let request_id = request_id::of(request.headers());
    let answer = Problem::new(Code::Internal, Code::Internal.title()).answer(&request_id);
    let response = answer.into_response(&request.inner().method(), &request_id, clock::now())?;
    Page::of(Config::of(&env).web_origin, request.headers()).mark(response.headers())?;
    Ok(response.into())
}

async fn serve(
    request: &mut Request,
    method: &str,
    env: &Env,
    context: &Context,
    config: &Config,
    request_id: &str,
    now: Instant,
) -> Result<Answer, Problem> {
    let path = request.path();
    let mut headers = forward::request_lines(request.headers());
    body::check_length(&headers)?;
    let route = routes::find(method, &path, config.dev_clock)?;
    let address = client::address(request.headers());
    rates::address(env, route.kind, address).await?;
    let mut caller = None;
    if route.who != Who::Anyone {
        let claims =
            keys::verify(forward::value(&headers, "authorization"), config.jwks.as_deref(), now).await?;
        route.who.admit(claims.role)?;
        rates::account(env, route.kind, &claims.sub).await?;
        caller = Some(claims);
    }
    let body = body::read(request, &headers, &route).await?;
    match route.local {
        Some(Local::Health) => health::answer(config, request_id).await,
        Some(Local::Time) => Ok(Answer::json(&Time { now })?.never_kept()),
        Some(Local::Rules) => Answer::json(&rules::answer(&route.last_segment, &body)?),
        None => {
            let passed = gate::check(gate::Asked {
                route: &route,
                path: &path,
                headers: &headers,
                body: &body,
                caller: caller.as_ref(),
                config,
                request_id,
            })
            .await?;
            headers.extend(client::lines(address, config.edge_secret.as_deref()));
            let url = request.inner().url();
            let onward = Onward {
                origin: config.origin()?,
                method,
                path_and_query: forward::path_and_query(&url),
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
                        && let Some(token) = forward::value(&headers, "authorization")
                    {
                        let learned = gate::learn(
                            ask,
                            origin,
                            caller.clone(),
                            token.to_owned(),
                            config.origin_timeout_ms,
                        );
                        context.wait_until(learned);
                    }
                    Ok(written.answer)
                }
                _ => forward::send(onward).await,
            }
        }
    }
}
