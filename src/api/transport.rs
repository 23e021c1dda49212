//! What went wrong when no whole answer came.

use std::error::Error;
use std::io;
use std::time::Duration;

use crate::api::wire::harmless;
use crate::domain::credential::ApiKey;
use crate::domain::failure::{Failure, FailureKind};

/// How far a request had come when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No status was in yet.
    Head,
    /// The body was being read.
    Body,
}

/// The failure for an error of the HTTP client. It names `host`, but neither the rest of the address nor `key`.
pub(super) fn failure(phase: Phase, error: &reqwest::Error, host: &str, limit: Duration, key: &ApiKey) -> Failure {
    let kind = kind(phase, error);
    let reason = harmless(&root_cause(error), key);
    let text = match (kind, phase) {
        (FailureKind::Timeout, _) => format!("no whole answer from {host} within {}", seconds(limit)),
        (FailureKind::Tls, _) => format!("no secure connection to {host}: {reason}"),
        (FailureKind::TooLarge, _) => format!("the head of the answer from {host} is too large"),
        (FailureKind::InvalidResponse, Phase::Head) => format!("{host} does not answer in HTTP: {reason}"),
        (_, Phase::Body) => format!("the answer was cut short: {reason}"),
        _ if error.is_connect() => format!("no connection to {host}: {reason}"),
        _ => format!("{host} closed the connection before it answered: {reason}"),
    };
    let was_closed = kind == FailureKind::Connect && !error.is_connect();
    Failure { was_closed, ..Failure::new(kind, text) }
}

fn kind(phase: Phase, error: &reqwest::Error) -> FailureKind {
    let http = chain(error).find_map(|cause| cause.downcast_ref::<hyper::Error>());
    if error.is_timeout() {
        FailureKind::Timeout
    } else if chain(error).any(<dyn Error>::is::<rustls::Error>) {
        FailureKind::Tls
    } else if error.is_connect() {
        FailureKind::Connect
    } else if http.is_some_and(hyper::Error::is_parse_too_large) {
        FailureKind::TooLarge
    } else if phase == Phase::Body || http.is_some_and(hyper::Error::is_parse) {
        FailureKind::InvalidResponse
    } else {
        FailureKind::Connect
    }
}

/// The text of the innermost cause: the outer ones only say that a request to an address failed.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let text = chain(error).last().map_or_else(String::new, ToString::to_string);
    text.trim_end_matches('.').to_owned()
}

/// An error and its causes, outermost first.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = wrapped(cause).or_else(|| cause.source());
        Some(cause)
    })
}

/// What an `io::Error` wraps: it does not return that as its source, but displays it as its own text.
fn wrapped<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
    Some(inner)
}

/// `10 s`, `0.2 s`.
fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
