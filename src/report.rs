//! The usage of every credential as text: for people, and for scripts.
//!
//! Both read the [`UsageManager`] and nothing else. What was before is told by [`history`], from what was kept.

pub mod check;
mod columns;
pub mod credentials;
pub mod history;
mod json;
pub mod metrics;
pub mod status;
mod table;
mod values;

pub use self::json::{Changes, json, next_change};
pub use self::table::table;

use chrono::{DateTime, Utc};

use crate::domain::failure::Failure;
use crate::domain::quota::Quota;
use crate::domain::usage::{CredentialUsage, QuotaInfo, Summary, UsageManager};

/// Whether a report may name the people behind the accounts: it may be pasted anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identities {
    /// It may not.
    Hidden,
    /// It may.
    Shown,
}

/// How one credential stands in a report.
#[derive(Clone, Copy, Debug)]
enum Standing<'a> {
    /// The last answer is good, though its numbers may be of a window that has been reset since.
    Read,
    /// The last refresh failed.
    Failed(&'a Failure),
    /// It has not been asked for.
    NotAsked,
}

impl<'a> Standing<'a> {
    fn of(entry: &'a CredentialUsage) -> Self {
        match (entry.failure(), entry.baseline()) {
            (Some(failed), _) => Self::Failed(&failed.failure),
            (None, Some(_)) => Self::Read,
            (None, None) => Self::NotAsked,
        }
    }
}

/// The summary as a report has it: every row is either successful or failed.
///
/// To the domain a row is neither while its first answer is awaited, or after a reset. A report is
/// final: what was not asked for failed, and what was read just before a reset is successful, with
/// a limit that still holds and a use that is unknown.
fn summary(info: &QuotaInfo<'_>, now: DateTime<Utc>) -> Summary {
    let mut summary = info.summary;
    for entry in info.credentials.iter().filter(|entry| entry.usage(now).is_none()) {
        match (Standing::of(entry), entry.baseline().map(|snapshot| snapshot.usage.quota())) {
            (Standing::NotAsked, _) => summary.failed += 1,
            (Standing::Read, Some(Quota::Unlimited)) => {
                summary.successful += 1;
                summary.unlimited += 1;
            }
            (Standing::Read, _) => {
                summary.successful += 1;
                summary.unknown += 1;
            }
            (Standing::Failed(_), _) => {}
        }
    }
    summary
}

/// The reason with its status, then what the server says about it, and nothing twice.
fn told(failure: &Failure) -> String {
    let summary = failure.summary();
    match failure.message.strip_prefix(failure.kind.reason()) {
        Some(rest) => format!("{summary}{rest}"),
        None => format!("{summary}: {}", failure.message),
    }
}

/// The names of the other credentials of the same account, in order.
fn peers(entry: &CredentialUsage, usage: &UsageManager) -> Vec<String> {
    let id = entry.identity().id;
    let others = usage.group_of(id).iter().filter(|member| **member != id);
    others.filter_map(|member| Some(usage.get(*member)?.identity().name())).collect()
}

#[cfg(test)]
mod tests;
