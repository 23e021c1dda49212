//! What the exporter answers: the metrics as they are at the moment of the question.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use super::own::Own;
use crate::clock::Clock;
use crate::domain::usage::{Update, UsageManager};
use crate::report::metrics::Metrics;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

const FRONT: &str = "<!DOCTYPE html><html lang=\"en\"><title>chutes-top exporter</title>\
    <h1>chutes-top exporter</h1><p><a href=\"/metrics\">Metrics</a></p></html>\n";

/// The usage, and what the exporter knows of itself.
#[derive(Debug)]
pub(super) struct Page {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct State {
    usage: UsageManager,
    own: Own,
}

impl Page {
    pub(super) fn new(usage: UsageManager, clock: Arc<dyn Clock>) -> Self {
        let own = Own::new(usage.credentials().len(), clock.now());
        Self { state: Mutex::new(State { usage, own }), clock }
    }

    /// Takes in what the worker reports at `at`.
    pub(super) fn apply(&self, update: Update, at: Instant) {
        let mut state = self.state();
        state.own.note(&update, at);
        state.usage.apply(update);
    }

    /// The answer to a request.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/metrics") => self.metrics(request.headers()),
            (&Method::GET | &Method::HEAD, "/") => respond(StatusCode::OK, "text/html; charset=utf-8", FRONT),
            (_, "/metrics" | "/") => {
                let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "only GET and HEAD\n");
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
                response
            }
            _ => respond(StatusCode::NOT_FOUND, PLAIN, "there is only /metrics\n"),
        }
    }

    fn metrics(&self, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let wants_open = headers
            .get_all(ACCEPT)
            .iter()
            .any(|accepted| accepted.to_str().is_ok_and(|text| text.contains("application/openmetrics-text")));
        let content_type = if wants_open { OPEN_METRICS } else { prometheus_text::CONTENT_TYPE };
        match self.text(wants_open) {
            Ok(text) => respond(StatusCode::OK, content_type, text),
            Err(fmt::Error) => respond(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, "the metrics cannot be written\n"),
        }
    }

    fn text(&self, is_open: bool) -> Result<String, fmt::Error> {
        let state = self.state();
        state.own.count_scrape();
        let mut usage = Registry::default();
        usage.register_collector(Box::new(Metrics::of(&state.usage, self.clock.now())));
        let mut text = String::new();
        for registry in [&usage, state.own.registry()] {
            if is_open {
                text::encode_registry(&mut text, registry)?;
            } else {
                prometheus_text::encode(&mut text, registry)?;
            }
        }
        if is_open {
            text::encode_eof(&mut text)?;
        }
        Ok(text)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere ends the program; until then the state is as good as it was.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests;
