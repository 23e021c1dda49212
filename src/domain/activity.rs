//! What an account's requests went to, hour by hour: what the server tells of the time before we watched.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::clean::clean;

/// A chute (a deployed model), by its id exactly as the server writes it, which is fit for display.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChuteId(Arc<str>);

impl ChuteId {
    /// The chute of that id; `None` for `*`, which is the account's shared quota, and for what is no id: nothing,
    /// only dots, which would be a path of their own, and what cannot be shown as it is. Such an id is not mended:
    /// it would be that of another chute.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        const LONGEST: usize = 128;
        (id != "*" && !id.chars().all(|c| c == '.') && clean(id, LONGEST) == id).then(|| Self(id.into()))
    }

    /// The id in full, to ask the server with.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first part of the id, for where there is no name.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

/// What one account asked of one chute within one hour (`/users/me/usage?per_chute=true`).
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// The start of the hour.
    pub hour: DateTime<Utc>,
    /// Which chute; `None` when the server did not say.
    pub chute: Option<ChuteId>,
    /// Requests.
    pub requests: f64,
    /// Dollars charged; requests within the quota cost nothing and are counted all the same.
    pub dollars: f64,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
}

/// The requests of one hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourlyRequests {
    /// The start of the hour.
    pub hour: DateTime<Utc>,
    /// Requests in it.
    pub requests: f64,
}

/// What one chute's share of an account's requests is, over some span.
#[derive(Clone, Debug, PartialEq)]
pub struct ChuteShare {
    /// Which chute; `None` when the server did not say.
    pub chute: Option<ChuteId>,
    /// Requests.
    pub requests: f64,
    /// Dollars charged.
    pub dollars: f64,
    /// Tokens read and written.
    pub tokens: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_quota_is_no_chute() {
        assert_eq!(ChuteId::parse("*"), None);
        assert_eq!(ChuteId::parse(" \u{1b}[31m "), None);
        assert_eq!(ChuteId::parse(".."), None);
        assert_eq!(ChuteId::parse(""), None);
        let chute = ChuteId::parse("aaaaaaaa-0000-4000-8000-00000000000a").unwrap();
        assert_eq!((chute.as_str(), chute.short()), ("aaaaaaaa-0000-4000-8000-00000000000a", "aaaaaaaa"));
    }

    #[test]
    fn an_id_is_taken_as_it_is_or_not_at_all() {
        for id in ["a ", "a\u{1b}[31mb", "a\u{202e}b", "a\nb", "a  b", &"a".repeat(129)] {
            assert_eq!(ChuteId::parse(id), None, "{id:?}");
        }
        let longest = "a".repeat(128);
        assert_eq!(ChuteId::parse(&longest).map(|chute| chute.as_str().to_owned()), Some(longest));
    }
}
