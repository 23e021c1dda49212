//! The usage of every credential: what the API last said, and how far it can be trusted now.
//!
//! The dashboard and the reports read from [`UsageManager`] and from nowhere else.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::credential::{CredentialId, Identity};
use crate::domain::failure::Failure;
use crate::domain::quota::{Headroom, QuotaUsage};
use crate::domain::snapshot::Snapshot;
use crate::domain::tier::Tier;

/// The virtual model under which a credential-level quota is kept.
pub const QUOTA_MODEL: &str = "chutes/_quota";

/// The quota group of every Chutes model: all of them share the credential's one pool.
pub const QUOTA_GROUP: &str = "chutes_global";

/// The quota group that a model's requests are counted in: [`QUOTA_GROUP`] for every model of Chutes
/// (`chutes/...`), none for any other.
#[must_use]
pub fn model_quota_group(model: &str) -> Option<&'static str> {
    model.strip_prefix("chutes/").filter(|name| !name.is_empty()).map(|_| QUOTA_GROUP)
}

/// A past fact about a refresh, as the worker reports it.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// A request was sent.
    Asking(CredentialId),
    /// A request that was sent is let go without an answer; it is asked again at `next_refresh`.
    LetGo {
        /// Whose.
        id: CredentialId,
        /// When it is asked again.
        next_refresh: Option<DateTime<Utc>>,
    },
    /// A request was answered, or failed.
    Answered {
        /// Whose.
        id: CredentialId,
        /// What was learned, or why not.
        result: Result<Snapshot, Failure>,
        /// When the answer or the failure was in.
        at: DateTime<Utc>,
        /// When it is asked again; `None`: only when the user asks.
        next_refresh: Option<DateTime<Utc>>,
        /// How long this answer is to serve: past one and a half times that it is stale.
        interval: Duration,
    },
    /// The times of the next requests have changed.
    Scheduled(Vec<(CredentialId, Option<DateTime<Utc>>)>),
    /// Nothing is sent to the host until then (it answered 429); `None`: the pause is over.
    HostPaused(Option<DateTime<Utc>>),
}

/// How far what is shown of a credential can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// The number is current.
    Fresh,
    /// Nothing is known yet: the first answer is not in.
    Waiting,
    /// The number is older than one and a half intervals.
    Stale,
    /// The reset has passed since the number was read: it is not of this window.
    PendingReset,
    /// The last refresh failed, and nothing was known before.
    Failed,
}

/// What is known of one credential.
#[derive(Clone, Debug, PartialEq)]
pub struct CredentialUsage {
    identity: Identity,
    baseline: Option<Snapshot>,
    failure: Option<FailedRefresh>,
    next_refresh: Option<DateTime<Utc>>,
    interval: Duration,
    asking: bool,
}

/// A refresh that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRefresh {
    /// Why.
    pub failure: Failure,
    /// When.
    pub at: DateTime<Utc>,
}

impl CredentialUsage {
    fn new(identity: Identity) -> Self {
        Self { identity, baseline: None, failure: None, next_refresh: None, interval: Duration::MAX, asking: false }
    }

    /// Which credential this is of.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What the API last said of the virtual model [`QUOTA_MODEL`]: the authority. It outlives failed
    /// refreshes and the reset; ask [`CredentialUsage::freshness`] before it is shown as current.
    #[must_use]
    pub fn baseline(&self) -> Option<&Snapshot> {
        self.baseline.as_ref()
    }

    /// The baseline's numbers, unless its window has been reset since.
    #[must_use]
    pub fn usage(&self, now: DateTime<Utc>) -> Option<&QuotaUsage> {
        self.baseline.as_ref().filter(|snapshot| now < snapshot.reset_at).map(|snapshot| &snapshot.usage)
    }

    /// The last refresh, if it failed.
    #[must_use]
    pub fn failure(&self) -> Option<&FailedRefresh> {
        self.failure.as_ref()
    }

    /// When it is asked next; `None` when that is not planned.
    #[must_use]
    pub fn next_refresh(&self) -> Option<DateTime<Utc>> {
        self.next_refresh
    }

    /// Whether a request is under way.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.asking
    }

    /// The tier, as last known. A reset does not change it.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.baseline.map_or(Tier::UNKNOWN, |snapshot| snapshot.usage.tier())
    }

    /// How far what is shown can be trusted.
    #[must_use]
    pub fn freshness(&self, now: DateTime<Utc>) -> Freshness {
        match (&self.baseline, &self.failure) {
            (Some(snapshot), _) if now >= snapshot.reset_at => Freshness::PendingReset,
            (Some(_), _) if self.stale_at().is_some_and(|stale_at| now > stale_at) => Freshness::Stale,
            (Some(snapshot), _) if is_to_come(snapshot.fetched_at, now) => Freshness::Stale,
            (Some(_), _) => Freshness::Fresh,
            (None, Some(_)) => Freshness::Failed,
            (None, None) => Freshness::Waiting,
        }
    }

    /// Whether nothing is left until the reset, as far as is known.
    #[must_use]
    pub fn is_exhausted(&self, now: DateTime<Utc>) -> bool {
        self.headroom(now) == Headroom::Exhausted
    }

    /// How close to empty it is; unknown when no number of this window is in.
    #[must_use]
    pub fn headroom(&self, now: DateTime<Utc>) -> Headroom {
        self.usage(now).map_or(Headroom::Unknown, QuotaUsage::headroom)
    }

    /// The next instant after `now` at which the freshness changes by itself.
    #[must_use]
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let just_after = self.stale_at().and_then(|at| at.checked_add_signed(TimeDelta::milliseconds(1)));
        let reset = self.baseline.map(|snapshot| snapshot.reset_at);
        [just_after, reset].into_iter().flatten().filter(|at| *at > now).min()
    }

    /// The last instant at which the number is current: one and a half intervals after it was read.
    /// `None`: it does not age.
    fn stale_at(&self) -> Option<DateTime<Utc>> {
        let limit = TimeDelta::from_std(self.interval.checked_add(self.interval / 2)?).ok()?;
        self.baseline?.fetched_at.checked_add_signed(limit)
    }

    fn apply(&mut self, result: Result<Snapshot, Failure>, at: DateTime<Utc>) {
        match result {
            Ok(snapshot) => {
                self.baseline = Some(snapshot);
                self.failure = None;
            }
            Err(failure) => self.failure = Some(FailedRefresh { failure, at }),
        }
    }
}

/// A time this far ahead of the clock cannot be told from a clock that was set back.
fn is_to_come(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at - now > TimeDelta::minutes(1)
}

/// The usage of all credentials.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageManager {
    entries: Vec<CredentialUsage>,
    host_paused_until: Option<DateTime<Utc>>,
}

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
    /// Sum of the limits.
    pub total_quota: u64,
    /// Sum of what is used.
    pub total_used: f64,
    /// Sum of what is left.
    pub total_remaining: f64,
}

/// Every credential, in the order of the configuration, and the totals.
#[derive(Clone, Debug)]
pub struct QuotaInfo<'a> {
    /// Every credential.
    pub credentials: &'a [CredentialUsage],
    /// The totals.
    pub summary: Summary,
}

impl UsageManager {
    /// A manager of these credentials, of which nothing is known yet. Their ids are their places.
    #[must_use]
    pub fn new(identities: impl IntoIterator<Item = Identity>) -> Self {
        Self { entries: identities.into_iter().map(CredentialUsage::new).collect(), host_paused_until: None }
    }

    /// Takes in what the worker reports. Reports of credentials that are not managed are ignored.
    pub fn apply(&mut self, update: Update) {
        match update {
            Update::Asking(id) => self.change(id, |entry| entry.asking = true),
            Update::LetGo { id, next_refresh } => self.change(id, |entry| {
                entry.asking = false;
                entry.next_refresh = next_refresh;
            }),
            Update::Answered { id, result, at, next_refresh, interval } => self.change(id, |entry| {
                entry.asking = false;
                entry.next_refresh = next_refresh;
                if result.is_ok() {
                    entry.interval = interval;
                }
                entry.apply(result, at);
            }),
            Update::Scheduled(times) => {
                for (id, next_refresh) in times {
                    self.change(id, |entry| entry.next_refresh = next_refresh);
                }
            }
            Update::HostPaused(until) => self.host_paused_until = until,
        }
    }

    fn change(&mut self, id: CredentialId, change: impl FnOnce(&mut CredentialUsage)) {
        if let Some(entry) = self.entries.get_mut(id.index()) {
            change(entry);
        }
    }

    /// One credential.
    #[must_use]
    pub fn get(&self, id: CredentialId) -> Option<&CredentialUsage> {
        self.entries.get(id.index())
    }

    /// Every credential, in the order of the configuration.
    #[must_use]
    pub fn credentials(&self) -> &[CredentialUsage] {
        &self.entries
    }

    /// Until when nothing is sent to the host, if it asked for that.
    #[must_use]
    pub fn host_paused_until(&self) -> Option<DateTime<Utc>> {
        self.host_paused_until
    }

    /// What the API last said of a credential's quota.
    #[must_use]
    pub fn baseline(&self, id: CredentialId) -> Option<&Snapshot> {
        self.get(id)?.baseline()
    }

    /// Whether a credential has nothing left until its reset.
    #[must_use]
    pub fn is_exhausted(&self, id: CredentialId, now: DateTime<Utc>) -> bool {
        self.get(id).is_some_and(|entry| entry.is_exhausted(now))
    }

    /// Every credential, and the totals.
    #[must_use]
    pub fn all_quota_info(&self, now: DateTime<Utc>) -> QuotaInfo<'_> {
        QuotaInfo { credentials: &self.entries, summary: self.summary(now) }
    }

    /// The totals. A number of a window that has been reset since is not in them.
    #[must_use]
    pub fn summary(&self, now: DateTime<Utc>) -> Summary {
        let mut summary = Summary { total_credentials: self.entries.len(), ..Summary::default() };
        for entry in &self.entries {
            if entry.failure.is_some() {
                summary.failed += 1;
            } else if let Some(usage) = entry.usage(now) {
                summary.add(usage);
            }
        }
        summary
    }

    /// The next instant after `now` at which the freshness of any credential changes by itself.
    #[must_use]
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.entries.iter().filter_map(|entry| entry.next_change(now)).min()
    }

    /// The soonest planned request.
    #[must_use]
    pub fn next_refresh(&self) -> Option<DateTime<Utc>> {
        self.entries.iter().filter_map(CredentialUsage::next_refresh).min()
    }
}

impl Summary {
    fn add(&mut self, usage: &QuotaUsage) {
        self.successful += 1;
        match (usage.limit(), usage.used(), usage.remaining()) {
            (None, _, _) => self.unlimited += 1,
            (Some(limit), Some(used), Some(remaining)) => {
                self.total_quota = self.total_quota.saturating_add(limit);
                self.total_used += used;
                self.total_remaining += remaining;
            }
            (Some(_), _, _) => self.unknown += 1,
        }
    }
}
