//! `chutes-top snapshot`: each credential is asked once, and what it said is printed.

use std::sync::Arc;

use crate::cli::{Format, GlobalArgs, SnapshotArgs};
use crate::clock::Clock;
use crate::commands::ask::{self, Extent};
use crate::commands::{self, Console, Ended, Outcome};
use crate::domain::text::Zone;
use crate::domain::usage::{CredentialUsage, UsageManager};
use crate::environment::Environment;
use crate::report::{self, Identities};

/// Asks, prints, and says how it went.
///
/// # Errors
///
/// How it ended early, after the reason has been said.
pub fn run(
    global: &GlobalArgs,
    args: &SnapshotArgs,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Ended {
    let (settings, credentials) = commands::begin(global, environment, console)?;
    let usage = ask::usage(&settings, credentials, &args.ask, Extent::Account, clock, console)?;
    Ok(print(&usage, args, &**clock, console))
}

/// Prints what is known, as it is now.
fn print(usage: &UsageManager, args: &SnapshotArgs, clock: &dyn Clock, console: &mut Console<'_>) -> Outcome {
    let now = clock.now();
    let identities = if args.identities { Identities::Shown } else { Identities::Hidden };
    let text = match args.format {
        Format::Table => Ok(report::table(usage, now, Zone::Local)),
        Format::Json => report::json(usage, now, identities),
    };
    match text {
        Ok(text) if usage.credentials().iter().all(was_read) => console.report(&text, Outcome::Success),
        Ok(text) => console.report(&text, Outcome::Failed),
        Err(error) => console.fail(&format!("the report cannot be written: {error}")),
    }
}

pub(super) fn was_read(entry: &CredentialUsage) -> bool {
    entry.failure().is_none() && entry.baseline().is_some()
}

#[cfg(test)]
mod tests;
