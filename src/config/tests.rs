use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;
use crate::cli::{DashboardArgs, LogLevel};
use crate::domain::view::{Shape, SortKey};

fn settings(args: &GlobalArgs, environment: &[(&str, &str)]) -> Result<Settings, String> {
    Settings::resolve(args, &environment.iter().copied().collect(), &Files::default())
        .map_err(|error| error.to_string())
}

fn with_interval(text: &str) -> GlobalArgs {
    GlobalArgs { interval: Some(text.to_owned()), ..GlobalArgs::default() }
}

fn with_url(url: &str) -> GlobalArgs {
    GlobalArgs { api_url: Some(url.to_owned()), ..GlobalArgs::default() }
}

#[test]
fn nothing_said_gives_the_defaults() {
    let variables = [("HOME", "/home/me"), ("CHUTES_API_URL", ""), (INTERVAL_VARIABLE, "")];
    let settings = settings(&GlobalArgs::default(), &variables).unwrap();
    assert_eq!(settings.api_base, ApiBase::default());
    assert_eq!((settings.interval, settings.requests_per_minute), (Duration::from_mins(5), Some(45)));
    assert!(!settings.demo && settings.history.is_some());
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
    let alone = settings(&unwanted, &home).unwrap();
    assert_eq!((alone.history, alone.requests_per_minute), (None, Some(15)), "others cannot be seen");
    let told = GlobalArgs { max_requests_per_minute: Some(40), ..unwanted.clone() };
    assert_eq!(settings(&told, &home).unwrap().requests_per_minute, Some(40), "the user knows");
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
    match (settings(&args, &[("HOME", "/home/me")]), expected) {
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

/// What the files say, of these texts.
fn files(config: &str, state: &str) -> Files {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let environment = Environment::default();
    Files {
        config: ConfigFile::open(&write("config.toml", config), &environment).unwrap(),
        state: state::read(&write("state.toml", state), &environment).unwrap(),
    }
}

/// The last word of where a setting comes from, which leaves out the directory of the test.
fn origin_of(origin: &Origin) -> String {
    let text = origin.to_string();
    text.rsplit('/').next().unwrap().to_owned()
}

/// A key of the file with: a value by flag, by variable, in the configuration and in the state; what it is then.
type Given = (bool, bool, bool, bool);

/// Flags beat the environment, that beats the file, that beats the state.
#[rstest]
#[case::flag((true, true, true, true), "1m", "--interval")]
#[case::variable((false, true, true, true), "2m", "CHUTES_QUOTA_REFRESH_INTERVAL")]
#[case::file((false, false, true, true), "10m", "config.toml line 1")]
#[case::state((false, false, false, true), "15m", "as the dashboard was left")]
#[case::nothing((false, false, false, false), "5m", "default")]
fn who_says_the_interval(#[case] given: Given, #[case] expected: &str, #[case] origin: &str) {
    let (flag, variable, file, state) = given;
    let args = if flag { with_interval("1m") } else { GlobalArgs::default() };
    let environment: Environment = variable.then_some((INTERVAL_VARIABLE, "120")).into_iter().collect();
    let files = files(if file { "interval = '10m'" } else { "" }, if state { "interval = 900" } else { "" });
    let settings = Settings::resolve(&args, &environment, &files).unwrap();
    assert_eq!(settings.interval, humantime::parse_duration(expected).unwrap());
    assert_eq!(origin_of(settings.origin("interval").unwrap()), origin);
}

#[rstest]
#[case::flag((true, true, true, false), "http://127.0.0.1:1", "--api-url")]
#[case::variable((false, true, true, false), "http://127.0.0.1:2", "CHUTES_API_URL")]
#[case::file((false, false, true, false), "http://127.0.0.1:3", "config.toml line 1")]
#[case::nothing((false, false, false, false), "https://api.chutes.ai", "default")]
fn who_says_the_server(#[case] given: Given, #[case] expected: &str, #[case] origin: &str) {
    let (flag, variable, file, _) = given;
    let args = if flag { with_url("http://127.0.0.1:1") } else { GlobalArgs::default() };
    let environment: Environment = variable.then_some((API_URL_VARIABLE, "http://127.0.0.1:2")).into_iter().collect();
    let files = files(if file { "api_url = 'http://127.0.0.1:3'" } else { "" }, "");
    let settings = Settings::resolve(&args, &environment, &files).unwrap();
    assert_eq!(settings.api_base.to_string(), expected);
    assert_eq!(origin_of(settings.origin("api_url").unwrap()), origin);
}

#[rstest]
#[case::flag(Some(10), "max_requests_per_minute = 20", Ok((Some(10), "--max-requests-per-minute")))]
#[case::file(None, "max_requests_per_minute = 20", Ok((Some(20), "config.toml line 1")))]
#[case::nothing(None, "", Ok((Some(45), "default")))]
#[case::too_many(
    None,
    "max_requests_per_minute = 46",
    Err("config.toml line 1: max_requests_per_minute: expected 1 to 45: the server bans addresses that pass about 60")
)]
fn who_says_the_budget(
    #[case] flag: Option<u32>,
    #[case] config: &str,
    #[case] expected: Result<(Option<u32>, &str), &str>,
) {
    let args = GlobalArgs { max_requests_per_minute: flag, ..GlobalArgs::default() };
    match (Settings::resolve(&args, &[("HOME", "/home/me")].into_iter().collect(), &files(config, "")), expected) {
        (Ok(settings), Ok((number, origin))) => {
            assert_eq!(settings.requests_per_minute, number);
            assert_eq!(origin_of(settings.origin("max_requests_per_minute").unwrap()), origin);
        }
        (Err(error), Err(end)) => assert!(error.to_string().ends_with(end), "{error}"),
        (got, _) => panic!("{got:?}"),
    }
}

#[rstest]
#[case::flag(Some("a.db"), false, "history = '/b.db'", Some("a.db"), "--history")]
#[case::flag_off(None, true, "history = '/b.db'", None, "--no-history")]
#[case::file(None, false, "history = '/b.db'", Some("/b.db"), "config.toml line 1")]
#[case::file_off(None, false, "history = false", None, "config.toml line 1")]
#[case::nothing(None, false, "", Some("/me/.local/state/chutes-top/history.db"), "default")]
fn who_says_the_history(
    #[case] flag: Option<&str>,
    #[case] off: bool,
    #[case] config: &str,
    #[case] expected: Option<&str>,
    #[case] origin: &str,
) {
    let args = GlobalArgs { history: flag.map(PathBuf::from), no_history: off, ..GlobalArgs::default() };
    let environment: Environment = [("HOME", "/me")].into_iter().collect();
    let settings = Settings::resolve(&args, &environment, &files(config, "")).unwrap();
    assert_eq!(settings.history, expected.map(PathBuf::from));
    assert_eq!(origin_of(settings.origin("history").unwrap()), origin);
}

#[rstest]
#[case::flags("mask = false\nascii = false", "", (true, true, SortKey::Configured, false, ""), ["--mask", "--ascii", "default", "default", "default"])]
#[case::file("mask = true\nsort = 'left'\nfilter = 'is:low'", "sort = 'age'\nreverse = true\nfilter = 'x'", (true, false, SortKey::Left, false, "is:low"), ["config.toml line 1", "default", "config.toml line 2", "default", "config.toml line 3"])]
#[case::order_is_a_whole("reverse = true", "sort = 'age'\nreverse = false", (false, false, SortKey::Configured, true, ""), ["default", "default", "default", "config.toml line 1", "default"])]
#[case::state("", "sort = 'age'\nreverse = true\nfilter = 'x'", (false, false, SortKey::Age, true, "x"), ["default", "default", "as the dashboard was left", "as the dashboard was left", "as the dashboard was left"])]
#[case::an_empty_filter_is_one("filter = ''", "filter = 'x'", (false, false, SortKey::Configured, false, ""), ["default", "default", "default", "default", "config.toml line 1"])]
fn who_says_how_the_dashboard_starts(
    #[case] config: &str,
    #[case] state: &str,
    #[case] expected: (bool, bool, SortKey, bool, &str),
    #[case] origins: [&str; 5],
) {
    let flags = config.starts_with("mask = false");
    let flags = DashboardArgs { mask: flags, ascii: flags, no_title: flags, ..DashboardArgs::default() };
    let view = View::resolve(&flags, &Environment::default(), &files(config, state)).unwrap();
    let sort = view.shown.sort;
    assert_eq!((view.masked, view.ascii, sort.key, sort.reversed, view.shown.filter.as_str()), expected);
    let told = ["mask", "ascii", "sort", "reverse", "filter"].map(|key| origin_of(view.origin(key).unwrap()));
    assert_eq!(told, origins);
}

#[rstest]
#[case::flag(Some("gruvbox"), "theme = 'nord'", "theme = 'auto'", Ok(("gruvbox", "--theme")))]
#[case::flag_over_a_wrong_file(Some("gruvbox"), "theme = 'x'", "", Ok(("gruvbox", "--theme")))]
#[case::file(None, "theme = 'mine'\n[themes.mine]", "theme = 'auto'", Ok(("mine", "config.toml line 1")))]
#[case::state(None, "[themes.mine]", "theme = 'mine'", Ok(("mine", "as the dashboard was left")))]
#[case::state_of_a_theme_that_is_gone(None, "", "theme = 'mine'", Ok(("auto", "default")))]
#[case::nothing(None, "", "", Ok(("auto", "default")))]
#[case::wrong_flag(Some("x"), "[themes.mine]", "", Err("--theme: expected one of auto, catppuccin-latte,"))]
#[case::wrong_file(None, "theme = 'x'", "", Err("config.toml line 1: theme: expected one of auto,"))]
fn who_says_the_theme(
    #[case] flag: Option<&str>,
    #[case] config: &str,
    #[case] state: &str,
    #[case] expected: Result<(&str, &str), &str>,
) {
    let args = DashboardArgs { theme: flag.map(str::to_owned), ..DashboardArgs::default() };
    match (View::resolve(&args, &Environment::default(), &files(config, state)), expected) {
        (Ok(view), Ok((name, origin))) => {
            assert_eq!((view.theme.as_str(), origin_of(view.origin("theme").unwrap()).as_str()), (name, origin));
            assert!(view.themes.iter().any(|theme| theme.name == name));
        }
        (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
        (got, _) => panic!("{got:?}"),
    }
}

#[rstest]
#[case::flag(Some(Shape::Line), true, "layout = 'big'\nmouse = false", "layout = 'compact'", (Shape::Line, true), ["--layout", "--mouse"])]
#[case::file(None, false, "layout = 'big'\nmouse = true", "layout = 'compact'", (Shape::Big, true), ["config.toml line 1", "config.toml line 2"])]
#[case::state(None, false, "", "layout = 'compact'", (Shape::Compact, false), ["as the dashboard was left", "default"])]
#[case::nobody(None, false, "", "", (Shape::Full, false), ["default", "default"])]
fn who_says_the_layout_and_the_mouse(
    #[case] layout: Option<Shape>,
    #[case] mouse: bool,
    #[case] config: &str,
    #[case] state: &str,
    #[case] expected: (Shape, bool),
    #[case] origins: [&str; 2],
) {
    let flags = DashboardArgs { layout, mouse, ..DashboardArgs::default() };
    let view = View::resolve(&flags, &Environment::default(), &files(config, state)).unwrap();
    assert_eq!((view.shown.shape, view.mouse), expected);
    assert_eq!(["layout", "mouse"].map(|key| origin_of(view.origin(key).unwrap())), origins);
}

#[rstest]
#[case::flags(Some("a"), Some(LogLevel::Trace), Some("warn"), "log_file = '/b'\nlog_level = 'error'", Some(("a", Some(LogLevel::Trace), None)))]
#[case::variable(None, None, Some("warn"), "log_file = '/b'\nlog_level = 'error'", Some(("/b", None, Some("warn"))))]
#[case::file(None, None, None, "log_file = '/b'\nlog_level = 'error'", Some(("/b", Some(LogLevel::Error), None)))]
#[case::level_by_flag(None, Some(LogLevel::Info), None, "log_file = '/b'", Some(("/b", Some(LogLevel::Info), None)))]
#[case::level_of_nothing(None, None, Some("warn"), "log_level = 'error'", None)]
fn who_says_the_log(
    #[case] flag: Option<&str>,
    #[case] level: Option<LogLevel>,
    #[case] variable: Option<&str>,
    #[case] config: &str,
    #[case] expected: Option<(&str, Option<LogLevel>, Option<&str>)>,
) {
    let args = GlobalArgs { log_file: flag.map(PathBuf::from), log_level: level, ..GlobalArgs::default() };
    let environment: Environment = variable.map(|text| (LOG_VARIABLE, text)).into_iter().collect();
    let log = LogSettings::resolve(&args, &environment, &files(config, "").config).unwrap();
    let got = log.as_ref().map(|log| (log.path.to_str().unwrap(), log.level, log.targets.as_deref()));
    assert_eq!(got, expected);
}

#[test]
fn a_level_without_a_log_is_refused() {
    let args = GlobalArgs { log_level: Some(LogLevel::Info), ..GlobalArgs::default() };
    let error = LogSettings::resolve(&args, &Environment::default(), &ConfigFile::default()).unwrap_err().to_string();
    assert_eq!(error, "--log-level: goes with --log-file, or with log_file in the configuration file");
}

#[rstest]
#[case::plain_locale("", true, "default")]
#[case::written("ascii = false", false, "config.toml line 1")]
fn a_locale_without_more_than_ascii_counts_unless_the_file_says_otherwise(
    #[case] config: &str,
    #[case] ascii: bool,
    #[case] origin: &str,
) {
    let environment: Environment = [("LANG", "C")].into_iter().collect();
    let view = View::resolve(&DashboardArgs::default(), &environment, &files(config, "")).unwrap();
    assert_eq!((view.ascii, origin_of(view.origin("ascii").unwrap()).as_str()), (ascii, origin));
}
