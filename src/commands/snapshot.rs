//! `chutes-top snapshot`: each credential is asked once, and what it said is printed.

use std::sync::Arc;

use crate::api::{Client, QuotaSource};
use crate::cli::{Format, GlobalArgs, SnapshotArgs};
use crate::clock::Clock;
use crate::commands::{self, Console, Outcome};
use crate::config::Settings;
use crate::demo;
use crate::domain::api_base::ApiBase;
use crate::domain::credential::Credential;
use crate::domain::text::Zone;
use crate::domain::usage::{CredentialUsage, UsageManager};
use crate::environment::Environment;
use crate::report::{self, Identities};
use crate::worker::{self, Setup};

/// How much is asked for of each credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Its daily quota, with one request.
    Quota,
    /// The whole account.
    Account,
}

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
    match commands::block_on(ask_server(&settings, credentials, Extent::Account, clock)) {
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
pub(super) async fn ask_server(
    settings: &Settings,
    credentials: Vec<Credential>,
    extent: Extent,
    clock: &Arc<dyn Clock>,
) -> Result<UsageManager, String> {
    let demo = if settings.demo {
        let started = demo::start(Arc::clone(clock)).await;
        Some(started.map_err(|error| format!("the demo cannot start: {error}"))?)
    } else {
        None
    };
    let (api_base, credentials) = match &demo {
        Some(demo) => (ApiBase::parse(&demo.base_url)?, demo.credentials.clone()),
        None => (settings.api_base.clone(), credentials),
    };
    let client = Client::new(&api_base, Arc::clone(clock)).map_err(|error| error.to_string())?;
    let setup = Setup {
        credentials,
        interval: settings.interval,
        requests_per_minute: settings.requests_per_minute,
        seed: 0,
        whole_account: extent == Extent::Account,
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

pub(super) fn was_read(entry: &CredentialUsage) -> bool {
    entry.failure().is_none() && entry.baseline().is_some()
}

#[cfg(test)]
mod tests;
