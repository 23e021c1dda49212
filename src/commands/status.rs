//! `chutes-top status`: a line from what is known already. What it starts is for the next one.

#[cfg(unix)]
use std::os::unix::process::CommandExt as _;
#[cfg(windows)]
use std::os::windows::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::cli::{GlobalArgs, StatusArgs, StatusFormat};
use crate::clock::Clock;
use crate::commands::{self, Console, Ended, Outcome};
use crate::config::Settings;
use crate::domain::credential::Credential;
use crate::domain::usage::{Update, UsageManager};
use crate::environment::Environment;
use crate::history::{HistoryError, Location};
use crate::report::status::{self as report, Bar};
use crate::worker::{self, Keeper};

/// Reads, prints, and has the numbers refreshed if they are old.
///
/// # Errors
///
/// How it ended early, after the reason has been said.
pub fn run(
    global: &GlobalArgs,
    args: StatusArgs,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Ended {
    let (settings, credentials) = commands::begin(global, environment, console)?;
    if settings.history.is_none() {
        let reason = if settings.demo || global.no_history {
            "the demo and --no-history keep none"
        } else {
            "it is switched off, or there is no home directory; name the file with --history"
        };
        return Err(commands::refuse(console, &format!("status: there is no history to read: {reason}")));
    }
    let read = commands::block_on(read(&settings, &credentials, &**clock, console));
    let known = read.map_err(|error| console.cannot_run(&error))?;
    let (usage, is_due) = known.map_err(|error| console.fail(&error.to_string()))?;
    if is_due {
        refresh(global, &settings);
    }
    let line = report::status(&usage, bar(args.format), clock.now(), !environment.is_utf8());
    let line = line.map_err(|error| console.fail(&format!("the report cannot be written: {error}")))?;
    Ok(console.report(&line, Outcome::Success))
}

fn bar(format: StatusFormat) -> Bar {
    match format {
        StatusFormat::Plain => Bar::Plain,
        StatusFormat::Tmux => Bar::Tmux,
        StatusFormat::Waybar => Bar::Waybar,
        StatusFormat::Starship => Bar::Starship,
        StatusFormat::Json => Bar::Json,
    }
}

/// What is known, and whether it falls to this process to have it refreshed.
async fn read(
    settings: &Settings,
    credentials: &[Credential],
    clock: &dyn Clock,
    console: &mut Console<'_>,
) -> Result<(UsageManager, bool), HistoryError> {
    let now = clock.now();
    let location = settings.history.clone().map_or(Location::Memory, Location::File);
    let (keeper, mut notices) = Keeper::open(location, &settings.api_base, clock);
    let count = credentials.len();
    let interval = worker::effective_interval(count, count, settings.interval, settings.requests_per_minute);
    let mut usage = UsageManager::new(credentials.iter().map(|credential| credential.identity.clone()));
    for (remembered, _) in keeper.remember(credentials, interval, now).await? {
        usage.apply(Update::Remembered(Box::new(remembered)));
    }
    let failures = keeper.failures(credentials, interval).await?;
    let interval = TimeDelta::from_std(interval).unwrap_or(TimeDelta::MAX);
    tell(&mut usage, failures, interval, now);
    let mut is_due = report::is_due(report::newest(&usage), interval, now);
    while let Ok(notice) = notices.try_recv() {
        console.notices(&[notice]);
        // Where no claim can be kept every line would start a process.
        is_due = false;
    }
    let is_ours = match credentials.first().filter(|_| is_due) {
        Some(first) => keeper.take_refresh(&first.key, interval, now).await?,
        None => false,
    };
    Ok((usage, is_ours))
}

/// Takes in the failures of keys that were never read, of which nothing is known but that; and only for as long as
/// somebody goes on asking.
fn tell(usage: &mut UsageManager, failures: Vec<Update>, interval: TimeDelta, now: DateTime<Utc>) {
    for failure in failures {
        let Update::Answered { id, at, .. } = &failure else { continue };
        let is_recent = (now - *at) / 2 < interval;
        if is_recent && usage.get(*id).is_some_and(|entry| entry.baseline().is_none()) {
            usage.apply(failure);
        }
    }
}

/// `CREATE_NEW_PROCESS_GROUP`.
#[cfg(windows)]
const NEW_GROUP: u32 = 0x200;
/// `CREATE_NO_WINDOW`.
#[cfg(windows)]
const NO_WINDOW: u32 = 0x0800_0000;

/// Starts a process that asks, and that nobody waits for. Where it cannot be started the line stays old, and says so.
fn refresh(global: &GlobalArgs, settings: &Settings) {
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = Command::new(program);
    let paths = [("--config", &global.config), ("--env-file", &global.env_file), ("--history", &settings.history)];
    for (flag, path) in paths {
        if let Some(path) = path {
            command.arg(flag).arg(path);
        }
    }
    if let Some(url) = &global.api_url {
        command.args(["--api-url", url]);
    }
    if let Some(requests) = global.max_requests_per_minute {
        command.args(["--max-requests-per-minute", &requests.to_string()]);
    }
    let seconds = settings.interval.as_secs().to_string();
    command.args(["--interval", &seconds, "snapshot", "--max-age", &seconds]);
    // In a group of its own, what is typed at this one's terminal does not end it.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    command.process_group(0);
    #[cfg(windows)]
    command.creation_flags(NEW_GROUP | NO_WINDOW);
    let started = command.spawn();
    tracing::debug!(is_started = started.is_ok(), "a refresh for the next status");
}
