//! Why a credential could not be read.

use std::time::Duration;

use crate::domain::clean::{MESSAGE_LIMIT, clean};

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
    /// A failure without an answer, in words of our own. What they quote from outside is free of keys already:
    /// here the message is cut, and a cut could hide a piece of a key from the search.
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

    /// The reason in a few words: `timeout`, `unknown, revoked or restricted key (401)`.
    #[must_use]
    pub fn summary(&self) -> String {
        self.with_status_after(if self.was_closed { "no answer" } else { self.kind.reason() })
    }

    /// The same with fewer words, where there is less room: `key refused (401)`.
    #[must_use]
    pub fn short_summary(&self) -> String {
        self.with_status_after(self.short_reason())
    }

    /// What remains of it where there is hardly any room: the HTTP status, or else the fewest words.
    #[must_use]
    pub fn brief(&self) -> String {
        self.telling_status().map_or_else(|| self.short_reason().to_owned(), |status| status.to_string())
    }

    fn short_reason(&self) -> &'static str {
        match self.kind {
            _ if self.was_closed => "no answer",
            FailureKind::Unauthorized => "key refused",
            FailureKind::Forbidden => "no account scope",
            FailureKind::NotFound => "no such address",
            FailureKind::Redirect => "redirected",
            FailureKind::Tls => "no TLS",
            FailureKind::TooLarge => "too large",
            FailureKind::InvalidResponse => "bad answer",
            kind => kind.reason(),
        }
    }

    fn with_status_after(&self, reason: &str) -> String {
        self.telling_status().map_or_else(|| reason.to_owned(), |status| format!("{reason} ({status})"))
    }

    /// The HTTP status, if that says anything of the failure.
    fn telling_status(&self) -> Option<u16> {
        self.http_status.filter(|status| *status != 200)
    }
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::RateLimited,
        Self::Other,
        Self::ServerError,
        Self::Redirect,
        Self::Timeout,
        Self::Connect,
        Self::Tls,
        Self::TooLarge,
        Self::InvalidResponse,
    ];

    /// What it means, in a few words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unauthorized => "unknown, revoked or restricted key",
            Self::Forbidden => "token without account scope",
            Self::NotFound => "no such address on the server",
            Self::RateLimited => "rate limited",
            Self::Other => "refused",
            Self::ServerError => "server error",
            Self::Redirect => "redirected elsewhere",
            Self::Timeout => "timeout",
            Self::Connect => "no connection",
            Self::Tls => "no secure connection",
            Self::TooLarge => "answer too large",
            Self::InvalidResponse => "answer not understood",
        }
    }

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

    /// The kind of that name in JSON.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
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
    fn a_reason_is_told_in_as_many_words_as_there_is_room_for() {
        let told = |failure: &Failure| [failure.summary(), failure.short_summary(), failure.brief()];
        let refused = Failure::new(FailureKind::Unauthorized, "").with_status(401);
        assert_eq!(told(&refused), ["unknown, revoked or restricted key (401)", "key refused (401)", "401"]);
        let garbled = Failure::new(FailureKind::InvalidResponse, "").with_status(200);
        assert_eq!(told(&garbled), ["answer not understood", "bad answer", "bad answer"]);
    }

    #[test]
    fn a_connection_that_was_closed_was_one() {
        let failure = Failure::new(FailureKind::Connect, "closed before an answer");
        assert_eq!(failure.summary(), "no connection");
        assert_eq!(Failure { was_closed: true, ..failure }.summary(), "no answer");
    }
}
