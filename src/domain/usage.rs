//! The usage of every credential: what the API last said, and how far it can be trusted now.
//!
//! The dashboard and the reports read from [`UsageManager`] and from nowhere else.

mod credential;
mod judgement;
mod overview;
pub mod part;
mod pick;
mod series;
mod summary;
mod windows;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::account::AccountId;
use crate::domain::activity::ChuteId;
use crate::domain::credential::{CredentialId, Identity};
use crate::domain::failure::Failure;
use crate::domain::snapshot::Snapshot;
use crate::domain::threshold::Rules;
use crate::domain::window::WindowKind;
pub use credential::{CredentialUsage, FailedRefresh};
pub use judgement::{Beyond, Freshness};
use overview::Memo;
pub use overview::Overview;
use part::{ChuteNames, Part, PartAnswer};
pub use pick::Need;
pub use summary::Summary;
pub use windows::WindowState;

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
    /// An optional request was answered, or failed.
    Part {
        /// Whose.
        id: CredentialId,
        /// What was learned, or which part was not, and why.
        result: Result<PartAnswer, (Part, Failure)>,
        /// When.
        at: DateTime<Utc>,
    },
    /// The names of chutes are known.
    Names(ChuteNames),
    /// What was known before the program started. It never replaces anything newer.
    Remembered(Box<Remembered>),
    /// The times of the next requests have changed.
    Scheduled(Vec<(CredentialId, Option<DateTime<Utc>>)>),
    /// Nothing is sent to the host until then (it answered 429); `None`: the pause is over.
    HostPaused(Option<DateTime<Utc>>),
    /// The budget of requests is too small for the interval that was asked for; `None`: it is not, any more.
    Stretched(Option<Stretch>),
    /// Something that the user should know.
    Notice(String),
}

/// How the interval is stretched, so that the budget of requests is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// How often each credential is asked.
    pub interval: Duration,
    /// The requests that this takes.
    pub requests: usize,
    /// So many of them may be sent a minute, one after another.
    pub per_minute: u32,
}

/// What a counter read, and when, oldest first.
pub type Readings = Vec<(DateTime<Utc>, f64)>;

/// What the history knows of one credential.
#[derive(Clone, Debug, PartialEq)]
pub struct Remembered {
    /// Whose.
    pub id: CredentialId,
    /// The last good answer.
    pub snapshot: Option<Snapshot>,
    /// How long that was to serve.
    pub interval: Duration,
    /// The last answers of the optional requests, and when they were in.
    pub answers: Vec<(PartAnswer, DateTime<Utc>)>,
    /// What the counters of the running windows read, oldest first.
    pub samples: Vec<(WindowKind, Readings)>,
}

/// The usage of all credentials.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageManager {
    entries: Vec<CredentialUsage>,
    /// The credentials of each account, in order.
    groups: HashMap<AccountId, Vec<CredentialId>>,
    names: ChuteNames,
    host_paused_until: Option<DateTime<Utc>>,
    stretch: Option<Stretch>,
    overview: Memo,
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
        let entries = identities.into_iter().map(CredentialUsage::new).collect();
        let mut manager = Self { entries, ..Self::default() };
        manager.group();
        manager
    }

    /// Manages these credentials from here on. Of each that was there `before` everything stays known.
    pub fn exchange(&mut self, identities: Vec<Identity>, before: &[Option<CredentialId>]) {
        self.overview.forget();
        let mut old: Vec<_> = std::mem::take(&mut self.entries).into_iter().map(Some).collect();
        let places = before.iter().copied().chain(std::iter::repeat(None));
        for (identity, before) in identities.into_iter().zip(places) {
            let known = before.and_then(|id| old.get_mut(id.index())?.take());
            self.entries.push(match known {
                Some(entry) => entry.called(identity),
                None => CredentialUsage::new(identity),
            });
        }
        self.stretch = None;
        self.group();
    }

    /// Goes by these thresholds from here on.
    pub fn judge_by(&mut self, rules: &Rules) {
        self.overview.forget();
        for entry in &mut self.entries {
            entry.judge_by(rules);
        }
    }

    /// Takes in what the worker reports. Reports of credentials that are not managed are ignored.
    pub fn apply(&mut self, update: Update) {
        self.overview.forget();
        match update {
            Update::Asking(id) => self.change(id, |entry| entry.set_asking(true)),
            Update::LetGo { id, next_refresh } => self.change(id, |entry| {
                entry.set_asking(false);
                entry.schedule(next_refresh);
            }),
            Update::Answered { id, result, at, next_refresh, interval } => {
                if let Ok(snapshot) = result {
                    self.change_peers(id, |entry| entry.learn_snapshot(snapshot));
                }
                self.change(id, |entry| {
                    entry.set_asking(false);
                    entry.schedule(next_refresh);
                    entry.answer(result, at, interval);
                });
            }
            Update::Part { id, result, at } => self.apply_part(id, result, at),
            Update::Names(names) => self.names = names,
            Update::Remembered(remembered) => self.remember(*remembered),
            Update::Scheduled(times) => {
                for (id, next_refresh) in times {
                    self.change(id, |entry| entry.schedule(next_refresh));
                }
            }
            Update::HostPaused(until) => self.host_paused_until = until,
            Update::Stretched(stretch) => self.stretch = stretch,
            Update::Notice(_) => {}
        }
    }

    /// An answer about the account serves all of its credentials.
    fn apply_part(&mut self, id: CredentialId, result: Result<PartAnswer, (Part, Failure)>, at: DateTime<Utc>) {
        match result {
            Ok(answer) => {
                self.change_peers(id, |entry| entry.learn_part(answer.clone(), at));
                self.change_and_group(id, |entry| entry.learn_part(answer, at));
            }
            Err((part, failure)) => {
                self.change_peers(id, |entry| entry.fail_part(part, failure.clone()));
                self.change(id, |entry| entry.fail_part(part, failure));
            }
        }
    }

    fn remember(&mut self, remembered: Remembered) {
        self.change_and_group(remembered.id, |entry| entry.remember(remembered));
    }

    fn change(&mut self, id: CredentialId, change: impl FnOnce(&mut CredentialUsage)) {
        if let Some(entry) = self.entries.get_mut(id.index()) {
            change(entry);
        }
    }

    /// Changes a credential, which may be known to be of another account thereafter.
    fn change_and_group(&mut self, id: CredentialId, change: impl FnOnce(&mut CredentialUsage)) {
        let before = self.account_of(id).cloned();
        self.change(id, change);
        let account = self.account_of(id).cloned();
        if account == before {
            return;
        }
        if let Some(before) = before {
            let members = self.groups.remove(&before).unwrap_or_default();
            let others: Vec<_> = members.into_iter().filter(|member| *member != id).collect();
            if !others.is_empty() {
                self.groups.insert(before, others);
            }
        }
        if let Some(account) = account {
            let members = self.groups.entry(account).or_default();
            members.insert(members.partition_point(|member| member.index() < id.index()), id);
        }
    }

    /// Changes the other credentials of the same account, where an answer of one is good for all.
    fn change_peers(&mut self, id: CredentialId, change: impl Fn(&mut CredentialUsage)) {
        for peer in self.group_of(id).to_vec() {
            if peer != id && self.get(peer).is_some_and(CredentialUsage::takes_from_peers) {
                self.change_and_group(peer, &change);
            }
        }
    }

    /// Finds out anew which credentials are of which account.
    fn group(&mut self) {
        self.groups.clear();
        for entry in &self.entries {
            if let Some(account) = entry.account_id() {
                self.groups.entry(account.clone()).or_default().push(entry.identity().id);
            }
        }
    }

    fn account_of(&self, id: CredentialId) -> Option<&AccountId> {
        self.get(id)?.account_id()
    }

    /// The credentials of the account that a credential is of, itself among them; empty when it has the
    /// account to itself, as far as is known.
    #[must_use]
    pub fn group_of(&self, id: CredentialId) -> &[CredentialId] {
        let members = self.account_of(id).and_then(|account| self.groups.get(account));
        members.filter(|members| members.len() > 1).map_or(&[], Vec::as_slice)
    }

    /// Whether a credential's numbers are the ones that its account is counted by: those of the first of
    /// its group that has any of this day, or else those of the first.
    #[must_use]
    pub fn counts_for_account(&self, id: CredentialId, now: DateTime<Utc>) -> bool {
        let has_numbers = |member: &CredentialId| self.get(*member).is_some_and(|entry| entry.usage(now).is_some());
        let group = self.group_of(id);
        group.iter().find(|member| has_numbers(member)).or(group.first()).is_none_or(|first| *first == id)
    }

    /// The name of a chute, or the first part of its id.
    #[must_use]
    pub fn chute_name<'a>(&'a self, chute: &'a ChuteId) -> &'a str {
        self.names.get(chute).map_or_else(|| chute.short(), String::as_str)
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

    /// How the interval is stretched, if it is.
    #[must_use]
    pub fn stretch(&self) -> Option<Stretch> {
        self.stretch
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

    /// The totals, each account counted once. A number of a window that has been reset since is not in them.
    #[must_use]
    pub fn summary(&self, now: DateTime<Utc>) -> Summary {
        let mut summary = Summary { total_credentials: self.entries.len(), ..Summary::default() };
        let is_counted = |entry: &CredentialUsage| entry.failure().is_none() && entry.usage(now).is_some();
        for entry in &self.entries {
            if entry.failure().is_some() {
                summary.failed += 1;
            } else if let Some(usage) = entry.usage(now) {
                let id = entry.identity().id;
                let first = self.group_of(id).iter().find(|member| self.get(**member).is_some_and(is_counted));
                summary.add(usage, first.is_none_or(|first| *first == id));
            }
        }
        summary
    }

    /// All credentials at a glance. Cheap while nothing was learned and nothing changed by itself.
    #[must_use]
    pub fn overview(&self, now: DateTime<Utc>) -> Overview {
        self.overview.at(now, || Overview::of(self, now))
    }
}
