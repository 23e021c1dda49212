//! Which credential to use.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::credential::CredentialId;
use crate::domain::quota::{QuotaUsage, as_f64};
use crate::domain::usage::{CredentialUsage, UsageManager, WindowState};

/// What a credential is needed for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need {
    /// So many requests.
    pub requests: f64,
    /// Over this time.
    pub lasting: TimeDelta,
    /// Whether as many have to be expected to be left after that time; else the forecast decides the order only.
    pub must_last: bool,
}

/// A request, and the next four hours: what the star of the dashboard goes by.
impl Default for Need {
    fn default() -> Self {
        Self { requests: 1.0, lasting: TimeDelta::hours(4), must_last: false }
    }
}

impl UsageManager {
    /// The credential with the most room over all its windows for what is needed: the one that is expected to have the
    /// most left after that time, or else the one that has the most now; the first of them where several have the
    /// same, as the keys of one account do. One with a cap that the server does not tell, or did not tell of late, comes
    /// after all others: what room it has is not known. `None` when no number is current, or none has room.
    #[must_use]
    pub fn pick(&self, need: Need, now: DateTime<Utc>) -> Option<CredentialId> {
        let mut best: Option<(CredentialId, Choice)> = None;
        for entry in self.credentials() {
            let Some(room) = entry.room(now).filter(|room| *room > 0.0 && *room >= need.requests) else { continue };
            let spare = entry.spare(room, need.lasting, now);
            if need.must_last && spare < need.requests {
                continue;
            }
            let choice = Choice { is_known: entry.is_wholly_known(now), spare, room };
            if best.is_none_or(|(_, most)| choice.is_better(most)) {
                best = Some((entry.identity().id, choice));
            }
        }
        best.map(|(id, _)| id)
    }

    /// [`UsageManager::pick`] for the next request that comes.
    #[must_use]
    pub fn best(&self, now: DateTime<Utc>) -> Option<CredentialId> {
        self.pick(Need::default(), now)
    }
}

/// What speaks for a credential.
#[derive(Clone, Copy)]
struct Choice {
    /// Whether all its windows are known, and as they are now.
    is_known: bool,
    /// The requests that are expected to be left.
    spare: f64,
    /// The requests that are left now.
    room: f64,
}

impl Choice {
    /// Whether it is better than another by what is expected to be left, and by what is now where that is as good as
    /// the same: the star is not to move for a forecast that changed by a hair.
    fn is_better(self, other: Self) -> bool {
        const HAIR: f64 = 0.01;
        if self.is_known != other.is_known {
            return self.is_known;
        }
        let is_same = (self.spare - other.spare).abs() <= HAIR * other.spare.max(1.0);
        if is_same { self.room > other.room } else { self.spare > other.spare }
    }
}

impl CredentialUsage {
    /// What is expected to be left of `room` after `lasting`, or at the reset of a window that ends before.
    fn spare(&self, room: f64, lasting: TimeDelta, now: DateTime<Utc>) -> f64 {
        let Some(daily) = self.usage(now).and_then(QuotaUsage::limit).map(as_f64) else { return room };
        let windows = self.windows().iter().filter(|state| !state.window.is_of_chute());
        windows.filter_map(|state| Some(state.left_after(lasting, now)? * daily)).fold(room, f64::min)
    }
}

impl WindowState {
    /// The part of the limit that is expected to be left after `lasting`, or at the reset if that comes first; `None`
    /// when nothing can be said.
    fn left_after(&self, lasting: TimeDelta, now: DateTime<Utc>) -> Option<f64> {
        let until = now.checked_add_signed(lasting).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let (limit, reset_at) = (self.window.limit.amount(), self.window.reset_at?);
        if !self.window.is_current(now) || limit <= 0.0 {
            return None;
        }
        if self.empty_at().is_some_and(|empty_at| empty_at <= until) {
            return Some(0.0);
        }
        let used = self.window.used?;
        let to_come = (self.forecast.outlook()?.used_at_reset - used).max(0.0);
        // Straight to the reset: what is compared are credentials, not minutes.
        let passed = (until.min(reset_at) - now).as_seconds_f64() / (reset_at - now).as_seconds_f64();
        Some(((limit - used - to_come * passed.clamp(0.0, 1.0)) / limit).clamp(0.0, 1.0))
    }
}
