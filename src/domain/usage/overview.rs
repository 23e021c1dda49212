//! All credentials at a glance, found out in one pass and remembered while it holds.

use std::cell::Cell;

use chrono::{DateTime, Utc};

use crate::domain::credential::CredentialId;
use crate::domain::usage::{CredentialUsage, Freshness, UsageManager};

/// All credentials at a glance. An account is counted once, however many keys it has: by the first of its
/// credentials that has a number of today.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overview {
    /// Credentials.
    pub keys: usize,
    /// Accounts, as far as is known.
    pub accounts: usize,
    /// Requests left today, of the last good numbers of this day, also where the last refresh failed.
    pub left: f64,
    /// The limits of those.
    pub limit: u64,
    /// Accounts without a number of today.
    pub missing: usize,
    /// Of those, without any answer yet.
    pub waiting: usize,
    /// Accounts of which the number of today, or of the window that binds, is stale; none of those that are missing.
    pub stale: usize,
    /// Credentials that are being asked.
    pub asking: usize,
    /// When the oldest number of the total was read.
    pub oldest: Option<DateTime<Utc>>,
    /// The soonest planned request.
    pub next_refresh: Option<DateTime<Utc>>,
    /// The credential with the most room.
    pub best: Option<CredentialId>,
    /// When any of this changes by itself: a number turns stale, a window is reset, a request falls due.
    pub changes_at: Option<DateTime<Utc>>,
    /// When this was found out.
    at: DateTime<Utc>,
}

/// The last overview, for as long as nothing was learned since. It takes no part in comparisons.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo(Cell<Option<Overview>>);

impl PartialEq for Memo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Memo {
    /// Something was learned: the overview no longer holds.
    pub(super) fn forget(&mut self) {
        self.0.set(None);
    }

    /// The overview at `now`: the remembered one if it still holds, or else what `look` finds.
    pub(super) fn at(&self, now: DateTime<Utc>, look: impl FnOnce() -> Overview) -> Overview {
        let holds = |known: &Overview| known.at <= now && known.changes_at.is_none_or(|change| now < change);
        if let Some(known) = self.0.get().filter(holds) {
            return known;
        }
        let overview = look();
        self.0.set(Some(overview));
        overview
    }
}

impl Overview {
    pub(super) fn of(usage: &UsageManager, now: DateTime<Utc>) -> Self {
        let entries = usage.credentials();
        let mut overview = Self { keys: entries.len(), best: usage.best(now), at: now, ..Self::default() };
        for entry in entries {
            let id = entry.identity().id;
            overview.accounts += usize::from(usage.group_of(id).first().is_none_or(|first| *first == id));
            overview.add(entry, usage.counts_for_account(id, now), now);
        }
        overview
    }

    fn add(&mut self, entry: &CredentialUsage, counts: bool, now: DateTime<Utc>) {
        let freshness = entry.freshness(now);
        self.asking += usize::from(entry.is_asking());
        self.next_refresh = earlier(self.next_refresh, entry.next_refresh());
        let due = entry.next_refresh().filter(|due| *due > now);
        self.changes_at = earlier(self.changes_at, earlier(entry.next_change(now), due));
        if !counts {
            return;
        }
        self.waiting += usize::from(freshness == Freshness::Waiting);
        let Some(usage) = entry.usage(now) else {
            self.missing += 1;
            return;
        };
        self.oldest = earlier(self.oldest, entry.baseline().map(|snapshot| snapshot.fetched_at));
        match (usage.limit(), usage.remaining()) {
            (Some(limit), Some(left)) => {
                self.limit = self.limit.saturating_add(limit);
                self.left += left;
            }
            (Some(_), None) => return self.missing += 1,
            (None, _) => {}
        }
        self.stale += usize::from(!entry.is_current(now));
    }
}

fn earlier(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    a.into_iter().chain(b).min()
}
