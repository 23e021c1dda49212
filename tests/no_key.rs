//! No piece of a key gets out: every command and every screen is run against a server that tells keys back wherever
//! it can, with everything logged, and all that was printed, drawn and written is searched.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up is to fail, and so are its helpers"
)]

#[path = "support/echo.rs"]
mod echo;
#[path = "support/running.rs"]
mod running;
#[path = "support/terminal.rs"]
mod terminal;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::{fs, io};

use assert_cmd::Command;
use chutes_top::domain::credential::{ApiKey, Credential};
use rstest::rstest;

use echo::{KEYS, Server};
use running::{Running, scrape_until};
use rustix::process::Signal;
use terminal::{PROGRAM, Session};

// No format, serialiser or comparison can reach a key; that its `Debug` shows nothing is tested with it.
static_assertions::assert_not_impl_any!(ApiKey: std::fmt::Display, serde::Serialize, AsRef<str>, PartialEq, ToString);
static_assertions::assert_not_impl_any!(ApiKey: std::ops::Deref, Into<String>, std::hash::Hash, std::borrow::Borrow<str>);
static_assertions::assert_not_impl_any!(Credential: std::fmt::Display, serde::Serialize, PartialEq);

/// A piece of a secret this long is one too many.
const PIECE: usize = 8;

/// Fails when `bytes` hold a piece of the secret of any key.
fn search(place: &str, bytes: &[u8]) {
    for (_, key) in KEYS {
        let secret = key.rsplit('.').next().unwrap();
        for piece in secret.as_bytes().windows(PIECE) {
            let found = bytes.windows(PIECE).any(|window| window == piece);
            assert!(!found, "{place} holds {} of {key}", String::from_utf8_lossy(piece));
        }
    }
}

/// Searches every file below `folder`, and gives all that is in them as text.
fn search_files(folder: &Path) -> io::Result<String> {
    let mut all = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            all += &search_files(&path)?;
        } else {
            // What a program that is still ending takes away meanwhile (SQLite's log) is in the file by then.
            let bytes = match fs::read(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                bytes => bytes?,
            };
            search(&path.display().to_string(), &bytes);
            all += &String::from_utf8_lossy(&bytes);
        }
    }
    Ok(all)
}

fn variables(server: &Server) -> Vec<(&'static str, &str)> {
    let mut variables: Vec<_> = KEYS.iter().map(|(name, key)| (*name, *key)).collect();
    variables.extend([("CHUTES_API_URL", server.url.as_str()), ("RUST_LOG", "trace")]);
    variables
}

/// What a command prints to either stream, after it was searched.
fn run(home: &Path, server: &Server, args: &[&str]) -> String {
    let mut command = Command::new(PROGRAM);
    command.env_clear().env("HOME", home).current_dir(home).envs(variables(server));
    let output = command.args(["--log-file", "log"]).args(args).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    search(&args.join(" "), &said);
    String::from_utf8(said).unwrap()
}

#[rstest]
#[case::table(&["snapshot"])]
#[case::json(&["snapshot", "--format", "json"])]
#[case::with_names(&["snapshot", "--format", "json", "--identities"])]
#[case::a_key_as_url(&["snapshot", "--api-url", KEYS[0].1])]
#[case::a_key_as_file(&["snapshot", "--env-file", KEYS[0].1])]
#[case::a_key_as_argument(&[KEYS[0].1])]
#[case::a_key_as_interval(&["--interval", KEYS[0].1])]
#[case::a_key_as_name(&["history", "--credential", KEYS[0].1])]
#[case::a_key_to_listen_on(&["exporter", "--listen", KEYS[0].1])]
#[case::a_key_as_filter(&["watch", "--only", "tier:cpk_0000000000000000000000000000000a.1000.F1neSecretAbcdefghijklmnop"])]
#[case::a_key_as_configuration(&["snapshot", "--config", KEYS[0].1])]
#[case::a_key_as_label(&["credentials", "remove", KEYS[0].1])]
#[case::list(&["credentials", "list"])]
#[case::tried(&["credentials", "test"])]
#[case::check(&["config", "check"])]
#[case::plugin(&["check"])]
#[case::a_key_as_threshold(&["check", "--warn", KEYS[0].1])]
#[case::a_key_as_wanted(&["check", "--only", KEYS[0].1])]
#[case::pick(&["pick"])]
#[case::pick_variable(&["pick", "--print", "env"])]
#[case::a_key_as_number(&["pick", "--min", KEYS[0].1])]
#[case::a_key_as_duration(&["run", "--for", KEYS[0].1, "--", "true"])]
#[case::a_key_as_program(&["run", "--", KEYS[0].1])]
#[case::run(&["run", "--", "true"])]
#[case::status(&["status"])]
#[case::status_as_document(&["status", "--format", "json"])]
#[case::help(&["--help"])]
fn no_command_prints_or_writes_a_key(#[case] args: &[&str]) {
    let (home, server) = (tempfile::tempdir().unwrap(), Server::start());
    run(home.path(), &server, args);
    search_files(home.path()).unwrap();
}

#[test]
fn no_screen_no_file_and_no_report_of_what_was_kept_holds_a_key() {
    let server = Server::start();
    let mut session = Session::start(&["--log-file", "log", "--interval", "30s"], &variables(&server));
    session.wait_for("all rows", |screen| screen.contents().matches("401").count() == 1);
    session.wait_for("numbers", |screen| screen.contents().contains('%'));
    let log = session.home.path().join("log");
    for path in ["/users/me/usage", "/users/me/subscription_usage", "/invocations/stats/llm"] {
        session.wait_for(path, |_| fs::read_to_string(&log).unwrap_or_default().matches(path).count() > 1);
    }
    let mut seen = Vec::new();
    let mut look = |session: &mut Session, keys: &str, there: &str| {
        session.press(keys);
        // The last line, which is drawn last: a key that comes after Esc in the same moment would make it Alt.
        session.wait_for(keys, |screen| screen.contents().contains(there));
        seen.push(session.screen().contents());
    };
    look(&mut session, "?", "Esc close");
    look(&mut session, "\x1b", "s sort");
    for _ in KEYS {
        look(&mut session, "\r", "Esc back");
        look(&mut session, "w\t", "Esc back");
        look(&mut session, "GG", "Esc back");
        look(&mut session, "\x1b", "s sort");
        look(&mut session, "j", "filter");
    }
    look(&mut session, "y", "clipboard");
    look(&mut session, "R/e", "Enter keep");
    look(&mut session, "\rx", "hidden");
    session.press("q");
    session.ends_clean(0);
    search("the terminal", &session.written);
    for screen in &seen {
        search("a screen", screen.as_bytes());
    }
    assert!(seen.iter().any(|screen| screen.contains("[key]")), "the server told no key back: {seen:#?}");
    for by in ["hour", "day", "chute"] {
        for format in ["table", "json", "csv"] {
            run(session.home.path(), &server, &["history", "--by", by, "--format", format]);
        }
    }
    let files = search_files(session.home.path()).unwrap();
    assert!(files.contains("SQLite format 3") && files.contains("DEBUG") && files.contains("[key]"));
}

#[test]
fn no_metric_and_no_line_of_a_watch_holds_a_key_or_a_name() {
    let server = Server::start();
    let variables = variables(&server);
    let (exporter, address) = Running::exporter(&["--log-file", "log"], &variables);
    // Every answer that tells keys back was heard.
    let metrics = scrape_until(&address, |metrics| {
        metrics.matches("chutes_credential_up{").count() == KEYS.len() && metrics.contains("chutes_chute_info{")
    });
    search("the metrics", metrics.as_bytes());
    assert!(!metrics.contains("[key] [key]"), "the user's name is in a label: {metrics}");
    exporter.signal(Signal::TERM);
    search_files(exporter.home.path()).unwrap();
    search("the exporter", exporter.end().1.as_bytes());

    let mut watch = Running::start(&["watch", "--identities", "--log-file", "log"], &variables);
    let mut told = String::new();
    while told.matches(r#""event":"known""#).count() < KEYS.len() || !told.contains("[key] [key]") {
        told += &watch.line();
    }
    search("the watch", told.as_bytes());
    watch.signal(Signal::TERM);
    search_files(watch.home.path()).unwrap();
    search("the watch", watch.end().1.as_bytes());
}

/// A dashboard without any key, into which the key at this place of [`KEYS`] is pasted and tested.
fn first_run(server: &Server, key: usize, more: &[(&str, &str)]) -> Session {
    let variables = [&[("CHUTES_API_URL", server.url.as_str()), ("RUST_LOG", "trace")], more].concat();
    let mut session = Session::start(&["--log-file", "log"], &variables);
    session.wait_for("the first screen", |screen| screen.contents().contains("No Chutes API key is set"));
    let key = KEYS[key].1;
    session.press(&format!("\x1b[200~{key}\x1b[201~"));
    let told = format!("{} characters, not shown", key.len());
    session.wait_for(&told, |screen| screen.contents().contains(&told));
    session.press("\r");
    session
}

#[test]
fn a_key_that_is_typed_goes_nowhere_but_into_the_store() {
    let server = Server::start();
    for (key, why) in [(1, "refuses it: unknown, revoked or restricted key (401)"), (2, "not tested: server error")] {
        let mut session = first_run(&server, key, &[]);
        session.wait_for(why, |screen| screen.contents().contains(why));
        session.press("\x03");
        session.ends_clean(0);
        search("the terminal", &session.written);
        search_files(session.home.path()).unwrap();
    }
    let mut session = first_run(&server, 0, &[]);
    session.wait_for("the row", |screen| screen.contents().contains("default") && screen.contents().contains('%'));
    session.press("\r");
    session.wait_for("the account", |screen| screen.contents().contains("[key]"));
    session.press("q");
    session.ends_clean(0);
    search("the terminal", &session.written);
    let store = session.home.path().join(".config/chutes-top/credentials");
    assert_eq!(fs::metadata(&store).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&store).unwrap().contains(KEYS[0].1));
    fs::remove_file(store).unwrap();
    assert!(search_files(session.home.path()).unwrap().contains("DEBUG"));
}

#[cfg(debug_assertions)]
#[test]
fn no_report_of_a_panic_holds_a_key_that_is_typed() {
    let mut session = first_run(&Server::start(), 0, &[("CHUTES_TOP_PANIC", "key")]);
    session.ends_clean(101);
    assert!(session.screen().contents().contains("asked to panic in the key ([key])"));
    search("the panic report", &session.written);
    search_files(session.home.path()).unwrap();
}

#[cfg(debug_assertions)]
#[test]
fn no_report_of_a_panic_holds_a_key() {
    let server = Server::start();
    let mut variables = variables(&server);
    variables.push(("CHUTES_TOP_PANIC", "worker"));
    let mut session = Session::start(&["--log-file", "log"], &variables);
    session.ends_clean(101);
    assert!(session.screen().contents().contains("asked to panic in the worker ([key])"));
    search("the panic report", &session.written);
    search_files(session.home.path()).unwrap();
}
