//! Arguments and environment, resolved into what the program is to do.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::{GlobalArgs, LogLevel};
use crate::domain::api_base::{ApiBase, REQUESTS_PER_MINUTE};
use crate::domain::credential::hide_keys;
use crate::environment::Environment;

/// Names another server.
pub const API_URL_VARIABLE: &str = "CHUTES_API_URL";
/// Says how often, in seconds.
pub const INTERVAL_VARIABLE: &str = "CHUTES_QUOTA_REFRESH_INTERVAL";
/// Says what is logged.
pub const LOG_VARIABLE: &str = "RUST_LOG";
/// How often each credential is asked for, unless told otherwise.
pub const DEFAULT_INTERVAL: Duration = Duration::from_mins(5);
/// Oftener than this tells nothing new and tires the server, which hashes a password at each request.
pub const SHORTEST_INTERVAL: Duration = Duration::from_secs(30);
/// Seldomer than this and a whole quota window passes unseen.
pub const LONGEST_INTERVAL: Duration = Duration::from_hours(24);

/// What the program is to do, all doubts resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The server that is asked; meaningless in the demo, which brings its own.
    pub api_base: ApiBase,
    /// How often each credential is asked for.
    pub interval: Duration,
    /// The most requests in any minute; `None`: as many as there are.
    pub requests_per_minute: Option<u32>,
    /// Whether the numbers are to be simulated.
    pub demo: bool,
    /// The file that what was measured is kept in; `None`: in memory only.
    pub history: Option<PathBuf>,
}

/// The file of the log, and what goes into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// The file.
    pub path: PathBuf,
    /// The level of the program's own events; `None`: as `targets` says, or else `info`.
    pub level: Option<LogLevel>,
    /// What `RUST_LOG` says.
    pub targets: Option<String>,
}

impl LogSettings {
    /// What `args` and `environment` ask for; `None`: no log.
    ///
    /// # Errors
    ///
    /// When `RUST_LOG` counts and is not text.
    pub fn resolve(args: &GlobalArgs, environment: &Environment) -> Result<Option<Self>, ConfigError> {
        let Some(path) = args.log_file.clone() else { return Ok(None) };
        let targets = if args.log_level.is_some() { None } else { variable(environment, LOG_VARIABLE)? };
        Ok(Some(Self { path, level: args.log_level, targets: targets.map(str::to_owned) }))
    }
}

/// What is wrong with the configuration: one line, which names the flag, variable or file and what
/// was expected, safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    /// The value of `source` is of no use because of `reason`.
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
    /// What `args` and `environment` ask for; the arguments win.
    ///
    /// # Errors
    ///
    /// When a value is malformed or out of bounds, or when two of them contradict each other.
    pub fn resolve(args: &GlobalArgs, environment: &Environment) -> Result<Self, ConfigError> {
        if args.demo && args.api_url.is_some() {
            return Err(ConfigError::new("--demo", "cannot go with --api-url: the demo brings its own server"));
        }
        if args.demo && args.env_file.is_some() {
            return Err(ConfigError::new("--demo", "cannot go with --env-file: the demo brings its own credentials"));
        }
        if args.demo && args.history.is_some() {
            return Err(ConfigError::new("--demo", "cannot go with --history: the demo keeps its own in memory"));
        }
        let api_base = if args.demo { ApiBase::default() } else { api_base(args, environment)? };
        let on_loopback = args.demo || api_base.is_loopback();
        Ok(Self {
            interval: interval(args, environment)?,
            requests_per_minute: requests_per_minute(args.max_requests_per_minute, on_loopback)?,
            history: history(args, environment)?,
            demo: args.demo,
            api_base,
        })
    }
}

/// The server that the flag names, or else the variable, or else Chutes.
fn api_base(args: &GlobalArgs, environment: &Environment) -> Result<ApiBase, ConfigError> {
    match (&args.api_url, variable(environment, API_URL_VARIABLE)?) {
        (Some(url), _) => parse_base("--api-url", url),
        (None, Some(url)) => parse_base(API_URL_VARIABLE, url),
        (None, None) => Ok(ApiBase::default()),
    }
}

fn parse_base(source: &str, url: &str) -> Result<ApiBase, ConfigError> {
    ApiBase::parse(url).map_err(|reason| ConfigError::new(source, reason))
}

/// How often the flag says, or else the variable, or else every five minutes.
fn interval(args: &GlobalArgs, environment: &Environment) -> Result<Duration, ConfigError> {
    // The variable is not looked at when the flag is given, so that a wrong one can be got round.
    if let Some(text) = &args.interval {
        return parse_interval("--interval", text);
    }
    variable(environment, INTERVAL_VARIABLE)?
        .map_or(Ok(DEFAULT_INTERVAL), |text| parse_interval(INTERVAL_VARIABLE, text))
}

/// Seconds (`300`) or a duration (`5m`), within the bounds.
fn parse_interval(source: &str, text: &str) -> Result<Duration, ConfigError> {
    let text = text.trim();
    let interval = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => humantime::parse_duration(text).map_err(|_| {
            ConfigError::new(source, "expected seconds or a duration such as 300 or 5m, from 30s to 24h")
        })?,
    };
    if interval < SHORTEST_INTERVAL {
        return Err(ConfigError::new(source, "shorter than 30s: the server bans addresses that ask too often"));
    }
    if interval > LONGEST_INTERVAL {
        return Err(ConfigError::new(source, "longer than 24h: a whole day's quota would pass unseen"));
    }
    Ok(interval)
}

fn requests_per_minute(asked: Option<u32>, on_loopback: bool) -> Result<Option<u32>, ConfigError> {
    match asked {
        Some(number) if on_loopback => Ok(Some(number)),
        Some(number) if number > REQUESTS_PER_MINUTE => Err(ConfigError::new(
            "--max-requests-per-minute",
            format!("expected 1 to {REQUESTS_PER_MINUTE}: the server bans addresses that pass about 60"),
        )),
        Some(number) => Ok(Some(number)),
        None => Ok((!on_loopback).then_some(REQUESTS_PER_MINUTE)),
    }
}

/// The file that the flag names, or else the one in the state directory. `None`: in memory, because the user
/// or the demo wants it so, or because there is no home.
fn history(args: &GlobalArgs, environment: &Environment) -> Result<Option<PathBuf>, ConfigError> {
    match &args.history {
        Some(_) if args.no_history => Err(ConfigError::new("--history", "cannot go with --no-history")),
        Some(path) if path.as_os_str().is_empty() => Err(ConfigError::new("--history", "expected a path")),
        Some(path) => Ok(Some(path.clone())),
        None if args.no_history || args.demo => Ok(None),
        None => Ok(default_history(environment)),
    }
}

/// Where the history is kept when nothing else is said: `$XDG_STATE_HOME/chutes-top/history.db`, by default
/// in `~/.local/state`. `None` when there is no home either.
fn default_history(environment: &Environment) -> Option<PathBuf> {
    // A relative XDG_STATE_HOME is to be ignored, says the XDG Base Directory Specification.
    let configured = environment.get("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let directory = configured.or_else(|| Some(Path::new(environment.get("HOME")?).join(".local/state")))?;
    Some(directory.join("chutes-top").join("history.db"))
}

/// The text of a variable, if it is set and not empty.
fn variable<'a>(environment: &'a Environment, name: &str) -> Result<Option<&'a str>, ConfigError> {
    environment
        .get(name)
        .map(|value| value.to_str().ok_or_else(|| ConfigError::new(name, "expected text in UTF-8")))
        .transpose()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use rstest::rstest;

    use super::*;

    fn settings(args: &GlobalArgs, environment: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::resolve(args, &environment.iter().copied().collect()).map_err(|error| error.to_string())
    }

    fn with_interval(text: &str) -> GlobalArgs {
        GlobalArgs { interval: Some(text.to_owned()), ..GlobalArgs::default() }
    }

    fn with_url(url: &str) -> GlobalArgs {
        GlobalArgs { api_url: Some(url.to_owned()), ..GlobalArgs::default() }
    }

    #[test]
    fn nothing_said_gives_the_defaults() {
        let settings = settings(&GlobalArgs::default(), &[("CHUTES_API_URL", ""), (INTERVAL_VARIABLE, "")]).unwrap();
        assert_eq!(
            settings,
            Settings {
                api_base: ApiBase::default(),
                interval: Duration::from_mins(5),
                requests_per_minute: Some(45),
                demo: false,
                history: None,
            }
        );
    }

    #[rstest]
    #[case::flag(Some("mine.db"), &[("HOME", "/home/me")], Some("mine.db"))]
    #[case::state(None, &[("HOME", "/home/me"), ("XDG_STATE_HOME", "/state")], Some("/state/chutes-top/history.db"))]
    #[case::relative(None, &[("HOME", "/home/me"), ("XDG_STATE_HOME", "state")], Some("/home/me/.local/state/chutes-top/history.db"))]
    #[case::home(None, &[("HOME", "/home/me")], Some("/home/me/.local/state/chutes-top/history.db"))]
    #[case::homeless(None, &[], None)]
    fn the_history_is_kept_where_the_user_says_or_with_other_state(
        #[case] flag: Option<&str>,
        #[case] environment: &[(&str, &str)],
        #[case] path: Option<&str>,
    ) {
        let args = GlobalArgs { history: flag.map(PathBuf::from), ..GlobalArgs::default() };
        assert_eq!(settings(&args, environment).unwrap().history, path.map(PathBuf::from));
    }

    #[test]
    fn a_history_that_is_unwanted_goes_nowhere() {
        let home = [("HOME", "/home/me")];
        let unwanted = GlobalArgs { no_history: true, ..GlobalArgs::default() };
        assert_eq!(settings(&unwanted, &home).unwrap().history, None);
        let demo = GlobalArgs { demo: true, ..GlobalArgs::default() };
        assert_eq!(settings(&demo, &home).unwrap().history, None);
        let named = |args: GlobalArgs, path: &str| settings(&GlobalArgs { history: Some(path.into()), ..args }, &home);
        assert_eq!(named(unwanted, "a").unwrap_err(), "--history: cannot go with --no-history");
        assert_eq!(named(demo, "a").unwrap_err(), "--demo: cannot go with --history: the demo keeps its own in memory");
        assert_eq!(named(GlobalArgs::default(), "").unwrap_err(), "--history: expected a path");
    }

    #[rstest]
    #[case::seconds("300", 300)]
    #[case::duration("5m", 300)]
    #[case::compound("1h 30m", 5400)]
    #[case::padded(" 60 ", 60)]
    #[case::shortest("30", 30)]
    #[case::longest("24h", 86_400)]
    #[case::longest_in_seconds("86400", 86_400)]
    fn an_interval_is_seconds_or_a_duration(#[case] text: &str, #[case] seconds: u64) {
        assert_eq!(settings(&with_interval(text), &[]).unwrap().interval, Duration::from_secs(seconds));
        let by_variable = settings(&GlobalArgs::default(), &[(INTERVAL_VARIABLE, text)]).unwrap();
        assert_eq!(by_variable.interval, Duration::from_secs(seconds));
    }

    #[rstest]
    #[case::too_short("29", "shorter than 30s")]
    #[case::just_too_short("29s 999ms", "shorter than 30s")]
    #[case::none("0", "shorter than 30s")]
    #[case::too_long("86401", "longer than 24h")]
    #[case::far_too_long("18446744073709551615", "longer than 24h")]
    #[case::past_any_number("18446744073709551616", "expected seconds or a duration")]
    #[case::negative("-5", "expected seconds or a duration")]
    #[case::word("often", "expected seconds or a duration")]
    #[case::empty("", "expected seconds or a duration")]
    fn an_interval_out_of_bounds_is_refused_with_the_reason(#[case] text: &str, #[case] reason: &str) {
        let error = settings(&with_interval(text), &[]).unwrap_err();
        assert!(error.starts_with(&format!("--interval: {reason}")), "{error}");
        if !text.is_empty() {
            let error = settings(&GlobalArgs::default(), &[(INTERVAL_VARIABLE, text)]).unwrap_err();
            assert!(error.starts_with(&format!("CHUTES_QUOTA_REFRESH_INTERVAL: {reason}")), "{error}");
        }
    }

    #[test]
    fn a_flag_beats_its_variable_even_a_wrong_one() {
        let environment = [(INTERVAL_VARIABLE, "often"), (API_URL_VARIABLE, "nonsense")];
        let args = GlobalArgs { interval: Some("1m".into()), ..with_url("http://127.0.0.1:9") };
        let settings = settings(&args, &environment).unwrap();
        assert_eq!(settings.interval, Duration::from_mins(1));
        assert_eq!(settings.api_base, ApiBase::parse("http://127.0.0.1:9").unwrap());
    }

    #[rstest]
    #[case::loopback("http://127.0.0.1:9", None, Ok(None))]
    #[case::loopback_with_flag("http://127.0.0.1:9", Some(500), Ok(Some(500)))]
    #[case::elsewhere("https://api.chutes.ai", None, Ok(Some(45)))]
    #[case::fewer("https://api.chutes.ai", Some(10), Ok(Some(10)))]
    #[case::too_many("https://api.chutes.ai", Some(46), Err("--max-requests-per-minute: expected 1 to 45"))]
    fn only_loopback_may_be_asked_without_a_budget(
        #[case] url: &str,
        #[case] flag: Option<u32>,
        #[case] expected: Result<Option<u32>, &str>,
    ) {
        let args = GlobalArgs { max_requests_per_minute: flag, ..with_url(url) };
        match (settings(&args, &[]), expected) {
            (Ok(settings), Ok(expected)) => assert_eq!(settings.requests_per_minute, expected),
            (Err(error), Err(start)) => assert!(error.starts_with(start), "{error}"),
            (got, _) => panic!("{got:?}"),
        }
    }

    #[rstest]
    #[case::flag(with_url("http://example.com"), &[], "--api-url: ")]
    #[case::variable(GlobalArgs::default(), &[(API_URL_VARIABLE, "http://example.com")], "CHUTES_API_URL: ")]
    fn a_wrong_url_is_named_by_where_it_came_from(
        #[case] args: GlobalArgs,
        #[case] environment: &[(&str, &str)],
        #[case] start: &str,
    ) {
        let error = settings(&args, environment).unwrap_err();
        assert!(error.starts_with(start) && !error.contains('\n'), "{error}");
    }

    #[test]
    fn a_key_given_as_a_url_is_not_repeated() {
        let error = settings(&with_url("cpk_0123456789abcdef.S3cret"), &[]).unwrap_err();
        assert!(!error.contains("0123") && !error.contains("S3cret"), "{error}");
    }

    #[test]
    fn the_demo_brings_its_own_server_and_credentials() {
        let demo = GlobalArgs { demo: true, ..GlobalArgs::default() };
        let resolved = settings(&demo, &[(API_URL_VARIABLE, "nonsense")]).unwrap();
        assert!(resolved.demo && resolved.requests_per_minute.is_none());
        assert!(settings(&GlobalArgs { api_url: Some("https://x.example".into()), ..demo.clone() }, &[]).is_err());
        assert!(settings(&GlobalArgs { env_file: Some("keys".into()), ..demo }, &[]).is_err());
    }
}
