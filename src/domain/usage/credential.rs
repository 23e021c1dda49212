//! What is known of one credential, and how far it can be trusted.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::account::{Account, AccountId, Subscription};
use crate::domain::activity::{ChuteId, HourlyRequests};
use crate::domain::credential::Identity;
use crate::domain::failure::Failure;
use crate::domain::quota::QuotaUsage;
use crate::domain::snapshot::Snapshot;
use crate::domain::threshold::Rules;
use crate::domain::tier::Tier;
use crate::domain::usage::Remembered;
use crate::domain::usage::part::{ChuteQuota, Part, PartAnswer, PartState};
use crate::domain::usage::series::Series;
use crate::domain::usage::windows::{self, WindowState};

/// A refresh that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRefresh {
    /// Why.
    pub failure: Failure,
    /// When.
    pub at: DateTime<Utc>,
}

/// What is known of one credential.
#[derive(Clone, Debug, PartialEq)]
pub struct CredentialUsage {
    identity: Identity,
    pub(super) baseline: Option<Snapshot>,
    pub(super) failure: Option<FailedRefresh>,
    next_refresh: Option<DateTime<Utc>>,
    pub(super) interval: Duration,
    asking: bool,
    caps: PartState<Option<Subscription>>,
    quotas: PartState<Vec<ChuteQuota>>,
    pub(super) account: PartState<Account>,
    hours: PartState<Arc<[HourlyRequests]>>,
    series: Series,
    pub(super) windows: Vec<WindowState>,
}

impl CredentialUsage {
    pub(super) fn new(identity: Identity) -> Self {
        Self {
            identity,
            baseline: None,
            failure: None,
            next_refresh: None,
            interval: Duration::MAX,
            asking: false,
            caps: PartState::default(),
            quotas: PartState::default(),
            account: PartState::default(),
            hours: PartState::default(),
            series: Series::default(),
            windows: Vec::new(),
        }
    }

    /// The same under another name or id. Of what its worker was about to do nothing is left.
    pub(super) fn called(self, identity: Identity) -> Self {
        Self { identity, asking: false, next_refresh: None, ..self }
    }

    /// Goes by these thresholds from here on.
    pub(super) fn judge_by(&mut self, rules: &Rules) {
        self.identity.thresholds = rules.of(&self.identity.labels);
    }

    /// Which credential this is of.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whose quota it spends, when that is known: from the key, or from the account route.
    #[must_use]
    pub fn account_id(&self) -> Option<&AccountId> {
        self.identity.account.as_ref().or_else(|| self.account.value()?.id.as_ref())
    }

    /// What the API last said of the virtual model [`super::QUOTA_MODEL`]: the authority. It outlives failed
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

    /// How long its last own answer is to serve, as the worker said; [`Duration::MAX`] before the first.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval
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

    /// The plan and its caps: `Some(None)` is no subscription.
    #[must_use]
    pub fn caps(&self) -> &PartState<Option<Subscription>> {
        &self.caps
    }

    /// The quotas of single chutes.
    #[must_use]
    pub fn quotas(&self) -> &PartState<Vec<ChuteQuota>> {
        &self.quotas
    }

    /// The account behind the key.
    #[must_use]
    pub fn account(&self) -> &PartState<Account> {
        &self.account
    }

    /// Requests by the hour, oldest first.
    #[must_use]
    pub fn hours(&self) -> &PartState<Arc<[HourlyRequests]>> {
        &self.hours
    }

    /// Why an optional part could not be learned last time, for each that could not.
    pub fn failed_parts(&self) -> impl Iterator<Item = (Part, &Failure)> {
        Part::OPTIONAL.into_iter().filter_map(|part| Some((part, self.part_failure(part)?)))
    }

    /// Why a part could not be learned last time.
    #[must_use]
    pub fn part_failure(&self, part: Part) -> Option<&Failure> {
        match part {
            Part::Quota => self.failure.as_ref().map(|failed| &failed.failure),
            Part::Caps => self.caps.failure(),
            Part::Quotas => self.quotas.failure().or_else(|| self.failed_chutes().next().map(|(_, failure)| failure)),
            Part::Account => self.account.failure(),
            Part::Usage => self.hours.failure(),
        }
    }

    /// The chutes with a quota of their own of which the count could not be read last time, and why.
    pub fn failed_chutes(&self) -> impl Iterator<Item = (&ChuteId, &Failure)> {
        let quotas = self.quotas.value().into_iter().flatten();
        quotas.filter_map(|quota| Some((&quota.chute, quota.count.failure()?)))
    }

    /// Why the count of a chute could not be read last time.
    #[must_use]
    pub fn chute_failure(&self, chute: &ChuteId) -> Option<&Failure> {
        self.failed_chutes().find(|(failed, _)| *failed == chute).map(|(_, failure)| failure)
    }

    /// When a part was last learned; of the quotas of chutes, the one that was read longest ago.
    #[must_use]
    pub fn part_fetched_at(&self, part: Part) -> Option<DateTime<Utc>> {
        match part {
            Part::Quota => self.baseline.map(|snapshot| snapshot.fetched_at),
            Part::Caps => self.caps.fetched_at(),
            Part::Quotas => self.quotas_fetched_at(),
            Part::Account => self.account.fetched_at(),
            Part::Usage => self.hours.fetched_at(),
        }
    }

    fn quotas_fetched_at(&self) -> Option<DateTime<Utc>> {
        match self.quotas.value().map(Vec::as_slice) {
            Some([]) | None => self.quotas.fetched_at(),
            Some(quotas) => quotas.iter().filter_map(|quota| quota.count.fetched_at()).min(),
        }
    }

    /// Every window that can stop requests, with its forecast, as of the last answers: the daily one, then
    /// the caps, then single chutes. Ask [`crate::domain::window::Window::is_current`] before one is shown.
    #[must_use]
    pub fn windows(&self) -> &[WindowState] {
        &self.windows
    }

    /// Whether the answer of another key of the same account is good for this one: its own key was
    /// answered before, and not refused since.
    pub(super) fn takes_from_peers(&self) -> bool {
        self.baseline.is_some() && !self.failure.as_ref().is_some_and(|failed| failed.failure.kind.is_rejection())
    }

    pub(super) fn set_asking(&mut self, asking: bool) {
        self.asking = asking;
    }

    pub(super) fn schedule(&mut self, next_refresh: Option<DateTime<Utc>>) {
        self.next_refresh = next_refresh;
    }

    /// Takes in the answer of this credential's own refresh.
    pub(super) fn answer(&mut self, result: Result<Snapshot, Failure>, at: DateTime<Utc>, interval: Duration) {
        match result {
            Ok(snapshot) => {
                self.interval = interval;
                self.failure = None;
                // Its own answer counts even when the clock was set back since the last one.
                self.baseline = Some(snapshot);
                self.note(snapshot.fetched_at);
            }
            Err(failure) => self.failure = Some(FailedRefresh { failure, at }),
        }
    }

    /// Takes in the answer of another key of the account, unless newer numbers are known.
    pub(super) fn learn_snapshot(&mut self, snapshot: Snapshot) {
        if self.baseline.is_some_and(|known| known.fetched_at > snapshot.fetched_at) {
            return;
        }
        self.baseline = Some(snapshot);
        self.note(snapshot.fetched_at);
    }

    /// Takes in the answer of an optional request.
    pub(super) fn learn_part(&mut self, answer: PartAnswer, at: DateTime<Utc>) {
        self.take_part(answer, at);
        self.note(at);
    }

    fn take_part(&mut self, answer: PartAnswer, at: DateTime<Utc>) {
        match answer {
            PartAnswer::Caps(caps) => self.caps.learn(caps, at),
            PartAnswer::Quotas(quotas) => self.learn_quotas(quotas, at),
            PartAnswer::Account(account) => self.account.learn(account, at),
            PartAnswer::Usage(hours) => self.hours.learn(hours, at),
        }
    }

    /// A chute of which the count could not be read keeps the count that is known.
    fn learn_quotas(&mut self, quotas: Vec<ChuteQuota>, at: DateTime<Utc>) {
        let known = self.quotas.value().map(Vec::as_slice).unwrap_or_default();
        let known = |chute: &ChuteId| known.iter().find(|known| known.chute == *chute).map(|known| &known.count);
        let merge = |ChuteQuota { chute, count }| ChuteQuota { count: count.or_known(known(&chute)), chute };
        let quotas = quotas.into_iter().map(merge).collect();
        self.quotas.learn(quotas, at);
    }

    /// Takes in the failure of an optional request.
    pub(super) fn fail_part(&mut self, part: Part, failure: Failure) {
        match part {
            Part::Quota => {}
            Part::Caps => self.caps.fail(failure),
            Part::Quotas => self.quotas.fail(failure),
            Part::Account => self.account.fail(failure),
            Part::Usage => self.hours.fail(failure),
        }
    }

    /// Takes in what is known from before the program's start, where nothing newer is, and forecasts from all of it once.
    pub(super) fn remember(&mut self, remembered: Remembered) {
        let Remembered { id: _, snapshot, interval, answers, samples } = remembered;
        let mut newest = None;
        if let Some(snapshot) = snapshot.filter(|_| self.baseline.is_none()) {
            (self.interval, self.failure, self.baseline) = (interval, None, Some(snapshot));
            newest = newest.max(Some(snapshot.fetched_at));
        }
        for (answer, at) in answers {
            if self.part_fetched_at(answer.part()).is_none() {
                self.take_part(answer, at);
                newest = newest.max(Some(at));
            }
        }
        for (kind, samples) in &samples {
            for (at, used) in samples {
                self.series.add(kind, *at, *used);
            }
            newest = newest.max(samples.last().map(|(at, _)| *at));
        }
        if let Some(newest) = newest {
            self.note(newest);
        }
    }

    /// Builds the windows anew from what is known, takes a sample of each, and forecasts them as of `at`, or of the
    /// newest of them: what another instance has learned may be older than what is known here.
    fn note(&mut self, at: DateTime<Utc>) {
        let windows = windows::of(self.baseline.as_ref(), &self.caps, &self.quotas);
        let at = windows.iter().map(|window| window.fetched_at).fold(at, DateTime::max);
        for window in &windows {
            if let Some(used) = window.used {
                self.series.add(&window.kind, window.fetched_at, used);
            }
        }
        self.series.keep(&windows);
        self.windows = windows::forecast(windows, &self.series, &self.hours, at);
    }
}
