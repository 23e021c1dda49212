//! The report for scripts: one JSON document, whose fields and their order are a promise.

mod account;
mod changes;
mod windows;

use chrono::{DateTime, Utc};
use serde::Serialize;

use self::account::{AccountFields, Parts, Plan};
pub use self::changes::{Changes, next_change};
use self::windows::WindowFields;
use super::values::{FRACTIONS, REQUESTS, Reason, Time, tidy};
use super::{Identities, Standing};
use crate::domain::failure::FailureKind;
use crate::domain::quota::{Quota, QuotaUsage};
use crate::domain::tier::Tier;
use crate::domain::usage::{CredentialUsage, QUOTA_GROUP, QUOTA_MODEL, Summary, UsageManager};
use crate::domain::window::next_daily_reset;

/// The version of the document. Fields are added under the same number; a change of meaning raises it.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    generated_at: Time,
    summary: Totals,
    credentials: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Totals {
    total_credentials: usize,
    successful: usize,
    failed: usize,
    unlimited: usize,
    unknown: usize,
    total_quota: u64,
    total_used: f64,
    total_remaining: f64,
}

#[derive(Serialize)]
struct Row<'a> {
    identifier: String,
    status: &'static str,
    error: Option<Reason<'a>>,
    tier: &'static str,
    custom: bool,
    quota: Option<Limit>,
    used: Option<f64>,
    remaining: Option<f64>,
    remaining_fraction: Option<f64>,
    reset_at: Option<Time>,
    fetched_at: Option<Time>,
    model: &'static str,
    quota_group: &'static str,
    plan: Option<Plan>,
    account: Option<AccountFields<'a>>,
    balance: Option<f64>,
    windows: Vec<WindowFields<'a>>,
    binding_window: Option<usize>,
    windows_not_told: Vec<&'static str>,
    shares_quota_with: Vec<String>,
    parts: Parts<'a>,
}

/// An integer, or `"unlimited"`.
#[derive(Serialize)]
#[serde(untagged)]
enum Limit {
    Finite(u64),
    Unlimited(&'static str),
}

/// The document, as it is at `now`, with a line ending. The names of the accounts are in it only where
/// `identities` says so.
///
/// # Errors
///
/// None that are known of: what is serialised has no map and no foreign type.
pub fn json(usage: &UsageManager, now: DateTime<Utc>, identities: Identities) -> serde_json::Result<String> {
    let info = usage.all_quota_info(now);
    let document = Document {
        schema: SCHEMA,
        generated_at: Time(now),
        summary: Totals::from(super::summary(&info, now)),
        credentials: info.credentials.iter().map(|entry| Row::of(entry, usage, now, identities)).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

impl From<Summary> for Totals {
    fn from(summary: Summary) -> Self {
        Self {
            total_credentials: summary.total_credentials,
            successful: summary.successful,
            failed: summary.failed,
            unlimited: summary.unlimited,
            unknown: summary.unknown,
            total_quota: summary.total_quota,
            total_used: tidy(summary.total_used, REQUESTS),
            total_remaining: tidy(summary.total_remaining, REQUESTS),
        }
    }
}

impl<'a> Row<'a> {
    fn of(entry: &'a CredentialUsage, usage: &'a UsageManager, now: DateTime<Utc>, identities: Identities) -> Self {
        let nothing = Self {
            identifier: entry.identity().name(),
            status: "error",
            error: None,
            tier: Tier::UNKNOWN.name.as_str(),
            custom: false,
            quota: None,
            used: None,
            remaining: None,
            remaining_fraction: None,
            reset_at: None,
            fetched_at: None,
            model: QUOTA_MODEL,
            quota_group: QUOTA_GROUP,
            plan: None,
            account: None,
            balance: None,
            windows: Vec::new(),
            binding_window: None,
            windows_not_told: Vec::new(),
            shares_quota_with: super::peers(entry, usage),
            parts: Parts::of(entry),
        };
        match Standing::of(entry) {
            Standing::Read => nothing.read(entry, now, identities),
            Standing::Failed(failure) => Self { error: Some(Reason::from(failure)), ..nothing },
            Standing::NotAsked => {
                let kind = FailureKind::Other.as_str();
                Self { error: Some(Reason { kind, message: "not asked for", http_status: None }), ..nothing }
            }
        }
    }

    /// The row without the times of its questions.
    fn without_times(mut self) -> Self {
        self.fetched_at = None;
        self.parts.forget_times();
        self
    }

    /// The row with what was read. The limit outlives a reset, what is used of it does not.
    fn read(self, entry: &'a CredentialUsage, now: DateTime<Utc>, identities: Identities) -> Self {
        let usage = entry.usage(now);
        Self {
            status: "success",
            tier: entry.tier().name.as_str(),
            custom: entry.tier().custom,
            quota: entry.baseline().map(|snapshot| Limit::from(snapshot.usage.quota())),
            used: usage.and_then(QuotaUsage::used).map(|used| tidy(used, REQUESTS)),
            remaining: usage.and_then(QuotaUsage::remaining).map(|left| tidy(left, REQUESTS)),
            remaining_fraction: usage.and_then(QuotaUsage::remaining_fraction).map(|left| tidy(left, FRACTIONS)),
            reset_at: Some(Time(next_daily_reset(now))),
            fetched_at: entry.baseline().map(|snapshot| Time(snapshot.fetched_at)),
            plan: Plan::of(entry),
            account: AccountFields::of(entry, identities),
            balance: entry.account().value().and_then(|account| account.balance),
            windows: entry.windows().iter().map(|state| WindowFields::of(state, now)).collect(),
            binding_window: entry.binding_index(now),
            windows_not_told: entry.not_told().map(|kind| kind.as_str()).collect(),
            ..self
        }
    }
}

impl From<Quota> for Limit {
    fn from(quota: Quota) -> Self {
        match quota {
            Quota::Finite(limit) => Self::Finite(limit),
            Quota::Unlimited => Self::Unlimited("unlimited"),
        }
    }
}
