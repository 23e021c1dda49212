//! HTTP: connections, routes, statuses.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, DATE, HeaderValue, SERVER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::demo::accounts::{Account, Quirk};
use crate::demo::answers;
use crate::demo::auth::KeyRing;
use crate::demo::query::{UsageQuery, decode, pairs};
use crate::demo::shape::within;
use crate::demo::statistics;

/// More connections than this wait until one of them ends. The client opens five.
const MOST_CONNECTIONS: usize = 64;
/// How long a slow answer takes, in milliseconds.
const SLOW_MS: (u64, u64) = (2_000, 3_000);
/// Of the account that fails now and then, every so many requests one does.
const FAILS_EVERY: u64 = 3;

/// What every connection shares.
struct Backend {
    clock: Arc<dyn Clock>,
    keys: KeyRing,
    /// Requests of the account that fails now and then.
    asked: AtomicU64,
}

/// Serves until the task is aborted; its connections end with it.
pub(super) async fn serve(listener: TcpListener, clock: Arc<dyn Clock>) {
    /// When no file handle is left, `accept` fails at once and again: wait a little.
    const BREATHER: Duration = Duration::from_millis(100);
    let backend = Arc::new(Backend { clock, keys: KeyRing::new(), asked: AtomicU64::new(0) });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, Arc::clone(&backend)));
                }
                Err(_) => tokio::time::sleep(BREATHER).await,
            },
        }
    }
}

/// Answers on one connection until either side ends it.
async fn converse(stream: TcpStream, backend: Arc<Backend>) {
    // Without it, answers would only come later.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        let backend = &backend;
        async move { Ok::<_, Infallible>(backend.respond(&request).await) }
    });
    // A broken connection is the client's to notice; the other ones go on.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// A status, the type of the body, and the body.
struct Answer {
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
}

impl Answer {
    fn json(status: StatusCode, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self { status, content_type: "application/json", body: body.into() },
            Err(_) => Self::text(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }

    fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    fn refused(status: StatusCode, detail: impl Serialize) -> Self {
        #[derive(Serialize)]
        struct Refusal<T> {
            detail: T,
        }
        Self::json(status, &Refusal { detail })
    }

    fn text(status: StatusCode, body: &'static str) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: Bytes::from_static(body.as_bytes()) }
    }

    fn into_response(self, now: DateTime<Utc>) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(SERVER, HeaderValue::from_static("chutes-top-demo"));
        // The date of the injected clock, before hyper adds that of the machine.
        if let Ok(date) = HeaderValue::try_from(now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()) {
            headers.insert(DATE, date);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl Backend {
    async fn respond(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let answer = self.answer(request).await;
        answer.into_response(self.clock.now())
    }

    async fn answer(&self, request: &Request<Incoming>) -> Answer {
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        if request.method() == Method::OPTIONS {
            return Answer::refused(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
        }
        if request.method() == Method::GET && path == "/invocations/stats/llm" {
            return self.model_stats(query);
        }
        let header = request.headers().get(AUTHORIZATION).map(|value| value.to_str().unwrap_or("?"));
        match self.keys.account(header) {
            Err(detail) => Answer::refused(StatusCode::UNAUTHORIZED, detail),
            // A wrong method is caught by the same route as an unknown path.
            Ok(_) if request.method() != Method::GET => no_such_path(),
            Ok(account) => match self.hold_up(account).await {
                Some(failure) => failure,
                None => account_answer(account, path, query, self.clock.now()),
            },
        }
    }

    /// What the account's quirk does before an answer: takes time, or takes its place.
    async fn hold_up(&self, account: &Account) -> Option<Answer> {
        match account.quirk {
            Quirk::Slow => {
                let millis = u64::from(self.clock.now().timestamp_subsec_millis());
                tokio::time::sleep(Duration::from_millis(within(SLOW_MS.0, SLOW_MS.1, millis))).await;
                None
            }
            Quirk::FailsNowAndThen => {
                let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
                let fails = asked.is_multiple_of(FAILS_EVERY);
                fails.then(|| Answer::text(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"))
            }
            Quirk::None | Quirk::LostCount | Quirk::NoProfile => None,
        }
    }

    /// The one public route.
    fn model_stats(&self, query: &str) -> Answer {
        let mut stats = statistics::model_stats(self.clock.now());
        for (name, value) in pairs(query) {
            stats.retain(|item| item.matches(&name, &value));
        }
        Answer::ok(&stats)
    }
}

/// The answer to a `GET` of somebody known.
fn account_answer(account: &'static Account, path: &str, query: &str, now: DateTime<Utc>) -> Answer {
    match path {
        "/users/me" if account.quirk == Quirk::NoProfile => {
            Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
        "/users/me" => Answer::ok(&answers::profile(account, now)),
        "/users/me/quotas" => Answer::ok(&answers::quotas(account, now)),
        "/users/me/subscription_usage" => Answer::ok(&answers::subscription(account, now)),
        "/users/me/usage" => match UsageQuery::parse(query) {
            Ok(query) => Answer::ok(&statistics::usage(account, &query, now)),
            Err(invalid) => Answer::refused(StatusCode::UNPROCESSABLE_ENTITY, invalid),
        },
        "/users/me/balance" => {
            let detail = "This action can only be performed by billing admin accounts.";
            Answer::refused(StatusCode::FORBIDDEN, detail)
        }
        _ => match path.strip_prefix("/users/me/quota_usage/").map(decode) {
            Some(id) if !id.is_empty() && !id.contains('/') => Answer::ok(&answers::quota_usage(account, &id, now)),
            _ => no_such_path(),
        },
    }
}

fn no_such_path() -> Answer {
    Answer::refused(StatusCode::NOT_FOUND, "No matching chute found!")
}
