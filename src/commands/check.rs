//! `chutes-top check`: a monitoring plugin.

use std::ffi::OsString;
use std::sync::Arc;

use clap::CommandFactory as _;

use crate::cli::{CheckArgs, Cli, GlobalArgs};
use crate::clock::Clock;
use crate::commands::ask::{self, Extent};
use crate::commands::{self, Console, Ended, Outcome};
use crate::domain::threshold::{Threshold, Thresholds};
use crate::environment::Environment;
use crate::report::check::{self as report, Level, Rule};

/// Asks, judges, and says how bad it is.
///
/// # Errors
///
/// How it ended early, after the reason has been said.
pub fn run(
    global: &GlobalArgs,
    args: &CheckArgs,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Ended {
    let understood = rule(args).and_then(|rule| Ok((rule, commands::query(args.only.as_deref())?)));
    let (rule, query) = understood.map_err(|line| commands::refuse(console, &line))?;
    let (settings, credentials) = commands::begin(global, environment, console)?;
    let usage = ask::usage(&settings, credentials, &args.ask, Extent::Forecast, clock, console)?;
    let now = clock.now();
    let (level, line) =
        report::check(&usage, rule, now, |entry| query.holds(&entry.identity().name().to_lowercase(), entry, now));
    let outcome = match level {
        Level::Ok => Outcome::Success,
        Level::Warning => Outcome::Warning,
        Level::Critical => Outcome::Critical,
        Level::Unknown => Outcome::Unknown,
    };
    Ok(console.report(&line, outcome))
}

/// What the arguments ask for. The error is a line for the user.
fn rule(args: &CheckArgs) -> Result<Rule, String> {
    let threshold = |flag: &str, text: Option<&String>| {
        text.map(|text| Threshold::parse(text).map_err(|reason| format!("{flag}: {reason}"))).transpose()
    };
    let (warn, crit) = (threshold("--warn", args.warn.as_ref())?, threshold("--crit", args.crit.as_ref())?);
    if warn.zip(crit).is_some_and(|(low, critical)| Thresholds { low, critical }.is_upside_down()) {
        return Err("--crit: more than --warn, so it would never warn".to_owned());
    }
    Ok(Rule { warn, crit, all: args.all })
}

/// Whether a command line, which may be wrong, is one of this command.
#[must_use]
pub fn is_meant(args: &[OsString]) -> bool {
    let matches = Cli::command().ignore_errors(true).try_get_matches_from(args);
    matches.is_ok_and(|matches| matches.subcommand_name() == Some("check"))
}

/// Runs the command so that a monitor understands how it failed: on standard output, as UNKNOWN. Gives the exit code.
pub fn as_plugin(console: &mut Console<'_>, run: impl FnOnce(&mut Console<'_>) -> u8) -> u8 {
    let mut said = Vec::new();
    let code = run(&mut Console { out: console.out, err: &mut said });
    let said = String::from_utf8_lossy(&said);
    let mut failure = None;
    for line in said.lines().filter_map(|line| line.strip_prefix("chutes-top: ")) {
        match line.strip_prefix("notice: ") {
            Some(notice) => console.notices(&[notice.to_owned()]),
            None => failure = Some(line),
        }
    }
    match failure {
        Some(line) => console.report(&report::unknown(line), Outcome::Unknown).code().max(Outcome::Unknown.code()),
        None => code,
    }
}
