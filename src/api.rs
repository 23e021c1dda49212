//! The Chutes API: where quotas are asked for.
//!
//! [`Client`] speaks HTTP; what it got is judged in `answer`, what it did not get in `transport`.
//! Every failure leaves here as a domain [`Failure`].

mod answer;
mod client;
mod retry_after;
mod transport;
pub mod wire;

use std::future::Future;

pub use client::{Client, ClientError, Limits};

use crate::domain::credential::ApiKey;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::snapshot::Snapshot;

/// Who answers what a credential's quota is: the Chutes API, or a fake in a test.
pub trait QuotaSource: Send + Sync + 'static {
    /// Asks once for the daily quota of `key`: `GET /users/me/quota_usage/me`.
    ///
    /// # Errors
    ///
    /// Every way in which no quota was learned, as a [`Failure`]. Never retries.
    fn fetch_quota_usage(&self, key: &ApiKey) -> impl Future<Output = Result<Snapshot, Failure>> + Send;
}

/// The most of a text from outside that is looked at for a message, in characters. A message keeps
/// 200; the search for pieces of the key must not be made to work through a quarter of a megabyte.
const EXCERPT: usize = 2_000;

/// A failure that quotes text from outside, however long that is.
fn quoting(kind: FailureKind, text: &str, key: &ApiKey) -> Failure {
    let end = text.char_indices().nth(EXCERPT).map_or(text.len(), |(end, _)| end);
    Failure::quoting(kind, text.get(..end).unwrap_or_default(), key)
}
