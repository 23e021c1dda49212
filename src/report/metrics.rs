//! The usage as metrics for Prometheus: names and units by its conventions, in base units.
//!
//! What is not known is left out, and so are the numbers of a window that was reset since: a 0 would be taken for a
//! count. The labels are the credential's name and the first eight digits of its account's id, no more: a series
//! may be read by anyone who reaches the database. `docs/metrics.md` lists them all.

mod family;
mod windows;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use self::family::{Family, Labels, Unit};
use crate::domain::account::AccountId;
use crate::domain::quota::as_f64;
use crate::domain::usage::{CredentialUsage, UsageManager};
use crate::report::values::{REQUESTS, tidy};

/// All metrics of the usage at one instant.
#[derive(Clone, Debug)]
pub struct Metrics(Vec<Family>);

impl Metrics {
    /// The metrics at `now`.
    #[must_use]
    pub fn of(usage: &UsageManager, now: DateTime<Utc>) -> Self {
        let all: Vec<Labelled<'_>> = usage.credentials().iter().zip(names(usage)).map(Labelled::new).collect();
        let mut families = vec![
            Family::info("chutes_credential", "A credential and its tier", all.iter().map(Labelled::about)),
            Family::info(
                "chutes_credential_failure",
                "Why the last refresh of a credential failed",
                all.iter().filter_map(Labelled::failure),
            ),
        ];
        families.extend(standing(&all, now));
        families.extend(quota(&all, now));
        families.extend(windows::families(&all, usage, now));
        let paused = usage.host_paused_until().filter(|until| *until > now).and_then(seconds);
        families.push(Family::gauge(
            "chutes_top_paused_until_timestamp",
            "When requests go on after the server answered 429; absent while they do",
            Unit::Seconds,
            paused.map(|until| (Labels::new(), until)),
        ));
        Self(families)
    }
}

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.iter().try_for_each(|family| family.encode(&mut encoder))
    }
}

/// A credential, and the labels of its series.
struct Labelled<'a> {
    entry: &'a CredentialUsage,
    labels: Labels,
}

impl<'a> Labelled<'a> {
    fn new((entry, name): (&'a CredentialUsage, String)) -> Self {
        let account = entry.account_id().map(|account| ("account", AccountId::masked(account).to_owned()));
        let labels = [("credential", name)].into_iter().chain(account).collect();
        Self { entry, labels }
    }

    fn with(&self, more: impl IntoIterator<Item = (&'static str, String)>) -> Labels {
        self.labels.iter().cloned().chain(more).collect()
    }

    /// The tier has its own series: as a label of every series, a change of tier would start them all afresh.
    fn about(&self) -> Labels {
        let tier = self.entry.tier();
        self.with([("tier", tier.name.as_str().to_owned()), ("custom", tier.custom.to_string())])
    }

    fn failure(&self) -> Option<Labels> {
        let failed = self.entry.failure()?;
        Some(self.with([("kind", failed.failure.kind.as_str().to_owned())]))
    }
}

/// A unique name for each credential: two series with the same labels would make the whole scrape fail.
fn names(usage: &UsageManager) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |entry: &CredentialUsage| {
        let mut name = entry.identity().name();
        while !taken.insert(name.clone()) {
            name = format!("{name} #{}", entry.identity().id.index() + 1);
        }
        name
    };
    usage.credentials().iter().map(name).collect()
}

/// A gauge of every credential of which `value` is known.
fn each(
    all: &[Labelled<'_>],
    name: &'static str,
    help: &'static str,
    unit: Unit,
    value: impl Fn(&CredentialUsage) -> Option<f64>,
) -> Family {
    let series = all.iter().filter_map(|one| Some((one.labels.clone(), value(one.entry)?)));
    Family::gauge(name, help, unit, series)
}

/// How each credential stands.
fn standing(all: &[Labelled<'_>], now: DateTime<Utc>) -> [Family; 5] {
    [
        each(all, "chutes_credential_up", "Whether the last refresh succeeded", Unit::None, |entry| {
            match (entry.failure(), entry.baseline()) {
                (Some(_), _) => Some(0.0),
                (None, Some(_)) => Some(1.0),
                (None, None) => None,
            }
        }),
        each(
            all,
            "chutes_credential_fresh",
            "Whether the numbers are current: not older than they should be, and not of before a reset",
            Unit::None,
            |entry| entry.baseline().map(|_| truth(entry.is_current(now))),
        ),
        each(
            all,
            "chutes_credential_last_success_timestamp",
            "When the daily quota was last read",
            Unit::Seconds,
            |entry| seconds(entry.baseline()?.fetched_at),
        ),
        each(
            all,
            "chutes_credential_next_refresh_timestamp",
            "When the daily quota is planned to be read next",
            Unit::Seconds,
            |entry| seconds(entry.next_refresh()?),
        ),
        each(all, "chutes_balance", "What is left of the account's balance; may be negative", Unit::Dollars, |entry| {
            entry.account().value()?.balance
        }),
    ]
}

/// The daily request quota of each credential.
fn quota(all: &[Labelled<'_>], now: DateTime<Utc>) -> [Family; 3] {
    let requests = |value: f64| tidy(value, REQUESTS);
    [
        each(all, "chutes_quota_limit", "Requests a UTC day; absent without a limit", Unit::Requests, |entry| {
            entry.baseline()?.usage.limit().map(as_f64)
        }),
        each(all, "chutes_quota_used", "Requests used of the daily quota", Unit::Requests, |entry| {
            // Without a limit the server counts nothing, and says 0.
            let usage = entry.usage(now).filter(|usage| usage.limit().is_some());
            usage?.used().map(requests)
        }),
        each(all, "chutes_quota_remaining", "Requests left of the daily quota", Unit::Requests, |entry| {
            entry.usage(now)?.remaining().map(requests)
        }),
    ]
}

fn truth(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}

/// A time as Prometheus has it; `None` before 1970.
fn seconds(at: DateTime<Utc>) -> Option<f64> {
    u64::try_from(at.timestamp()).ok().map(as_f64)
}
