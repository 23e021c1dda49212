//! `chutes-top watch`: a line for every change, until it is stopped or its reader goes away.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use tokio::time::Instant;

use crate::cli::{GlobalArgs, WatchArgs, WatchFormat};
use crate::clock::Clock;
use crate::commands::collect::{Collector, News, reader_is_gone};
use crate::commands::{self, Console, Ended, Outcome};
use crate::config::Settings;
use crate::domain::credential::Credential;
use crate::domain::filter::Query;
use crate::domain::usage::{CredentialUsage, UsageManager};
use crate::environment::Environment;
use crate::report::{self, Changes, Identities};

/// Watches, prints, and says how it ended.
///
/// # Errors
///
/// How it ended early, after the reason has been said.
pub fn run(
    global: &GlobalArgs,
    args: &WatchArgs,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Ended {
    let WatchFormat::Jsonl = args.format;
    let query = commands::query(args.only.as_deref()).map_err(|line| commands::refuse(console, &line))?;
    let (settings, credentials) = commands::begin(global, environment, console)?;
    let identities = if args.identities { Identities::Shown } else { Identities::Hidden };
    let teller = Teller { changes: Changes::default(), query, identities };
    commands::block_on(watch(&settings, credentials, clock, teller, console))
        .map_err(|error| console.cannot_run(&error))
}

async fn watch(
    settings: &Settings,
    credentials: Vec<Credential>,
    clock: &Arc<dyn Clock>,
    mut teller: Teller,
    console: &mut Console<'_>,
) -> Outcome {
    let (mut collector, mut usage) = match Collector::start(settings, credentials, clock).await {
        Ok(started) => started,
        Err(line) => return commands::refuse(console, &line),
    };
    let mut gone = pin!(reader_is_gone());
    let outcome = loop {
        if let Err(outcome) = teller.tell(&usage, &**clock, console) {
            break outcome;
        }
        let now = clock.now();
        let turn = report::next_change(&usage, now).and_then(|at| (at - now).to_std().ok());
        let mut news = tokio::select! {
            biased;
            news = collector.next() => Some(news),
            () = &mut gone => break Outcome::Success,
            () = clock.sleep_until(Instant::now() + turn.unwrap_or_default()), if turn.is_some() => None,
        };
        // Updates that came in together are reported together.
        while let Some(one) = news {
            match one {
                News::Update(update) => usage.apply(update),
                News::Notice(line) => console.notices(&[line]),
                News::Over(outcome) => return ended(collector, outcome).await,
            }
            news = collector.try_next();
        }
    };
    ended(collector, outcome).await
}

async fn ended(collector: Collector, outcome: Outcome) -> Outcome {
    collector.end().await;
    outcome
}

/// What was reported so far, and for which credentials.
struct Teller {
    changes: Changes,
    query: Query,
    identities: Identities,
}

impl Teller {
    /// Tells what is new. The error is how the command ends: quietly when the reader has gone away.
    fn tell(&mut self, usage: &UsageManager, clock: &dyn Clock, console: &mut Console<'_>) -> Result<(), Outcome> {
        let now = clock.now();
        let is_wanted = |entry: &CredentialUsage| self.query.holds(&entry.identity().name().to_lowercase(), entry, now);
        let written =
            self.changes.lines(usage, now, self.identities, is_wanted).map_err(io::Error::from).and_then(|lines| {
                lines.iter().try_for_each(|line| {
                    console.out.write_all(line.as_bytes())?;
                    console.out.flush()
                })
            });
        written.map_err(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                return Outcome::Success;
            }
            console.error(&format!("the changes cannot be written: {error}"));
            Outcome::Failed
        })
    }
}
