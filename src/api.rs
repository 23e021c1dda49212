//! The Chutes API: where quotas are asked for.
//!
//! [`Client`] speaks HTTP; what it got is judged in `answer`, what it did not get in `transport`.
//! Every failure leaves here as a domain [`Failure`].

mod answer;
mod client;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod retry_after;
mod transport;
pub mod wire;

use std::collections::HashMap;
use std::future::{Future, ready};
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use client::{Client, ClientError, Limits};

use crate::domain::account::{Account, Subscription};
use crate::domain::activity::{Bucket, ChuteId};
use crate::domain::credential::ApiKey;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::quota::QuotaUsage;
use crate::domain::snapshot::Snapshot;

/// Where quotas come from: the Chutes API, or a fake in a test.
///
/// Every request is sent once and never retried. Only the daily quota must be implemented; the other requests are
/// optional and fail by default.
pub trait QuotaSource: Send + Sync + 'static {
    /// Asks for the daily quota of `key`: `GET /users/me/quota_usage/me`.
    ///
    /// # Errors
    ///
    /// Why nothing was learned.
    fn fetch_quota_usage(&self, key: &ApiKey) -> impl Future<Output = Result<Snapshot, Failure>> + Send;

    /// Asks for the plan and its caps; `None` is no subscription: `GET /users/me/subscription_usage`.
    ///
    /// # Errors
    ///
    /// Why nothing was learned.
    fn fetch_subscription(&self, _key: &ApiKey) -> impl Future<Output = Result<Option<Subscription>, Failure>> + Send {
        not_told()
    }

    /// Asks which chutes have a quota of their own: `GET /users/me/quotas`.
    ///
    /// # Errors
    ///
    /// Why nothing was learned.
    fn fetch_chute_quotas(&self, _key: &ApiKey) -> impl Future<Output = Result<Vec<ChuteId>, Failure>> + Send {
        not_told()
    }

    /// Asks for the quota of one such chute: `GET /users/me/quota_usage/{chute}`.
    ///
    /// # Errors
    ///
    /// Why nothing was learned.
    fn fetch_chute_quota(
        &self,
        _key: &ApiKey,
        _chute: &ChuteId,
    ) -> impl Future<Output = Result<QuotaUsage, Failure>> + Send {
        not_told()
    }

    /// Asks for the account behind `key`: `GET /users/me`.
    ///
    /// # Errors
    ///
    /// Why nothing was learned.
    fn fetch_account(&self, _key: &ApiKey) -> impl Future<Output = Result<Account, Failure>> + Send {
        not_told()
    }

    /// Asks for a page of what the requests went to: `GET /users/me/usage?per_chute=true`.
    ///
    /// # Errors
    ///
    /// Why nothing was learned.
    fn fetch_usage(
        &self,
        _key: &ApiKey,
        _query: UsageQuery,
    ) -> impl Future<Output = Result<UsagePage, Failure>> + Send {
        not_told()
    }

    /// Asks for the names of chutes, without a key: `GET /invocations/stats/llm`.
    ///
    /// # Errors
    ///
    /// Why nothing was learned.
    fn fetch_chute_names(&self) -> impl Future<Output = Result<HashMap<ChuteId, String>, Failure>> + Send {
        not_told()
    }
}

/// The default answer to an optional request.
fn not_told<T: Send>() -> impl Future<Output = Result<T, Failure>> + Send {
    ready(Err(Failure::new(FailureKind::Other, "this source does not tell")))
}

/// Which page of the usage is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageQuery {
    /// The first hour.
    pub since: DateTime<Utc>,
    /// The last hour.
    pub until: DateTime<Utc>,
    /// Which page, from 0.
    pub page: u32,
    /// Entries a page.
    pub limit: u32,
}

/// A page of the usage, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct UsagePage {
    /// The entries on all pages.
    pub total: u64,
    /// The entries of this page.
    pub buckets: Vec<Bucket>,
}

/// How long a runtime that shuts down waits for what cannot be stopped, such as a name lookup that hangs.
pub const PATIENCE: Duration = Duration::from_millis(100);

/// How much of a text from outside is looked at, in characters. A message keeps 200; the search for pieces of the key
/// must not have to go through a quarter of a megabyte.
const EXCERPT: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quota::Quota;

    /// Knows of nothing but the daily quota.
    struct Plain;

    impl QuotaSource for Plain {
        async fn fetch_quota_usage(&self, _key: &ApiKey) -> Result<Snapshot, Failure> {
            Ok(Snapshot::new(QuotaUsage::new(Quota::Finite(300), None), DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH))
        }
    }

    #[tokio::test]
    async fn what_a_source_does_not_know_it_says_so_of() {
        let (key, chute) = (ApiKey::new("cpk_x"), ChuteId::parse("a").unwrap());
        let query = UsageQuery { since: DateTime::UNIX_EPOCH, until: DateTime::UNIX_EPOCH, page: 0, limit: 1 };
        let answers = [
            Plain.fetch_subscription(&key).await.map(drop),
            Plain.fetch_chute_quotas(&key).await.map(drop),
            Plain.fetch_chute_quota(&key, &chute).await.map(drop),
            Plain.fetch_account(&key).await.map(drop),
            Plain.fetch_usage(&key, query).await.map(drop),
            Plain.fetch_chute_names().await.map(drop),
        ];
        for answer in answers {
            assert_eq!(answer, Err(Failure::new(FailureKind::Other, "this source does not tell")));
        }
        assert!(Plain.fetch_quota_usage(&key).await.is_ok());
    }
}
