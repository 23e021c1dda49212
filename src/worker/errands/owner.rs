//! What is known of the errands of one account.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::domain::usage::part::ChuteQuota;
use crate::worker::ration::Ration;

/// What is known of one account's errands.
#[derive(Clone, Debug, Default)]
pub(super) struct Owner {
    pub(super) caps_at: Option<Instant>,
    pub(super) seldom_at: Option<Instant>,
    /// It said that it has no subscription.
    pub(super) has_no_caps: bool,
    /// How often the caps could not be read, in a row.
    pub(super) caps_failures: u32,
    pub(super) chutes: Vec<ChuteQuota>,
    /// When the next of its caps starts anew: what was asked before is of no use after.
    pub(super) caps_reset_at: Option<DateTime<Utc>>,
    /// When the last one did: what was asked before is of no use.
    pub(super) caps_reset: Option<DateTime<Utc>>,
    /// The last hour of usage up to which all is known.
    pub(super) usage_until: Option<DateTime<Utc>>,
    /// The last hour in the pages that are being asked for; it counts when the last of them is in.
    pub(super) usage_seen: Option<DateTime<Utc>>,
}

impl Owner {
    /// How long the caps serve: until the next refresh, or longer where there are none or they could not be read.
    pub(super) fn caps_serve(&self, ration: Ration) -> Duration {
        if self.has_no_caps {
            return ration.seldom;
        }
        let doubled = 2_u32.saturating_pow(self.caps_failures);
        (ration.interval / 4).saturating_mul(doubled).min(ration.seldom)
    }
}
