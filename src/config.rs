//! Arguments, environment and files, resolved into settings.

pub mod alerts;
mod colours;
mod credential_table;
mod document;
pub mod explain;
pub mod file;
mod levels;
mod log;
pub mod origin;
pub mod state;
mod theme_table;
pub mod view;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::GlobalArgs;
use crate::domain::api_base::{ApiBase, REQUESTS_PER_MINUTE, REQUESTS_PER_MINUTE_ALONE};
use crate::domain::credential::hide_keys;
use crate::domain::threshold::Rules;
use crate::domain::view::Kept;
use crate::environment::Environment;

pub use self::alerts::Alerts;
pub use self::credential_table::{CREDENTIAL_KEYS, KeySource, KeyTable};
pub use self::file::{ConfigFile, Placed};
pub use self::levels::Levels;
pub use self::log::LogSettings;
use self::origin::Chosen;
pub use self::origin::Origin;
pub use self::view::View;

/// Names another server.
pub const API_URL_VARIABLE: &str = "CHUTES_API_URL";
/// Says how often, in seconds.
pub const INTERVAL_VARIABLE: &str = "CHUTES_QUOTA_REFRESH_INTERVAL";
/// Says what is logged.
pub const LOG_VARIABLE: &str = "RUST_LOG";
/// How often each credential is asked for by default.
pub const DEFAULT_INTERVAL: Duration = Duration::from_mins(5);
/// More often than this learns nothing new and burdens the server, which hashes a password at each request.
pub const SHORTEST_INTERVAL: Duration = Duration::from_secs(30);
/// Less often than this, and a whole quota window passes unseen.
pub const LONGEST_INTERVAL: Duration = Duration::from_hours(24);

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The server that is asked; meaningless in the demo, which brings its own.
    pub api_base: ApiBase,
    /// How often each credential is asked for.
    pub interval: Duration,
    /// The most requests in any minute; `None`: as many as there are.
    pub requests_per_minute: Option<u32>,
    /// Whether the numbers are simulated.
    pub demo: bool,
    /// The history file; `None`: in memory only.
    pub history: Option<PathBuf>,
    /// What counts as low for whom.
    pub rules: Rules,
    /// Where each of these comes from, by its key in the configuration file.
    origins: BTreeMap<&'static str, Origin>,
}

/// What the files say.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// What the user wrote.
    pub config: ConfigFile,
    /// What the dashboard was left with, where that is wanted.
    pub state: Kept,
}

impl Files {
    /// The configuration file that the arguments name, or else the one in the configuration directory.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or something in it is wrong.
    pub fn read(args: &GlobalArgs, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { config: ConfigFile::read(args.config.as_deref(), environment)?, state: Kept::default() })
    }

    /// Takes in what the dashboard was left with, and gives the file that keeps it. `None`: the demo keeps nothing,
    /// and without a home directory there is no place.
    pub fn read_kept(&mut self, args: &GlobalArgs, environment: &Environment) -> Option<PathBuf> {
        let path = state::path(environment).filter(|_| !args.demo)?;
        match state::read(&path, environment) {
            Ok(kept) => self.state = kept,
            Err(notice) => self.config.notices.push(notice),
        }
        Some(path)
    }
}

/// What is wrong with the configuration: one line, which names the flag, variable or file and what
/// was expected, safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    /// The value from `source` is wrong because of `reason`.
    fn new(source: &str, reason: impl fmt::Display) -> Self {
        Self(hide_keys(&format!("{source}: {reason}")))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Settings {
    /// What is asked for: the arguments win, then the environment, then the configuration file, then what was last
    /// changed in the dashboard.
    ///
    /// # Errors
    ///
    /// When a value is malformed or out of bounds, or when two of them contradict each other.
    pub fn resolve(args: &GlobalArgs, environment: &Environment, files: &Files) -> Result<Self, ConfigError> {
        refuse_contradictions(args)?;
        let api_base = if args.demo { Chosen::default() } else { api_base(args, environment, &files.config)? };
        let on_loopback = args.demo || api_base.value.is_loopback();
        let interval = interval(args, environment, files)?;
        let history = history(args, environment, &files.config)?;
        let default = match history.value {
            _ if on_loopback => None,
            Some(_) => Some(REQUESTS_PER_MINUTE),
            None => Some(REQUESTS_PER_MINUTE_ALONE),
        };
        let requests = requests_per_minute(args, &files.config, on_loopback, default)?;
        let origins = [
            ("interval", interval.origin),
            ("api_url", api_base.origin),
            ("max_requests_per_minute", requests.origin),
            ("history", history.origin),
        ];
        Ok(Self {
            interval: interval.value,
            requests_per_minute: requests.value,
            history: history.value,
            demo: args.demo,
            api_base: api_base.value,
            rules: files.config.rules(),
            origins: origins.into_iter().collect(),
        })
    }

    /// Where the value of a key of the configuration file comes from; `None` for a key that is not settled here.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.origins.get(key)
    }
}

/// Refuses flags that cannot go together.
fn refuse_contradictions(args: &GlobalArgs) -> Result<(), ConfigError> {
    let with_demo = [
        (args.api_url.is_some(), "cannot go with --api-url: the demo brings its own server"),
        (args.env_file.is_some(), "cannot go with --env-file: the demo brings its own credentials"),
        (args.history.is_some(), "cannot go with --history: the demo keeps its own in memory"),
    ];
    match with_demo.into_iter().find(|(given, _)| args.demo && *given) {
        Some((_, reason)) => Err(ConfigError::new("--demo", reason)),
        None => Ok(()),
    }
}

/// The server: from the flag, the variable, the file, or else Chutes.
fn api_base(args: &GlobalArgs, environment: &Environment, file: &ConfigFile) -> Result<Chosen<ApiBase>, ConfigError> {
    let parse =
        |source: &'static str, url: &str| ApiBase::parse(url).map_err(|reason| ConfigError::new(source, reason));
    if let Some(url) = &args.api_url {
        return Ok(Chosen::flag(parse("--api-url", url)?, "--api-url"));
    }
    if let Some(url) = variable(environment, API_URL_VARIABLE)? {
        return Ok(Chosen::variable(parse(API_URL_VARIABLE, url)?, API_URL_VARIABLE));
    }
    Ok(file.chosen(file.api_url.as_ref()).unwrap_or_default())
}

/// The poll interval: from the flag, the variable, the files, or else five minutes.
fn interval(args: &GlobalArgs, environment: &Environment, files: &Files) -> Result<Chosen<Duration>, ConfigError> {
    // With the flag the variable is not read, so that a wrong one can be overridden.
    let parse = |source: &'static str, text: &str| {
        parse_seconds_or_duration(text).map_err(|reason| ConfigError::new(source, reason))
    };
    if let Some(text) = &args.interval {
        return Ok(Chosen::flag(parse("--interval", text)?, "--interval"));
    }
    if let Some(text) = variable(environment, INTERVAL_VARIABLE)? {
        return Ok(Chosen::variable(parse(INTERVAL_VARIABLE, text)?, INTERVAL_VARIABLE));
    }
    let written = files.config.chosen(files.config.interval.as_ref());
    let kept = files.state.interval.map(Chosen::kept);
    Ok(written.or(kept).unwrap_or(Chosen::by_default(DEFAULT_INTERVAL)))
}

/// The accepted forms of an interval.
const AN_INTERVAL: &str = "seconds or a duration such as 300 or 5m, from 30s to 24h";

/// Seconds (`300`) or a duration (`5m`), within the bounds; or what is wrong with it.
fn parse_seconds_or_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let interval = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => humantime::parse_duration(text).map_err(|_| format!("expected {AN_INTERVAL}"))?,
    };
    if interval < SHORTEST_INTERVAL {
        return Err("shorter than 30s: the server bans addresses that ask too often".to_owned());
    }
    if interval > LONGEST_INTERVAL {
        return Err("longer than 24h: a whole day's quota would pass unseen".to_owned());
    }
    Ok(interval)
}

fn requests_per_minute(
    args: &GlobalArgs,
    file: &ConfigFile,
    on_loopback: bool,
    default: Option<u32>,
) -> Result<Chosen<Option<u32>>, ConfigError> {
    const FLAG: &str = "--max-requests-per-minute";
    let (asked, source) = match (args.max_requests_per_minute, &file.max_requests_per_minute) {
        (Some(number), _) => (Chosen::flag(number, FLAG), FLAG.to_owned()),
        (None, Some(placed)) => {
            let source = format!("{} line {}: max_requests_per_minute", file.shown, placed.line);
            (Chosen { value: placed.value, origin: file.origin(placed.line) }, source)
        }
        (None, None) => return Ok(Chosen::by_default(default)),
    };
    if !on_loopback && asked.value > REQUESTS_PER_MINUTE {
        let reason = format!("expected 1 to {REQUESTS_PER_MINUTE}: the server bans addresses that pass about 60");
        return Err(ConfigError::new(&source, reason));
    }
    Ok(Chosen { value: Some(asked.value), origin: asked.origin })
}

/// The history file: from the flag, the configuration, or else in the state directory. `None`: in memory, as the user
/// or the demo asks, or because there is no home.
fn history(
    args: &GlobalArgs,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<Chosen<Option<PathBuf>>, ConfigError> {
    match &args.history {
        Some(_) if args.no_history => Err(ConfigError::new("--history", "cannot go with --no-history")),
        Some(path) if path.as_os_str().is_empty() => Err(ConfigError::new("--history", "expected a path")),
        Some(path) => Ok(Chosen::flag(Some(path.clone()), "--history")),
        None if args.no_history => Ok(Chosen::flag(None, "--no-history")),
        None if args.demo => Ok(Chosen::flag(None, "--demo")),
        None => Ok(file.chosen(file.history.as_ref()).unwrap_or_else(|| {
            let directory = environment.state_directory();
            Chosen::by_default(directory.map(|directory| directory.join("history.db")))
        })),
    }
}

/// The text of a variable, if it is set and not empty.
fn variable<'a>(environment: &'a Environment, name: &str) -> Result<Option<&'a str>, ConfigError> {
    environment
        .get(name)
        .map(|value| value.to_str().ok_or_else(|| ConfigError::new(name, "expected text in UTF-8")))
        .transpose()
}

#[cfg(test)]
mod tests;
