//! `chutes-top pick` and `chutes-top run`: the credential to use, named to a script or given to a program.

use std::io;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::cli::{GlobalArgs, NeedArgs, PickArgs, Print, RunArgs};
use crate::clock::Clock;
use crate::commands::ask::{self, Extent};
use crate::commands::{self, Console, Ended, Outcome};
use crate::config::Settings;
use crate::credentials::{Found, KEY_VARIABLE};
use crate::domain::credential::Credential;
use crate::domain::usage::{Need, UsageManager};
use crate::environment::Environment;

/// Asks, picks, and prints which credential it is: nothing when there is none.
///
/// # Errors
///
/// How it ended early, after the reason has been said.
pub fn run(
    global: &GlobalArgs,
    args: &PickArgs,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Ended {
    let (usage, need, found) = ask(global, &args.need, environment, clock, console)?;
    let Some(entry) = usage.pick(need, clock.now()).and_then(|id| usage.get(id)) else { return Err(Outcome::Failed) };
    let identity = entry.identity();
    let label = identity.labels.first().map(String::as_str).unwrap_or_default();
    let variable = found.variables.get(identity.id.index()).and_then(Option::as_deref);
    let reason = match (args.print, variable) {
        (Print::Label, _) => return Ok(console.report(&format!("{label}\n"), Outcome::Success)),
        (Print::Env, Some(variable)) if is_shell_name(variable) => {
            return Ok(console.report(&format!("{variable}\n"), Outcome::Success));
        }
        (Print::Env, Some(_)) => format!("the variable of {label} has a name that no shell takes"),
        (Print::Env, None) => format!("the key of {label} is not in the environment"),
    };
    Ok(commands::refuse(console, &format!("--print env: {reason}; chutes-top run gives it to a program")))
}

/// Whether a shell takes it as the name of a variable, so that it can be evaluated without harm.
fn is_shell_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Asks, picks, and prepares the program that is to have the key. The error is how the command ends.
///
/// # Errors
///
/// [`Outcome::Failed`] when no credential has room, and what went wrong otherwise; it has been said.
pub fn prepare(
    global: &GlobalArgs,
    args: &RunArgs,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Result<Command, Outcome> {
    if global.demo {
        return Err(commands::refuse(console, "--demo: cannot go with the command run: its keys are of no use"));
    }
    let (usage, need, found) = ask(global, &args.need, environment, clock, console)?;
    let picked = usage.pick(need, clock.now()).and_then(|id| found.credentials.get(id.index()));
    let (Some(Credential { key, .. }), Some((program, rest))) = (picked, args.command.split_first()) else {
        return Err(console.fail("no key has the room that is needed: the command was not run"));
    };
    let mut command = Command::new(program);
    // Nobody but the program, and who may look into it, can read its environment.
    command.args(rest).env(KEY_VARIABLE, key.expose());
    Ok(command)
}

/// Becomes the program, so that signals and exit code are its own; on Windows, where that cannot be, it waits for it.
/// Returns only when the program cannot be run.
pub fn exec(mut command: Command, console: &mut Console<'_>) -> Outcome {
    #[cfg(unix)]
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(windows)]
    let error = match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    };
    // What was given is not repeated: it might be a key.
    console.error(&format!("the command cannot be run: {error}"));
    if error.kind() == io::ErrorKind::NotFound { Outcome::NotFound } else { Outcome::NotRunnable }
}

/// What the credentials say of themselves, and what is needed of them.
fn ask(
    global: &GlobalArgs,
    args: &NeedArgs,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Result<(UsageManager, Need, Found), Outcome> {
    let need = need(args).map_err(|line| commands::refuse(console, &line))?;
    let (settings, found): (Settings, Found) = commands::prepare(global, environment, console)?;
    let credentials = commands::say_found(&settings, &found, environment, console)?;
    let usage = ask::usage(&settings, credentials, &args.ask, Extent::Forecast, clock, console)?;
    Ok((usage, need, found))
}

/// What the arguments ask for. The error is a line for the user, and repeats nothing: it might be a key.
fn need(args: &NeedArgs) -> Result<Need, String> {
    let requests = args.min.trim().parse().ok().filter(|min: &f64| min.is_finite() && *min >= 0.0);
    let requests = requests.ok_or("--min: expected a number of requests, such as 100")?;
    let Some(lasting) = &args.lasting else { return Ok(Need { requests, ..Need::default() }) };
    let lasting: Option<Duration> = humantime::parse_duration(lasting.trim()).ok();
    let lasting = lasting.and_then(|lasting| TimeDelta::from_std(lasting).ok());
    let lasting = lasting.ok_or("--for: expected a duration, such as 90m or 4h")?;
    Ok(Need { requests, lasting, must_last: true })
}
