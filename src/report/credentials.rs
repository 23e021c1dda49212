//! The credentials for people: where each comes from, and whether its key is taken.

use super::Standing;
use super::columns::{Align, NOTHING, aligned};
use crate::domain::credential::Identity;
use crate::domain::text;
use crate::domain::usage::{CredentialUsage, UsageManager};

/// A line for each credential and where its key comes from.
#[must_use]
pub fn listed<'a>(credentials: impl Iterator<Item = (&'a Identity, &'a str)>) -> String {
    let line = |(identity, from): (&Identity, &str)| {
        let hint = if identity.key_hint.is_empty() { NOTHING.to_owned() } else { format!("{}…", identity.key_hint) };
        [identity.name(), hint, from.to_owned()]
    };
    let lines: Vec<_> = credentials.map(line).collect();
    aligned([("LABEL", Align::Left), ("KEY", Align::Left), ("FROM", Align::Left)], &lines)
}

/// A line for each credential: `ok`, or why the server did not take its key.
#[must_use]
pub fn tested(usage: &UsageManager) -> String {
    let lines: Vec<_> = usage.credentials().iter().map(|entry| [entry.identity().name(), result(entry)]).collect();
    aligned([("LABEL", Align::Left), ("RESULT", Align::Left)], &lines)
}

fn result(entry: &CredentialUsage) -> String {
    match (Standing::of(entry), entry.baseline()) {
        (Standing::Failed(failure), _) => super::told(failure),
        (Standing::Read, Some(snapshot)) => format!("ok: {}", text::used_of_limit(&snapshot.usage)),
        _ => "not asked for".to_owned(),
    }
}
