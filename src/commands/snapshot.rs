//! `chutes-top snapshot`: each credential is asked once, and what it said is printed.

use std::sync::Arc;

use crate::api::{Client, QuotaSource};
use crate::cli::{Format, GlobalArgs, SnapshotArgs};
use crate::clock::Clock;
use crate::commands::collect::Source;
use crate::commands::{self, Console, Outcome};
use crate::config::Settings;
use crate::domain::credential::Credential;
use crate::domain::text::Zone;
use crate::domain::usage::{CredentialUsage, UsageManager};
use crate::environment::Environment;
use crate::report::{self, Identities};
use crate::worker::{self, Setup};

/// Asks, prints, and says how it went.
pub fn run(
    global: &GlobalArgs,
    args: SnapshotArgs,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Outcome {
    let (settings, credentials) = match commands::begin(global, environment, console) {
        Ok(begun) => begun,
        Err(outcome) => return outcome,
    };
    match commands::block_on(ask_server(&settings, credentials, clock)) {
        Ok(Ok(usage)) => print(&usage, args, &**clock, console),
        Ok(Err(reason)) => {
            console.error(&reason);
            Outcome::Usage
        }
        Err(error) => {
            console.error(&format!("the program cannot run: {error}"));
            Outcome::Failed
        }
    }
}

/// Asks the server of the settings, or the simulated one of the demo, which has credentials of its own.
/// The error is a line for the user.
async fn ask_server(
    settings: &Settings,
    credentials: Vec<Credential>,
    clock: &Arc<dyn Clock>,
) -> Result<UsageManager, String> {
    let source = Source::of(settings, credentials, clock).await?;
    let client = Client::new(&source.base, Arc::clone(clock)).map_err(|error| error.to_string())?;
    let setup = Setup {
        credentials: source.credentials.clone(),
        interval: settings.interval,
        requests_per_minute: settings.requests_per_minute,
        seed: 0,
        whole_account: true,
        keeper: None,
    };
    Ok(ask(setup, &client, Arc::clone(clock)).await)
}

/// Asks `source` once for each credential.
async fn ask<S: QuotaSource>(setup: Setup, source: &S, clock: Arc<dyn Clock>) -> UsageManager {
    let mut usage = UsageManager::new(setup.credentials.iter().map(|credential| credential.identity.clone()));
    worker::ask_once(setup, source, clock, &mut usage).await;
    usage
}

/// Prints what is known, as it is now.
fn print(usage: &UsageManager, args: SnapshotArgs, clock: &dyn Clock, console: &mut Console<'_>) -> Outcome {
    let now = clock.now();
    let identities = if args.identities { Identities::Shown } else { Identities::Hidden };
    let text = match args.format {
        Format::Table => Ok(report::table(usage, now, Zone::Local)),
        Format::Json => report::json(usage, now, identities),
    };
    match text {
        Ok(text) if usage.credentials().iter().all(was_read) => console.report(&text, Outcome::Success),
        Ok(text) => console.report(&text, Outcome::Failed),
        Err(error) => {
            console.error(&format!("the report cannot be written: {error}"));
            Outcome::Failed
        }
    }
}

fn was_read(entry: &CredentialUsage) -> bool {
    entry.failure().is_none() && entry.baseline().is_some()
}

#[cfg(test)]
mod tests;
