//! `chutes-top`: a terminal dashboard for people who run Chutes (chutes.ai) API keys.
//!
//! The rooms of the house, in reading order, are described in `ARCHITECTURE.md`; imports between
//! them run one way, and `tests/architecture.rs` enforces it.

pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod credentials;
pub mod demo;
pub mod domain;
pub mod environment;
pub mod history;
pub mod report;
pub mod runtime;
pub mod ui;
pub mod worker;

use std::ffi::OsString;
use std::sync::Arc;

use crate::cli::{Cli, Command};
use crate::clock::{Clock, SystemClock};
use crate::commands::{Console, Outcome};
use crate::environment::Environment;
use crate::history::Location;
use crate::runtime::Launch;

/// Runs the program and gives its exit code.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>, environment: &Environment, console: &mut Console<'_>) -> u8 {
    let cli = match commands::parse(args, console) {
        Ok(cli) => cli,
        Err(outcome) => return outcome.code(),
    };
    if cli.mask && cli.command.is_some() {
        console.error("--mask: cannot go with a command: only the dashboard can show again what it hides");
        return Outcome::Usage.code();
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    match cli.command {
        Some(Command::Snapshot(args)) => {
            commands::snapshot::run(&cli.global, args, environment, &clock, console).code()
        }
        Some(Command::History(args)) => commands::history::run(&cli.global, &args, environment, &clock, console).code(),
        None => dashboard(&cli, environment, clock, console),
    }
}

/// Opens the dashboard and gives its exit code.
fn dashboard(args: &Cli, environment: &Environment, clock: Arc<dyn Clock>, console: &mut Console<'_>) -> u8 {
    let (settings, found) = match commands::prepare(&args.global, environment, console) {
        Ok(prepared) => prepared,
        Err(outcome) => return outcome.code(),
    };
    let launch = Launch {
        credentials: found.credentials,
        notices: found.notices,
        interval: settings.interval,
        requests_per_minute: settings.requests_per_minute,
        demo_requests_per_minute: args.global.max_requests_per_minute,
        api_base: settings.api_base,
        demo: settings.demo,
        history: settings.history.map_or(Location::Memory, Location::File),
        masked: args.mask,
        key_file: credentials::default_path_shown(environment),
    };
    runtime::run(launch, clock).code()
}
