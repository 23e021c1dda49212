//! Why a credential could not be read.

use std::time::Duration;

use crate::domain::clean::{MESSAGE_LIMIT, clean};
use crate::domain::credential::{ApiKey, hide_keys};

/// A failed request: what kind, what was said, and with which HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// What was said, at most 200 characters, safe to show: no control character, escape sequence,
    /// bidi control or piece of the key.
    pub message: String,
    /// The HTTP status, when there was one.
    pub http_status: Option<u16>,
    /// How long the server asked to be left alone (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// Whether there was a connection, which was closed before an answer. Its kind is [`FailureKind::Connect`].
    pub was_closed: bool,
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// 401: an unknown, revoked or restricted key.
    Unauthorized,
    /// 403: the token has no scope for account data.
    Forbidden,
    /// 404: no such path. Never taken for "no quota".
    NotFound,
    /// 429: too many requests from this address.
    RateLimited,
    /// 402 and every other 4xx.
    Other,
    /// 5xx.
    ServerError,
    /// 3xx: redirects are never followed.
    Redirect,
    /// No whole answer within the time allowed.
    Timeout,
    /// No connection, or closed before an answer.
    Connect,
    /// The connection could not be made secure.
    Tls,
    /// The answer was larger than is read.
    TooLarge,
    /// Malformed, cut short, or not what the contract says.
    InvalidResponse,
}

impl Failure {
    /// A failure without an answer, in words of our own.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl AsRef<str>) -> Self {
        Self {
            kind,
            message: clean(message.as_ref(), MESSAGE_LIMIT),
            http_status: None,
            retry_after: None,
            was_closed: false,
        }
    }

    /// The same failure, with the HTTP status of the answer.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { http_status: Some(status), ..self }
    }

    /// The same failure with every piece of `key` taken out of its message.
    ///
    /// The message given to [`Failure::new`] must not have been cut before: a cut could hide a piece
    /// of the key from the search. Use [`Failure::quoting`] for text from the server.
    #[must_use]
    pub fn redacted(self, key: &ApiKey) -> Self {
        let message = clean(&key.redact(&self.message), MESSAGE_LIMIT);
        Self { message, ..self }
    }

    /// A failure that quotes text from outside: cleaned, freed of `key` and of what has the form of a key, then cut.
    #[must_use]
    pub fn quoting(kind: FailureKind, text: &str, key: &ApiKey) -> Self {
        Self::new(kind, key.redact(&hide_keys(&clean(text, usize::MAX))))
    }

    /// The reason in a few words, for a row: `timeout`, `unknown, revoked or restricted key (401)`.
    #[must_use]
    pub fn summary(&self) -> String {
        let reason = match self.kind {
            FailureKind::Unauthorized => "unknown, revoked or restricted key",
            FailureKind::Forbidden => "token without account scope",
            FailureKind::NotFound => "no such address on the server",
            FailureKind::RateLimited => "rate limited",
            FailureKind::Other => "refused",
            FailureKind::ServerError => "server error",
            FailureKind::Redirect => "redirected elsewhere",
            FailureKind::Timeout => "timeout",
            FailureKind::Connect if self.was_closed => "no answer",
            FailureKind::Connect => "no connection",
            FailureKind::Tls => "no secure connection",
            FailureKind::TooLarge => "answer too large",
            FailureKind::InvalidResponse => "answer not understood",
        };
        match self.http_status {
            Some(status) if status != 200 => format!("{reason} ({status})"),
            _ => reason.to_owned(),
        }
    }
}

impl FailureKind {
    /// The name in JSON: `rate_limited`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::RateLimited => "rate_limited",
            Self::Other => "other",
            Self::ServerError => "server_error",
            Self::Redirect => "redirect",
            Self::Timeout => "timeout",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::TooLarge => "too_large",
            Self::InvalidResponse => "invalid_response",
        }
    }

    /// Whether the key itself was refused: asking again soon will not help.
    #[must_use]
    pub fn is_rejection(self) -> bool {
        matches!(self, Self::Unauthorized | Self::Forbidden)
    }

    /// Whether it may be over in a moment. A refused key and a wrong address will not be.
    #[must_use]
    pub fn may_pass(self) -> bool {
        match self {
            Self::Unauthorized | Self::Forbidden | Self::NotFound | Self::RateLimited | Self::Other => false,
            Self::ServerError
            | Self::Redirect
            | Self::Timeout
            | Self::Connect
            | Self::Tls
            | Self::TooLarge
            | Self::InvalidResponse => true,
        }
    }

    /// The kind that an HTTP status other than 200 stands for.
    #[must_use]
    pub fn from_status(status: u16) -> Self {
        match status {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            429 => Self::RateLimited,
            300..=399 => Self::Redirect,
            400..=499 => Self::Other,
            500..=599 => Self::ServerError,
            _ => Self::InvalidResponse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_key_is_gone_before_the_text_is_cut() {
        let key = ApiKey::new("cpk_aaaabbbbccccddddeeeeffff00001111.2222333344445555");
        let text = format!("{}{}", "x".repeat(190), key.expose());
        let failure = Failure::quoting(FailureKind::Other, &text, &key);
        assert!(failure.message.ends_with("[key]"), "{}", failure.message);
        assert!(failure.message.chars().count() <= MESSAGE_LIMIT);
    }

    #[test]
    fn a_key_of_somebody_else_is_gone_too() {
        let failure = Failure::quoting(FailureKind::Other, "not cpk_0000.1111.abc but", &ApiKey::new("cpk_x"));
        assert_eq!(failure.message, "not [key] but");
    }

    #[test]
    fn controls_cannot_hide_a_key_from_redaction() {
        let key = ApiKey::new("cpk_aaaabbbbccccddddeeeeffff00001111");
        let failure = Failure::quoting(FailureKind::Other, "aaaa\u{1b}[0mbbbb\u{200b}cccc", &key);
        assert_eq!(failure.message, "[key]");
    }

    #[test]
    fn a_connection_that_was_closed_was_one() {
        let failure = Failure::new(FailureKind::Connect, "closed before an answer");
        assert_eq!(failure.summary(), "no connection");
        assert_eq!(Failure { was_closed: true, ..failure }.summary(), "no answer");
    }
}
