//! What one refresh learned of one credential.

use chrono::{DateTime, Utc};

use crate::domain::quota::QuotaUsage;
use crate::domain::window::next_daily_reset;

/// What one refresh learned of one credential.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snapshot {
    /// The daily quota and its use.
    pub usage: QuotaUsage,
    /// When the count starts anew: the first 00:00 UTC after the request was sent. Computed, since
    /// the server does not say it.
    pub reset_at: DateTime<Utc>,
    /// When the answer was in.
    pub fetched_at: DateTime<Utc>,
}

impl Snapshot {
    /// What was learned from a request sent at `asked_at` and answered at `fetched_at`.
    ///
    /// The count may be of the day in which the request was sent. So when midnight falls between the
    /// two, the snapshot's reset has passed already, and the row is asked for again.
    #[must_use]
    pub fn new(usage: QuotaUsage, asked_at: DateTime<Utc>, fetched_at: DateTime<Utc>) -> Self {
        Self { usage, reset_at: next_daily_reset(asked_at), fetched_at }
    }
}
