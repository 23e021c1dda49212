//! What changes, for scripts: a line of JSON for each change of a credential's entry in the document.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::values::Time;
use super::super::{Identities, Standing};
use super::Row;
use crate::domain::usage::{CredentialUsage, Freshness, UsageManager};

/// What a script has been sent so far.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    told: Vec<Option<Told>>,
}

/// What was last sent for a credential.
#[derive(Clone, Debug)]
struct Told {
    is_good: bool,
    /// The line without the times of its questions and its own.
    substance: String,
}

/// A line: what happened, when, and the entry of the credential.
#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    at: Option<Time>,
    freshness: &'static str,
    #[serde(flatten)]
    row: Row<'a>,
}

impl Changes {
    /// A line, with its ending, for each credential that has changed by `now`. The time of the last request is in a
    /// line, but is no reason for one. `is_wanted` chooses the credentials; what changes in the others is sent when
    /// they are wanted again.
    ///
    /// # Errors
    ///
    /// None are known: what is serialised has no map and no foreign type.
    pub fn lines(
        &mut self,
        usage: &UsageManager,
        now: DateTime<Utc>,
        identities: Identities,
        is_wanted: impl Fn(&CredentialUsage) -> bool,
    ) -> serde_json::Result<Vec<String>> {
        self.told.resize(usage.credentials().len(), None);
        let mut lines = Vec::new();
        for (entry, told) in usage.credentials().iter().zip(&mut self.told) {
            if matches!(Standing::of(entry), Standing::NotAsked) || !is_wanted(entry) {
                continue;
            }
            let row = || Row::of(entry, usage, now, identities);
            let substance = Line { event: "", at: None, freshness: freshness(entry, now), row: row().without_times() };
            let substance = serde_json::to_string(&substance)?;
            if told.as_ref().is_some_and(|told| told.substance == substance) {
                continue;
            }
            let is_good = matches!(Standing::of(entry), Standing::Read);
            let event = event(told.as_ref().map(|told| told.is_good), is_good);
            let line = Line { event, at: Some(Time(now)), freshness: freshness(entry, now), row: row() };
            lines.push(serde_json::to_string(&line)? + "\n");
            *told = Some(Told { is_good, substance });
        }
        Ok(lines)
    }
}

/// What a line is of: `known`, `failed`, `recovered` or `changed`.
fn event(was_good: Option<bool>, is_good: bool) -> &'static str {
    match (was_good, is_good) {
        (None, _) => "known",
        (Some(true), false) => "failed",
        (Some(false), true) => "recovered",
        (Some(true), true) | (Some(false), false) => "changed",
    }
}

/// How far the numbers of a line can be trusted; a failed refresh has none.
fn freshness(entry: &CredentialUsage, now: DateTime<Utc>) -> &'static str {
    match entry.freshness(now) {
        _ if entry.failure().is_some() => "failed",
        Freshness::Fresh => "fresh",
        Freshness::Waiting => "waiting",
        Freshness::Stale => "stale",
        Freshness::PendingReset => "pending_reset",
        Freshness::Failed => "failed",
    }
}

/// When the next line will be due without an update, after `now`: a number turns stale, or a window is reset.
#[must_use]
pub fn next_change(usage: &UsageManager, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    usage.credentials().iter().filter_map(|entry| entry.next_change(now)).min()
}
