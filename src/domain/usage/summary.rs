//! Totals over all credentials.

use crate::domain::quota::QuotaUsage;

/// Totals over all credentials. Requests; what is not known is left out of the totals and counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// All credentials.
    pub total_credentials: usize,
    /// Those whose last refresh gave numbers of this window.
    pub successful: usize,
    /// Those whose last refresh failed.
    pub failed: usize,
    /// Successful ones without a daily limit: not in the totals.
    pub unlimited: usize,
    /// Successful ones of which the server does not know what is used: not in the totals.
    pub unknown: usize,
    /// Sum of the limits, each account's once.
    pub total_quota: u64,
    /// Sum of what is used, each account's once.
    pub total_used: f64,
    /// Sum of what is left, each account's once.
    pub total_remaining: f64,
}

impl Summary {
    /// Counts a credential. Only the first one of an account adds to the totals.
    pub(super) fn add(&mut self, usage: &QuotaUsage, is_first_of_account: bool) {
        self.successful += 1;
        match (usage.limit(), usage.used(), usage.remaining()) {
            (None, _, _) => self.unlimited += 1,
            (Some(limit), Some(used), Some(remaining)) if is_first_of_account => {
                self.total_quota = self.total_quota.saturating_add(limit);
                self.total_used += used;
                self.total_remaining += remaining;
            }
            (Some(_), Some(_), Some(_)) => {}
            (Some(_), _, _) => self.unknown += 1,
        }
    }
}
