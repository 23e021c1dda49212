//! `chutes-top history`: what was kept of the last days is printed. Nothing is asked of the server.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;

use crate::cli::{self, GlobalArgs, HistoryArgs, HistoryFormat};
use crate::clock::Clock;
use crate::commands::{self, Console, Ended, Outcome};
use crate::config::Settings;
use crate::domain::credential::Credential;
use crate::domain::past::PastSample;
use crate::domain::text::Zone;
use crate::domain::window::WindowKind;
use crate::environment::Environment;
use crate::history::{Fingerprint, History, HistoryError, Location, RETENTION, Sample, owner_of};
use crate::report::history::{self as report, Account, By};

/// Reads, prints, and says how it went.
///
/// # Errors
///
/// How it ended early, after the reason has been said.
pub fn run(
    global: &GlobalArgs,
    args: &HistoryArgs,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Ended {
    let (settings, credentials) = commands::begin(global, environment, console)?;
    let (span, path) = match (span(&args.since), place(&settings, global)) {
        (Ok(span), Ok(path)) => (span, path),
        (Err(line), _) | (_, Err(line)) => return Err(commands::refuse(console, &line)),
    };
    let base = settings.api_base.to_string();
    let owners = owners(&base, &credentials, args.credential.as_deref());
    let owners = owners.map_err(|line| commands::refuse(console, &line))?;
    let (now, by) = (clock.now(), by(args.by));
    let asked =
        report::History { accounts: Vec::new(), names: HashMap::new(), by, since: by.since(now, span), until: now };
    let read = commands::block_on(read(path, owners, asked)).map_err(|error| console.cannot_run(&error))?;
    let (history, notices) = read.map_err(|error| console.fail(&error.to_string()))?;
    console.notices(&notices);
    Ok(print(&history, args.format, console))
}

/// The file to read; the error is why there is none.
fn place<'a>(settings: &'a Settings, global: &GlobalArgs) -> Result<&'a Path, String> {
    settings.history.as_deref().ok_or_else(|| {
        let reason = if settings.demo {
            "--demo: keeps its history in memory while it runs: there is none to print"
        } else if global.no_history {
            "--no-history: cannot go with the command history"
        } else {
            "no history: it is switched off, or there is no home directory; name the file with --history"
        };
        reason.to_owned()
    })
}

/// How far back to look.
fn span(text: &str) -> Result<TimeDelta, String> {
    let span = humantime::parse_duration(text.trim()).ok().and_then(|span| TimeDelta::from_std(span).ok());
    span.filter(|span| *span > TimeDelta::zero() && *span <= RETENTION).ok_or_else(|| {
        format!("--since: expected a duration such as 24h or 7d, of at most {} days", RETENTION.num_days())
    })
}

fn by(by: cli::By) -> By {
    match by {
        cli::By::Hour => By::Hour,
        cli::By::Day => By::Day,
        cli::By::Chute => By::Chute,
    }
}

/// Whose history is told: under which name, and the other names of the account.
type Owner = (Fingerprint, String, Vec<String>);

/// The owners whose history is asked for: each account once, under the first credential of it that was
/// asked for. The error is a line about a name that none has.
fn owners(base: &str, credentials: &[Credential], asked: Option<&str>) -> Result<Vec<Owner>, String> {
    let all: Vec<(Fingerprint, &Credential)> =
        credentials.iter().map(|credential| (owner_of(base, &credential.key), credential)).collect();
    let is_asked = |credential: &Credential| {
        let identity = &credential.identity;
        asked.is_none_or(|name| identity.name() == name || identity.labels.iter().any(|label| label == name))
    };
    let mut owners: Vec<Owner> = Vec::new();
    for (owner, credential) in all.iter().filter(|(_, credential)| is_asked(credential)) {
        if owners.iter().any(|(told, ..)| told == owner) {
            continue;
        }
        let others = all.iter().filter(|(other, one)| other == owner && one.identity.id != credential.identity.id);
        let others = others.map(|(_, other)| other.identity.name()).collect();
        owners.push((*owner, credential.identity.name(), others));
    }
    if owners.is_empty() {
        // What was given is not repeated: it might be a key.
        let known: Vec<&str> = credentials.iter().flat_map(|one| &one.identity.labels).map(String::as_str).collect();
        return Err(format!("--credential: no credential has that name; there are {}", known.join(", ")));
    }
    Ok(owners)
}

/// Reads what was kept of each owner into `history`, and gives the notices of the file beside it. A file that
/// is not there yet is not made.
async fn read(
    path: &Path,
    owners: Vec<Owner>,
    mut history: report::History,
) -> Result<(report::History, Vec<String>), HistoryError> {
    let is_there = path.try_exists().unwrap_or(true);
    let location = if is_there { Location::File(path.to_owned()) } else { Location::Memory };
    let (kept, mut receiver) = History::open(location, history.until);
    for (owner, name, shares_with) in owners {
        let buckets = kept.buckets(owner, history.since).await?;
        let samples = kept.samples(owner, WindowKind::Daily, history.since).await?;
        let samples = samples.iter().map(past).collect();
        history.accounts.push(Account { name, shares_with, buckets, samples });
    }
    history.names = kept.names().await?.0;
    drop(kept);
    let mut notices = Vec::new();
    while let Some(notice) = receiver.recv().await {
        notices.push(notice);
    }
    Ok((history, notices))
}

fn past(sample: &Sample) -> PastSample {
    PastSample { at: sample.at, used: sample.used, limit: sample.limit, reset_at: sample.reset_at }
}

fn print(history: &report::History, format: HistoryFormat, console: &mut Console<'_>) -> Outcome {
    let text = match format {
        HistoryFormat::Table => Ok(report::table(history, Zone::Local)),
        HistoryFormat::Csv => Ok(report::csv(history)),
        HistoryFormat::Json => report::json(history),
    };
    match text {
        Ok(text) => console.report(&text, Outcome::Success),
        Err(error) => console.fail(&format!("the report cannot be written: {error}")),
    }
}
