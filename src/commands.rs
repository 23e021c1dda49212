//! The commands: each one wires credentials, source, usage and report together.
//!
//! Here is what they share: where they write, how they end, and how the command line is refused.

mod ask;
pub mod check;
mod collect;
pub mod config;
pub mod credentials;
pub mod exporter;
pub mod history;
pub mod pick;
pub mod print;
pub mod snapshot;
pub mod status;
mod typing;
mod usage_error;
pub mod watch;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::api;
use crate::cli::{Cli, GlobalArgs};
use crate::config::{Files, Settings};
use crate::credentials::{self as keys, Found};
use crate::domain::clean::clean;
use crate::domain::credential::{Credential, hide_keys};
use crate::domain::filter::Query;
use crate::environment::Environment;

/// As much of a wrong word is repeated, in characters. Keys are longer.
const LONGEST_WORD: usize = 24;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// All that was asked for was done.
    Success,
    /// A credential could not be read, or the report could not be written.
    Failed,
    /// A wrong argument or configuration, or no credentials.
    Usage,
    /// `check`: the monitor is to warn.
    Warning,
    /// `check`: the monitor is to raise the alarm.
    Critical,
    /// `check`: unknown.
    Unknown,
    /// `run`: there is no such program.
    NotFound,
    /// `run`: the program cannot be run.
    NotRunnable,
    /// SIGHUP.
    HungUp,
    /// SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
}

impl Outcome {
    /// The exit code: 128 and the signal's number where a signal was the cause.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed | Self::Warning => 1,
            Self::Usage | Self::Critical => 2,
            Self::Unknown => 3,
            Self::NotRunnable => 126,
            Self::NotFound => 127,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

/// How a command ended. The error is that it ended early, after the reason has been said.
pub type Ended = Result<Outcome, Outcome>;

/// Where a command writes: reports to one stream, everything else to the other.
pub struct Console<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
}

impl Console<'_> {
    /// Prints a report and ends with `outcome`. A reader that has gone away (`| head`) is no failure; any other failure
    /// to write is reported, and fails the command.
    pub fn report(&mut self, text: &str, outcome: Outcome) -> Outcome {
        match self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.fail(&format!("the report cannot be written: {error}"))
            }
            _ => outcome,
        }
    }

    /// Reports what went wrong, in one line.
    pub fn error(&mut self, line: &str) {
        self.say(&format!("chutes-top: {line}\n"));
    }

    /// Reports why a command failed.
    pub fn fail(&mut self, line: &str) -> Outcome {
        self.error(line);
        Outcome::Failed
    }

    /// Says that [`block_on`] had nothing to run on.
    fn cannot_run(&mut self, error: &io::Error) -> Outcome {
        self.fail(&format!("the program cannot run: {error}"))
    }

    /// Says what the user should know, a line each.
    pub fn notices(&mut self, lines: &[String]) {
        for line in lines {
            self.say(&format!("chutes-top: notice: {line}\n"));
        }
    }

    /// Writes to standard error. If that is gone, nobody can be told.
    fn say(&mut self, text: &str) {
        let _nobody_listens = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
    }
}

/// Reads the command line.
///
/// # Errors
///
/// How to end at once: after `--help` and `--version`, which are printed, and after a wrong argument, which is
/// reported.
pub fn parse(args: impl IntoIterator<Item = OsString>, console: &mut Console<'_>) -> Result<Cli, Outcome> {
    Cli::try_parse_from(args).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            console.report(&error.render().to_string(), Outcome::Success)
        }
        _ => {
            console.error(&usage_error::one_line(&error));
            Outcome::Usage
        }
    })
}

/// Resolves the settings and finds the credentials; the demo has none of the user's.
///
/// # Errors
///
/// [`Outcome::Usage`], after the reason has been said.
pub fn prepare(
    args: &GlobalArgs,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(Settings, Found), Outcome> {
    let files = Files::read(args, environment).map_err(|error| refuse(console, &error.to_string()))?;
    prepare_with(&files, args, environment, console)
}

/// [`prepare`], with the files read before.
///
/// # Errors
///
/// As [`prepare`].
pub fn prepare_with(
    files: &Files,
    args: &GlobalArgs,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(Settings, Found), Outcome> {
    let (settings, found) = resolve(files, args, environment).map_err(|line| refuse(console, &line))?;
    tracing::info!(keys = found.credentials.len(), interval = ?settings.interval, demo = settings.demo, "configured");
    for notice in &found.notices {
        tracing::warn!(notice);
    }
    Ok((settings, found))
}

/// Says in one line what cannot be done as it was asked for.
fn refuse(console: &mut Console<'_>, line: &str) -> Outcome {
    console.error(line);
    Outcome::Usage
}

/// The settings and the credentials. The demo has none of the user's credentials.
///
/// # Errors
///
/// A line for the user.
pub fn resolve(files: &Files, args: &GlobalArgs, environment: &Environment) -> Result<(Settings, Found), String> {
    let settings = Settings::resolve(args, environment, files).map_err(|error| error.to_string())?;
    let mut found = Found::default();
    if !settings.demo {
        found = keys::find(args.env_file.as_deref(), &files.config, environment).map_err(|error| error.to_string())?;
    }
    found.notices.splice(0..0, files.config.notices.iter().cloned());
    Ok((settings, found))
}

/// [`prepare`], with the notices said and the credentials there: every command begins so. The demo has its own.
///
/// # Errors
///
/// [`Outcome::Usage`], after the reason has been said.
fn begin(
    args: &GlobalArgs,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<(Settings, Vec<Credential>), Outcome> {
    let (settings, found) = prepare(args, environment, console)?;
    let credentials = say_found(&settings, &found, environment, console)?;
    Ok((settings, credentials))
}

/// Says the notices, and gives the credentials that have to be there.
///
/// # Errors
///
/// [`Outcome::Usage`] when there are none, after that has been said.
fn say_found(
    settings: &Settings,
    found: &Found,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Vec<Credential>, Outcome> {
    console.notices(&found.notices);
    if found.credentials.is_empty() && !settings.demo {
        console.error(&no_credentials(environment));
        return Err(Outcome::Usage);
    }
    Ok(found.credentials.clone())
}

/// Reads the words of `--only`; without them every credential is meant. The error is a line for the user.
fn query(only: Option<&str>) -> Result<Query, String> {
    let query = Query::parse(only.unwrap_or_default());
    match query.unknown.as_ref().or(query.incomplete.as_ref()) {
        Some(word) => Err(hide_keys(&format!("--only: the word {} means nothing", clean(word, LONGEST_WORD)))),
        None => Ok(query),
    }
}

/// Runs `future` to its end on this thread.
fn block_on<F: Future>(future: F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let output = runtime.block_on(future);
    runtime.shutdown_timeout(api::PATIENCE);
    Ok(output)
}

/// What to do when there are no credentials, in one line.
#[must_use]
fn no_credentials(environment: &Environment) -> String {
    let file = keys::default_path(environment).map_or_else(String::new, |path| format!(", in {}", keys::shown(&path)));
    format!(
        "no credentials: set CHUTES_API_KEY, or CHUTES_API_KEY_<NAME> for several, in the environment{file} or in \
         --env-file, or see chutes-top credentials add --help"
    )
}

#[cfg(test)]
mod tests;
