//! What the worker learns is kept in the history, and what the history knows is told at the start.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::account::Capping;
use crate::domain::activity::{Bucket, ChuteId, HourlyRequests};
use crate::domain::credential::{ApiKey, Credential};
use crate::domain::past::{Past, PastQuery, PastSample};
use crate::domain::quota::Quota;
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::part::{ChuteNames, ChuteQuota, Part, PartAnswer};
use crate::domain::usage::{Remembered, Update};
use crate::domain::window::{Limit, WindowKind, day_before, four_hours_before, next_daily_reset, next_four_hour_reset};
use crate::history::{Course, Fingerprint, History, HistoryError, LastFailure, Sample, owner_of};

/// How much of the past the forecasts look at.
const PAST: TimeDelta = TimeDelta::days(35);
/// Of so many credentials at most the samples of the running windows are read at the start.
const MANY: usize = 500;

/// The history, and the API that the keys are for.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// Where it is kept.
    pub history: History,
    /// The API base, as text: keys are told apart by it, and the budget is its host's.
    pub base: String,
}

/// How long the history is waited for: a disk that hangs must not keep anyone from asking.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

impl Keeper {
    /// Whose past that of a key is.
    #[must_use]
    pub fn owner(&self, key: &ApiKey) -> Fingerprint {
        owner_of(&self.base, key)
    }

    /// Whose budget is spent by asking: scheme, name and port.
    pub(super) fn host(&self) -> String {
        self.base.splitn(4, '/').take(3).collect::<Vec<_>>().join("/").to_lowercase()
    }

    /// Whether it falls to the caller to have all credentials refreshed, of which this is the first key; to no other
    /// process then, for an `interval`.
    ///
    /// # Errors
    /// When the history cannot be written to.
    pub async fn take_refresh(
        &self,
        key: &ApiKey,
        interval: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<bool, HistoryError> {
        self.history.take_refresh(self.host(), Fingerprint::of_key(&self.base, key), interval, now).await
    }

    /// Every hour of an owner's usage that is known.
    pub(super) async fn hours(
        &self,
        owner: Fingerprint,
        now: DateTime<Utc>,
    ) -> Result<Arc<[HourlyRequests]>, HistoryError> {
        Ok(self.history.hourly(owner, now - PAST).await?.into())
    }

    /// What was, of one window of an owner. What cannot be read is as if it had not been.
    pub async fn past(&self, owner: Fingerprint, query: PastQuery, until: DateTime<Utc>) -> Past {
        let since = until - query.span.length();
        let samples = self.history.samples(owner, query.kind.clone(), since).await.unwrap_or_default();
        let sample = |sample: Sample| PastSample {
            at: sample.at,
            used: sample.used,
            limit: sample.limit,
            reset_at: sample.reset_at,
        };
        // The count of a day is filled in from its beginning.
        let hours = self.history.hourly(owner, since - TimeDelta::days(1)).await.unwrap_or_default();
        let shares = self.history.shares(owner, since).await.unwrap_or_default();
        Past { query, until, samples: samples.into_iter().map(sample).collect(), hours, shares }
    }

    /// Keeps an answer of the daily quota.
    pub(super) fn keep_snapshot(&self, key: &ApiKey, snapshot: &Snapshot) {
        self.history.keep_snapshot(Fingerprint::of_key(&self.base, key), snapshot);
        if let Quota::Finite(limit) = snapshot.usage.quota() {
            self.history.record(vec![Sample {
                owner: self.owner(key),
                kind: WindowKind::Daily,
                at: snapshot.fetched_at,
                used: snapshot.usage.used(),
                limit: Limit::Requests(limit),
                reset_at: Some(snapshot.reset_at),
            }]);
        }
    }

    /// Keeps the answer of an optional request, and a sample of each window in it.
    pub(super) fn keep_answer(&self, key: &ApiKey, answer: &PartAnswer, at: DateTime<Utc>) {
        let owner = self.owner(key);
        self.history.keep_answer(owner, answer, at);
        let samples = samples_in(owner, answer, at);
        if !samples.is_empty() {
            self.history.record(samples);
        }
    }

    /// Keeps what was answered to an optional request before this program asked, oldest first.
    pub fn keep_past(&self, key: &ApiKey, answers: &[(PartAnswer, DateTime<Utc>)]) {
        let owner = self.owner(key);
        let samples: Vec<Sample> = answers.iter().flat_map(|(answer, at)| samples_in(owner, answer, *at)).collect();
        if let (Some((answer, at)), false) = (answers.last(), samples.is_empty()) {
            self.history.keep_answer(owner, answer, *at);
            self.history.record(samples);
        }
    }

    /// Keeps a page of the usage, and gives all hours that are known.
    pub(super) async fn keep_usage(
        &self,
        key: &ApiKey,
        buckets: Vec<Bucket>,
        at: DateTime<Utc>,
    ) -> Arc<[HourlyRequests]> {
        let owner = self.owner(key);
        self.history.import_buckets(owner, buckets, at);
        self.history.hourly(owner, at - PAST).await.unwrap_or_default().into()
    }

    /// Keeps which chutes of a credential's account have a quota of their own.
    pub(super) fn keep_rows(&self, credential: Option<&Credential>, chutes: &[ChuteId], at: DateTime<Utc>) {
        if let Some(credential) = credential {
            self.history.keep_rows(self.owner(&credential.key), chutes, at);
        }
    }

    /// Keeps up to which hour the usage of a credential's account is known without a gap.
    pub(super) fn keep_usage_until(
        &self,
        credential: Option<&Credential>,
        until: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
    ) {
        if let (Some(credential), Some(until)) = (credential, until) {
            self.history.keep_usage_until(self.owner(&credential.key), until, at);
        }
    }

    /// Keeps the names of chutes.
    pub(super) fn keep_names(&self, names: &ChuteNames, at: DateTime<Utc>) {
        self.history.store_names(Arc::clone(names), at);
    }

    /// What is known of each credential from before the start, and up to which hour its usage is.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn remember(
        &self,
        credentials: &[Credential],
        interval: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Remembered, Option<DateTime<Utc>>)>, HistoryError> {
        let keys = credentials.iter().map(|credential| Fingerprint::of_key(&self.base, &credential.key)).collect();
        let owners = credentials.iter().map(|credential| self.owner(&credential.key)).collect();
        let snapshots = self.history.remember(keys).await?;
        let answers = self.history.remember(owners).await?;
        let mut past = self.look_back(credentials, interval, now).await?.into_iter();
        let mut remembered = Vec::new();
        for (credential, (own, shared)) in credentials.iter().zip(snapshots.into_iter().zip(answers)) {
            let (hours, samples) = past.next().map(|past| (past.answers, past.samples)).unwrap_or_default();
            let mut answers = shared.answers;
            if own.snapshot.is_none() && answers.is_empty() {
                continue;
            }
            answers.extend(hours);
            let id = credential.identity.id;
            let snapshot = own.snapshot;
            remembered.push((Remembered { id, snapshot, interval, answers, samples }, shared.usage_until));
        }
        Ok(remembered)
    }

    /// The failures of the credentials whose daily quota was not learned when it was last asked for.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn failures(&self, credentials: &[Credential], interval: Duration) -> Result<Vec<Update>, HistoryError> {
        let keys = credentials.iter().map(|credential| Fingerprint::of_key(&self.base, &credential.key)).collect();
        let failures = self.history.failures(keys, Part::Quota.as_str()).await?;
        let update = |(credential, failure): (&Credential, Option<LastFailure>)| {
            let LastFailure { failure, at } = failure?;
            let id = credential.identity.id;
            Some(Update::Answered { id, result: Err(failure), at, next_refresh: None, interval })
        };
        Ok(credentials.iter().zip(failures).filter_map(update).collect())
    }

    /// How the windows and the hours of each credential went, in their order, and no answer: what forecasts are made from.
    /// Of more than some 500 credentials nothing.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn look_back(
        &self,
        credentials: &[Credential],
        interval: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<Remembered>, HistoryError> {
        let owners = credentials.iter().filter(|_| credentials.len() <= MANY).map(|one| self.owner(&one.key)).collect();
        let courses = self.history.courses(owners, now - PAST, running(now)).await?;
        let past = |(credential, course): (&Credential, Course)| {
            let last = course.hours.last().map(|last| last.hour);
            let hours = last.map(|last| (PartAnswer::Usage(course.hours.into()), last));
            let (id, answers) = (credential.identity.id, hours.into_iter().collect());
            Remembered { id, snapshot: None, interval, answers, samples: course.windows }
        };
        Ok(credentials.iter().zip(courses).map(past).collect())
    }

    /// The names of chutes, and when they were learned.
    pub(super) async fn names(&self) -> Option<(Update, DateTime<Utc>)> {
        let (names, at): (HashMap<_, _>, _) = self.history.names().await.ok()?;
        Some((Update::Names(Arc::new(names)), at?))
    }
}

/// The windows that run, and when the longest that each may be began.
fn running(now: DateTime<Utc>) -> Vec<(WindowKind, DateTime<Utc>)> {
    let begun = [
        (WindowKind::Daily, day_before(next_daily_reset(now))),
        (WindowKind::FourHour, four_hours_before(next_four_hour_reset(now))),
        (WindowKind::Monthly, now.checked_sub_signed(TimeDelta::days(31))),
    ];
    begun.into_iter().map(|(kind, since)| (kind, since.unwrap_or(now))).collect()
}

/// A sample of each window in the answer of an optional request.
fn samples_in(owner: Fingerprint, answer: &PartAnswer, at: DateTime<Utc>) -> Vec<Sample> {
    let sample = |kind, used, limit, at, reset_at| Sample { owner, kind, at, used, limit, reset_at };
    match answer {
        PartAnswer::Caps(Some(plan)) => {
            let caps = [(WindowKind::FourHour, plan.four_hour), (WindowKind::Monthly, plan.monthly)];
            let cap = |(kind, cap): (WindowKind, Capping)| {
                cap.cap().map(|cap| sample(kind, Some(cap.usage), Limit::Dollars(cap.cap), at, cap.reset_at))
            };
            caps.into_iter().filter_map(cap).collect()
        }
        PartAnswer::Quotas(quotas) => {
            let quota = |quota: &ChuteQuota| {
                let (usage, at) = (quota.count.value()?, quota.count.fetched_at()?);
                let (kind, limit) = (WindowKind::Chute(quota.chute.clone()), Limit::Requests(usage.limit()?));
                Some(sample(kind, usage.used(), limit, at, Some(next_daily_reset(at))))
            };
            quotas.iter().filter_map(quota).collect()
        }
        PartAnswer::Caps(None) | PartAnswer::Account(_) | PartAnswer::Usage(_) => Vec::new(),
    }
}
