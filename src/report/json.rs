//! The report for scripts: one JSON document, whose fields and their order are a promise.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::Standing;
use crate::domain::failure::{Failure, FailureKind};
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
}

#[derive(Serialize)]
struct Reason<'a> {
    kind: &'static str,
    message: &'a str,
    http_status: Option<u16>,
}

/// An integer, or `"unlimited"`.
#[derive(Serialize)]
#[serde(untagged)]
enum Limit {
    Finite(u64),
    Unlimited(&'static str),
}

/// `2026-11-23T17:38:21Z`: UTC, whole seconds, rounded down.
struct Time(DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.format("%Y-%m-%dT%H:%M:%SZ"))
    }
}

/// The document, as it is at `now`, with a line ending.
///
/// # Errors
///
/// None that are known of: what is serialised has no map and no foreign type.
pub fn json(usage: &UsageManager, now: DateTime<Utc>) -> serde_json::Result<String> {
    let info = usage.all_quota_info(now);
    let document = Document {
        schema: SCHEMA,
        generated_at: Time(now),
        summary: Totals::from(super::summary(&info, now)),
        credentials: info.credentials.iter().map(|entry| Row::of(entry, now)).collect(),
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
    fn of(entry: &'a CredentialUsage, now: DateTime<Utc>) -> Self {
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
        };
        match Standing::of(entry) {
            Standing::Read => nothing.read(entry, now),
            Standing::Failed(failure) => Self { error: Some(Reason::from(failure)), ..nothing },
            Standing::NotAsked => {
                let kind = FailureKind::Other.as_str();
                Self { error: Some(Reason { kind, message: "not asked for", http_status: None }), ..nothing }
            }
        }
    }

    /// The row with what was read. The limit outlives a reset, what is used of it does not.
    fn read(self, entry: &CredentialUsage, now: DateTime<Utc>) -> Self {
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
            ..self
        }
    }
}

impl<'a> From<&'a Failure> for Reason<'a> {
    fn from(failure: &'a Failure) -> Self {
        Self { kind: failure.kind.as_str(), message: &failure.message, http_status: failure.http_status }
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

/// Requests are told to a millionth: the server counts in tenths.
const REQUESTS: f64 = 1e6;
/// A fraction of the limit, to a billionth.
const FRACTIONS: f64 = 1e9;

/// `number` without the noise of binary arithmetic: to one part in `scale`. What is so small that
/// nothing would be left of it, or so large that a float has no such parts, stays as it is.
fn tidy(number: f64, scale: f64) -> f64 {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let scaled = (number * scale).round();
    if scaled.abs() < 1.0 || scaled.abs() > EXACT { number + 0.0 } else { scaled / scale }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::sum(0.1 + 0.2, "0.3")]
    #[case::difference(100.0 - 80.1, "19.9")]
    #[case::whole(120.0, "120.0")]
    #[case::nothing(-0.0, "0.0")]
    #[case::negative(-5.000_000_000_1, "-5.0")]
    #[case::tiny(1e-9, "1e-9")]
    #[case::huge(1e300, "1e+300")]
    fn noise_goes_and_numbers_stay(#[case] number: f64, #[case] text: &str) {
        assert_eq!(serde_json::to_string(&tidy(number, REQUESTS)).unwrap(), text);
    }
}
