//! `chutes-top`: a terminal dashboard for people who run Chutes (chutes.ai) API keys.
//!
//! `ARCHITECTURE.md` is the map of the modules. Imports between them run one way, which `tests/architecture.rs`
//! enforces.

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
pub mod logging;
pub mod palette;
pub mod report;
pub mod runtime;
mod start;
pub mod ui;
pub mod worker;

use std::ffi::OsString;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;

use crate::cli::{Cli, Command, GlobalArgs, LogLevel};
use crate::clock::{Clock, SystemClock};
use crate::commands::{Console, Outcome};
use crate::config::{ConfigFile, Files, LogSettings, View};
use crate::environment::Environment;
use crate::history::Location;
use crate::runtime::Launch;
use crate::ui::theme::Looks;

/// Runs the program and gives its exit code.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>, environment: &Environment, console: &mut Console<'_>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    if commands::check::is_meant(&args) {
        // To a monitor every failure is UNKNOWN, even a wrong argument.
        return commands::check::as_plugin(console, |console| run_any(args, environment, console));
    }
    run_any(args, environment, console)
}

/// Reads the command line and does what it says.
fn run_any(args: Vec<OsString>, environment: &Environment, console: &mut Console<'_>) -> u8 {
    let cli = match commands::parse(args, console) {
        Ok(cli) => cli,
        Err(outcome) => return outcome.code(),
    };
    if let (Some(flag), true) = (cli.dashboard.given(), cli.command.is_some()) {
        console.error(&format!("{flag}: cannot go with a command: it is of the dashboard"));
        return Outcome::Usage.code();
    }
    match cli.command {
        // These need neither a log nor a configuration that is right.
        Some(Command::Config(command)) => {
            return commands::config::run(&cli.global, command, environment, console).code();
        }
        Some(Command::Completions { shell }) => return commands::print::completions(shell, console).code(),
        Some(Command::Man) => return commands::print::man(console).code(),
        _ => {}
    }
    run_logged(cli, environment, console)
}

/// Runs the dashboard, or a command that is logged.
fn run_logged(cli: Cli, environment: &Environment, console: &mut Console<'_>) -> u8 {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let files = Files::read(&cli.global, environment).map_err(|error| error.to_string());
    // Dropped last, which writes the last lines.
    let log = files.and_then(|files| Ok((start_log(&cli.global, environment, &files.config, &clock)?, files)));
    let (log, files) = match log {
        Ok(begun) => begun,
        Err(line) => {
            console.error(&line);
            return Outcome::Usage.code();
        }
    };
    let ended = match cli.command {
        Some(Command::Snapshot(args)) => commands::snapshot::run(&cli.global, &args, environment, &clock, console),
        Some(Command::History(args)) => commands::history::run(&cli.global, &args, environment, &clock, console),
        Some(Command::Watch(args)) => commands::watch::run(&cli.global, &args, environment, &clock, console),
        Some(Command::Exporter(args)) => commands::exporter::run(&cli.global, &args, environment, &clock, console),
        Some(Command::Check(args)) => commands::check::run(&cli.global, &args, environment, &clock, console),
        Some(Command::Status(args)) => commands::status::run(&cli.global, args, environment, &clock, console),
        Some(Command::Pick(args)) => commands::pick::run(&cli.global, &args, environment, &clock, console),
        Some(Command::Run(args)) => {
            commands::pick::prepare(&cli.global, &args, environment, &clock, console).map(|command| {
                // Another program replaces this one.
                drop(log);
                commands::pick::exec(command, console)
            })
        }
        Some(Command::Credentials(command)) => {
            commands::credentials::run(&cli.global, &command, environment, &clock, console)
        }
        // The others were done above.
        _ => return dashboard(&cli, files, environment, clock, console),
    };
    ended.unwrap_or_else(|early| early).code()
}

/// Begins the log, if one is wanted. The error is a line for the user.
fn start_log(
    args: &GlobalArgs,
    environment: &Environment,
    file: &ConfigFile,
    clock: &Arc<dyn Clock>,
) -> Result<Option<logging::Log>, String> {
    let settings = LogSettings::resolve(args, environment, file).map_err(|error| error.to_string())?;
    let Some(settings) = settings else { return Ok(None) };
    let filter = match (settings.level, &settings.targets) {
        (None, Some(targets)) => {
            logging::Filter::parse(targets).map_err(|reason| format!("{}: {reason}", config::LOG_VARIABLE))?
        }
        (level, _) => logging::Filter::of_level(level_filter(level.unwrap_or(LogLevel::Info))),
    };
    let log = logging::start(&settings.path, filter, Arc::clone(clock))
        .map_err(|reason| format!("{}: {reason}", settings.named(&credentials::shown(&settings.path))))?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "the program starts");
    Ok(Some(log))
}

fn level_filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

/// Opens the dashboard and gives its exit code.
fn dashboard(
    args: &Cli,
    mut files: Files,
    environment: &Environment,
    clock: Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> u8 {
    let state = files.read_kept(&args.global, environment);
    let (settings, found) = match commands::prepare_with(&files, &args.global, environment, console) {
        Ok(prepared) => prepared,
        Err(outcome) => return outcome.code(),
    };
    let view = match View::resolve(&args.dashboard, environment, &files) {
        Ok(view) => view,
        Err(error) => {
            console.error(&error.to_string());
            return Outcome::Usage.code();
        }
    };
    let alerts = files.config.alerts.clone();
    let keep_key = start::keep_key(environment, &files.config);
    let configuration = start::configuration(args, environment, files, &settings, &view, &found);
    let launch = Launch {
        credentials: found.credentials,
        notices: found.notices,
        interval: settings.interval,
        requests_per_minute: settings.requests_per_minute,
        demo_requests_per_minute: args.global.max_requests_per_minute,
        api_base: settings.api_base,
        demo: settings.demo,
        keep_key,
        keep: state.filter(|_| settings.history.is_some()).map(start::keep),
        rules: settings.rules,
        history: settings.history.map_or(Location::Memory, Location::File),
        masked: view.masked,
        key_file: credentials::default_path_shown(environment),
        title: view.title,
        alerts,
        mouse: view.mouse,
        looks: Looks { depth: view.depth, ascii: view.ascii },
        themes: start::themes(&view),
        view: view.shown.clone(),
        configuration,
    };
    runtime::run(launch, clock).code()
}
