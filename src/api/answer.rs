//! What an answer means: its status, its headers and its body.

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};

use crate::api::retry_after::retry_after;
use crate::api::wire::{self, harmless};
use crate::domain::credential::ApiKey;
use crate::domain::failure::{Failure, FailureKind};

/// Everything of an answer but its body.
#[derive(Debug)]
pub(super) struct Head {
    /// The status.
    pub(super) status: StatusCode,
    headers: HeaderMap,
    url: Url,
}

impl Head {
    pub(super) fn of(response: &Response) -> Self {
        Self { status: response.status(), headers: response.headers().clone(), url: response.url().clone() }
    }

    /// The encoding of the body, when it has one. None is asked for, so none is undone.
    fn encoding(&self) -> Option<String> {
        let values = self.headers.get_all(CONTENT_ENCODING).iter();
        let mut names = values.map(text_of).filter(|name| !matches!(name.trim(), "" | "identity"));
        names.next()
    }
}

/// Parses a body. The error says what is wrong with it; anything it quotes comes after `: `.
pub(super) type Parse<T> = fn(&[u8]) -> Result<T, String>;

/// What the body of a 200 says.
pub(super) fn understand<T>(head: &Head, body: &[u8], key: &ApiKey, parse: Parse<T>) -> Result<T, Failure> {
    if let Some(encoding) = head.encoding() {
        let text = format!("the answer is encoded ({}), which was not asked for", harmless(&encoding, key));
        return Err(Failure::new(FailureKind::InvalidResponse, text));
    }
    parse(body).map_err(|reason| {
        let text = match reason.split_once(": ") {
            Some((ours, outside)) => format!("{ours}: {}", harmless(outside, key)),
            None => reason,
        };
        Failure::new(FailureKind::InvalidResponse, text)
    })
}

/// The failure for a status other than 200, with what the server says about it.
pub(super) fn refusal(head: &Head, body: &[u8], key: &ApiKey, now: DateTime<Utc>) -> Failure {
    let status = head.status.as_u16();
    let kind = FailureKind::from_status(status);
    let meaning = meaning(head, kind, key);
    let detail = if kind == FailureKind::Redirect || head.encoding().is_some() { None } else { wire::detail(body) };
    let text = detail.map_or_else(|| meaning.clone(), |detail| format!("{meaning}: {}", harmless(&detail, key)));
    let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| retry_after(&text_of(value), now));
    Failure { retry_after, ..Failure::new(kind, text) }
}

/// What a status means here, in our words.
fn meaning(head: &Head, kind: FailureKind, key: &ApiKey) -> String {
    let status = head.status.as_u16();
    match kind {
        FailureKind::Unauthorized => {
            "unknown, revoked or restricted key (a restricted one can never read account data)".to_owned()
        }
        FailureKind::Forbidden => "the token has no scope for account data".to_owned(),
        FailureKind::NotFound => "no such address on this server; is the API address right?".to_owned(),
        FailureKind::RateLimited => "too many requests from this address".to_owned(),
        FailureKind::Redirect => redirection(head, key),
        FailureKind::ServerError => format!("the server failed with status {status}"),
        FailureKind::Other => format!("the server refused with status {status}"),
        _ => format!("the server answered with status {status} instead of 200"),
    }
}

/// Where a redirect leads, without its path and query, which may hold anything.
fn redirection(head: &Head, key: &ApiKey) -> String {
    let target = head.headers.get(LOCATION).and_then(|value| head.url.join(&text_of(value)).ok());
    match target.and_then(|url| url.host_str().map(|host| format!("{}://{host}", url.scheme()))) {
        Some(origin) => format!("redirected to {}; redirects are not followed", harmless(&origin, key)),
        None => "redirected; redirects are not followed".to_owned(),
    }
}

fn text_of(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
