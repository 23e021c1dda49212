//! The report for monitors: one line and a level, by the Monitoring Plugins Development Guidelines.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::Standing;
use super::table::window_name;
use crate::domain::clean::shorten;
use crate::domain::quota::{Headroom, QuotaUsage};
use crate::domain::text;
use crate::domain::threshold::{Threshold, Thresholds, Unit};
use crate::domain::usage::part::Part;
use crate::domain::usage::{Beyond, CredentialUsage, UsageManager, WindowState};

/// So many credentials are named at most; all of them are in the performance data.
const NAMED: usize = 4;
/// The longest name in the text, in characters.
const NAME: usize = 40;

/// How bad it is. The order is by badness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Enough is left.
    Ok,
    /// It cannot be told.
    Unknown,
    /// Less is left than should be.
    Warning,
    /// Hardly anything is left, or nothing.
    Critical,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Unknown => "UNKNOWN",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
        }
    }
}

/// What is to be judged, and how.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Below this it is a warning; `None`: where the credential is low.
    pub warn: Option<Threshold>,
    /// Below this it is critical; `None`: as for the credential.
    pub crit: Option<Threshold>,
    /// The best credential counts, in place of the worst.
    pub all: bool,
}

/// The level of the credentials that are `wanted`, and the line that says so, with its ending.
///
/// ```text
/// CHUTES WARNING - 1 of 2 keys: batch 14 % left (day), reset in 6h 21m | 'work'=63%;20:;5:;0;100 'batch'=14%;20:;5:;0;100
/// ```
#[must_use]
pub fn check(
    usage: &UsageManager,
    rule: Rule,
    now: DateTime<Utc>,
    wanted: impl Fn(&CredentialUsage) -> bool,
) -> (Level, String) {
    let judged = usage.credentials().iter().filter(|entry| wanted(entry));
    let judged: Vec<(Level, &CredentialUsage)> = judged.map(|entry| (level(entry, rule, now), entry)).collect();
    let levels = judged.iter().map(|(level, _)| *level);
    let Some(level) = (if rule.all { levels.min() } else { levels.max() }) else {
        return (Level::Unknown, unknown("no key matches --only"));
    };
    let mut line = format!("CHUTES {} - {}", level.word(), plain(&told(&judged, rule, usage, now)));
    let data: Vec<String> = judged.iter().flat_map(|(_, entry)| performance(entry, rule, now)).collect();
    if !data.is_empty() {
        let _ = write!(line, " | {}", data.join(" "));
    }
    (level, line + "\n")
}

/// The line about a failure.
#[must_use]
pub fn unknown(reason: &str) -> String {
    format!("CHUTES {} - {}\n", Level::Unknown.word(), plain(reason))
}

/// Text without what ends it to a monitor.
fn plain(text: &str) -> String {
    text.replace('|', "/").replace(['\n', '\r'], " ")
}

impl Rule {
    /// What it asks of a credential.
    fn thresholds(self, entry: &CredentialUsage) -> Thresholds {
        entry.identity().thresholds.with(self.warn, self.crit)
    }
}

fn level(entry: &CredentialUsage, rule: Rule, now: DateTime<Utc>) -> Level {
    if !matches!(Standing::of(entry), Standing::Read) || entry.usage(now).is_none() {
        return Level::Unknown;
    }
    let reached = rule.thresholds(entry).reached(entry, now).map(|reached| reached.headroom);
    let headroom = entry.headroom(now);
    let is_empty = match headroom {
        Headroom::Exhausted => true,
        Headroom::NoQuota => entry.beyond() == Beyond::Refused,
        _ => false,
    };
    if is_empty || reached == Some(Headroom::NearlyOut) {
        Level::Critical
    } else if reached.is_some() {
        Level::Warning
    } else if headroom == Headroom::Unknown {
        Level::Unknown
    } else {
        Level::Ok
    }
}

/// What is bad, or else what there is least of.
fn told(judged: &[(Level, &CredentialUsage)], rule: Rule, usage: &UsageManager, now: DateTime<Utc>) -> String {
    let left = |entry: &CredentialUsage| Unit::Percent.left(entry, now).unwrap_or(f64::INFINITY);
    let mut bad: Vec<_> = judged.iter().filter(|(level, _)| *level != Level::Ok).collect();
    bad.sort_by(|a, b| b.0.cmp(&a.0).then(left(a.1).total_cmp(&left(b.1))));
    let count = judged.len();
    let keys = if count == 1 { "key" } else { "keys" };
    if bad.is_empty() {
        let least = judged.iter().min_by(|a, b| left(a.1).total_cmp(&left(b.1)));
        let least = least.map(|(_, entry)| one(entry, rule, usage, now)).unwrap_or_default();
        return format!("{count} {keys}, least: {least}");
    }
    let named: Vec<String> = bad.iter().take(NAMED).map(|(_, entry)| one(entry, rule, usage, now)).collect();
    let more = bad.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{} of {count} {keys}: {}{more}", bad.len(), named.join("; "))
}

/// `batch 14 % left (day), empty in 50m, reset in 5h 12m`, or what is left by the threshold that is reached:
/// `batch 340 requests left (day), reset in 5h 12m`.
fn one(entry: &CredentialUsage, rule: Rule, usage: &UsageManager, now: DateTime<Utc>) -> String {
    let name = shorten(&entry.identity().name(), NAME);
    match (Standing::of(entry), entry.usage(now)) {
        (Standing::Failed(failure), _) => return format!("{name} {}", failure.summary()),
        (Standing::NotAsked, _) => return format!("{name} not asked for"),
        (Standing::Read, None) => return format!("{name} read just before the reset"),
        (Standing::Read, Some(_)) => {}
    }
    let reached = rule.thresholds(entry).reached(entry, now).filter(|_| !entry.is_exhausted(now));
    let Some(state) = reached.and_then(|reached| reached.state).or(entry.binding(now)) else {
        let what = match (entry.usage(now).map(QuotaUsage::headroom), entry.beyond()) {
            (Some(Headroom::Unlimited), _) => "no daily limit".to_owned(),
            (Some(Headroom::NoQuota), Beyond::Refused) => "pay as you go, the balance is empty".to_owned(),
            (Some(Headroom::NoQuota), Beyond::Paid(balance)) => {
                let age = entry
                    .old_part(Part::Account, now)
                    .map(|read| format!(" {}", text::ago(read, now)))
                    .unwrap_or_default();
                format!("pay as you go, balance {}{age}", text::dollars(balance))
            }
            (Some(Headroom::NoQuota), _) => "pay as you go".to_owned(),
            _ => "use not known".to_owned(),
        };
        return format!("{name} {what}");
    };
    let WindowState { window, .. } = state;
    // When it is empty is told anyhow.
    let meant = reached.filter(|reached| reached.threshold.unit() != Unit::Seconds).and_then(|it| it.words(now));
    let left = match window.remaining_fraction() {
        _ if let Some(meant) = meant => meant,
        Some(left) if left > 0.0 => format!("{} left", text::percent(left)),
        _ => "used up".to_owned(),
    };
    let unknown = if entry.headroom(now) == Headroom::Unknown { "use of the day not known, " } else { "" };
    let mut told = format!("{name} {unknown}{left} ({})", window_name(&window.kind, usage));
    if entry.is_old(window, now) {
        let _ = write!(told, " {}", text::ago(window.fetched_at, now));
    }
    if let Some(empty_at) = state.empty_at().filter(|at| *at > now) {
        let _ = write!(told, ", empty in {}", text::countdown(empty_at, now));
    }
    match window.reset_at {
        Some(_) if window.is_renewal_pending() => told.push_str(", renewal pending"),
        Some(at) => drop(write!(told, ", reset in {}", text::countdown(at, now))),
        None => {}
    }
    told
}

/// What is left in percent, and in the units of the thresholds: `'work'=63.2%;20:;5:;0;100`.
fn performance(entry: &CredentialUsage, rule: Rule, now: DateTime<Utc>) -> Vec<String> {
    let Thresholds { low: warn, critical: crit } = rule.thresholds(entry);
    let mut units = vec![Unit::Percent, warn.unit(), crit.unit()];
    units.sort_by_key(|unit| *unit as u8);
    units.dedup();
    if level(entry, rule, now) == Level::Unknown && entry.failure().is_some() {
        return Vec::new();
    }
    let datum = |unit: Unit| {
        let left = number(unit.left(entry, now)?, unit);
        let (suffix, of) = match unit {
            Unit::Percent => ("%", ""),
            Unit::Requests => ("", " requests"),
            Unit::Dollars => ("", " dollars"),
            Unit::Seconds => ("s", " empty"),
        };
        let range = |threshold: Threshold| {
            if threshold.unit() == unit { format!("{}:", number(threshold.least(), unit)) } else { String::new() }
        };
        let most = unit.most(entry).map(|most| number(most, unit)).unwrap_or_default();
        let label = label(&format!("{}{of}", entry.identity().name()));
        Some(format!("{label}={left}{suffix};{};{};0;{most}", range(warn), range(crit)))
    };
    units.into_iter().filter_map(datum).collect()
}

/// What is left, rounded down, so that it is not above a threshold that it is below: to a hundredth, and dollars so finely
/// that to the cent they read as in the text.
fn number(number: f64, unit: Unit) -> String {
    let scale = if unit == Unit::Dollars { 1e6 } else { 100.0 };
    ((number * scale + 1e-7).floor() / scale).to_string()
}

/// A label has no equals sign; where there is more than letters and digits in it, it is quoted.
fn label(name: &str) -> String {
    let name = plain(name).replace('=', ":");
    if name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        name
    } else {
        format!("'{}'", name.replace('\'', "''"))
    }
}
