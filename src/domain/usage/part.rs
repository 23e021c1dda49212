//! The parts of what is known of a credential: each is asked for by itself, and has an age of its own.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::account::{Account, Subscription};
use crate::domain::activity::{ChuteId, HourlyRequests};
use crate::domain::failure::Failure;
use crate::domain::quota::QuotaUsage;

/// The names of chutes.
pub type ChuteNames = Arc<HashMap<ChuteId, String>>;

/// Which part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The daily quota: the one that must be known. Its failure is the credential's.
    Quota,
    /// The caps in dollars, and the plan.
    Caps,
    /// The quotas of single chutes.
    Quotas,
    /// Balance, name and role.
    Account,
    /// What the requests went to, hour by hour.
    Usage,
}

impl Part {
    /// The optional parts: their failure is named and changes nothing else.
    pub const OPTIONAL: [Self; 4] = [Self::Caps, Self::Quotas, Self::Account, Self::Usage];

    /// The name in JSON and in details.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::Caps => "caps",
            Self::Quotas => "quotas",
            Self::Account => "account",
            Self::Usage => "usage",
        }
    }
}

/// A chute with a daily quota of its own. Its requests are not in the account's shared count
/// (`api/user/schemas.py`).
#[derive(Clone, Debug, PartialEq)]
pub struct ChuteQuota {
    /// Which chute.
    pub chute: ChuteId,
    /// Its quota, and what is used of it. Each is asked for by itself, so each has an age and a failure of its own.
    pub count: PartState<QuotaUsage>,
}

/// What an optional request learned.
#[derive(Clone, Debug, PartialEq)]
pub enum PartAnswer {
    /// The plan and its caps; `None`: no subscription.
    Caps(Option<Subscription>),
    /// The quotas of single chutes: all that have one, also those of which the count could not be read.
    Quotas(Vec<ChuteQuota>),
    /// The account.
    Account(Account),
    /// Requests by the hour, oldest first: all that is known, not only what is new.
    Usage(Arc<[HourlyRequests]>),
}

impl PartAnswer {
    /// Which part this is of.
    #[must_use]
    pub fn part(&self) -> Part {
        match self {
            Self::Caps(_) => Part::Caps,
            Self::Quotas(_) => Part::Quotas,
            Self::Account(_) => Part::Account,
            Self::Usage(_) => Part::Usage,
        }
    }
}

/// The last answer of a part, and the last failure since.
#[derive(Clone, Debug, PartialEq)]
pub struct PartState<T> {
    value: Option<T>,
    fetched_at: Option<DateTime<Utc>>,
    failure: Option<Failure>,
}

impl<T> Default for PartState<T> {
    fn default() -> Self {
        Self { value: None, fetched_at: None, failure: None }
    }
}

impl<T> PartState<T> {
    /// What was learned then.
    #[must_use]
    pub fn learned(value: T, at: DateTime<Utc>) -> Self {
        Self { value: Some(value), fetched_at: Some(at), failure: None }
    }

    /// What was last learned; it outlives failures.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// When it was learned.
    #[must_use]
    pub fn fetched_at(&self) -> Option<DateTime<Utc>> {
        self.fetched_at
    }

    /// Why it could not be learned last time.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Takes in an answer.
    pub fn learn(&mut self, value: T, at: DateTime<Utc>) {
        *self = Self::learned(value, at);
    }

    /// Takes in a failure: what was known stays.
    pub fn fail(&mut self, failure: Failure) {
        self.failure = Some(failure);
    }

    /// Where nothing was learned, what `known` learned stays known.
    pub(super) fn or_known(self, known: Option<&Self>) -> Self
    where
        T: Clone,
    {
        match known {
            Some(known) if self.value.is_none() => Self { failure: self.failure, ..known.clone() },
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::failure::FailureKind;

    #[test]
    fn a_failure_leaves_what_was_known() {
        let at = "2026-11-23T17:38:21Z".parse().unwrap();
        let mut part = PartState::default();
        part.learn(7, at);
        part.fail(Failure::new(FailureKind::Timeout, "no answer"));
        assert_eq!((part.value(), part.fetched_at()), (Some(&7), Some(at)));
        assert!(part.failure().is_some());
        part.learn(8, at);
        assert!(part.failure().is_none());
    }
}
