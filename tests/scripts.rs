//! The commands for scripts, monitors and status bars, as a shell runs them, against a server on loopback.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up is to fail, and so are its helpers")]

#[path = "support/ended.rs"]
mod ended;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use ended::{Ended, program};
use pretty_assertions::assert_eq;
use rstest::rstest;

/// A server to which a key says itself what it wants to hear: `fake-2000-12.3` has used 12.3 of 2,000. Any other is
/// refused. It serves until the test process ends.
fn server() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve(&stream.unwrap()));
        }
    });
    url
}

fn serve(mut stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(request)) = lines.next() {
        let head: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
        let key = head.iter().find_map(|line| line.split_once("Bearer fake-")).map(|(_, key)| key);
        let (status, body) = match key.and_then(|key| key.split_once('-')) {
            Some((quota, used)) if request.starts_with("GET /users/me/quota_usage/me ") => {
                ("200 OK", format!(r#"{{"quota":{quota},"used":{used}}}"#))
            }
            Some(_) => ("404 Not Found", String::new()),
            None => ("401 Unauthorized", r#"{"detail":"Invalid token or user not found"}"#.to_owned()),
        };
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// How it ended, and what it said to either stream.
fn run_in(home: &Path, variables: &[(&str, &str)], args: &[&str]) -> (i32, String, String) {
    let mut command = program(home);
    command.env("PATH", "/usr/bin:/bin").envs(variables.iter().copied());
    let Ended { code, out, err } = Ended::of(command.args(args));
    (code, out, err)
}

/// The same in a new home, with a server and these keys.
fn run(keys: &[(&str, &str)], args: &[&str]) -> (i32, String, String) {
    let (home, url) = (tempfile::tempdir().unwrap(), server());
    let variables = [keys, &[("CHUTES_API_URL", url.as_str())]].concat();
    run_in(home.path(), &variables, args)
}

const A: (&str, &str) = ("CHUTES_API_KEY_A", "fake-2000-740");
const LOW: (&str, &str) = ("CHUTES_API_KEY_LOW", "fake-300-270");
const EMPTY: (&str, &str) = ("CHUTES_API_KEY_EMPTY", "fake-200-200");
const BOB: (&str, &str) = ("CHUTES_API_KEY_BOB", "nobody-knows-it");

#[rstest]
#[case::ok(&[A], &[], 0, "OK - 1 key, least: a 63 % left (day), reset in ")]
#[case::warning(&[A, LOW], &[], 1, "WARNING - 1 of 2 keys: low 10 % left (day), reset in ")]
#[case::critical(&[A, LOW, EMPTY, BOB], &[], 2, "CRITICAL - 3 of 4 keys: empty used up (day), reset in ")]
#[case::unknown(&[A, BOB], &[], 3, "UNKNOWN - 1 of 2 keys: bob unknown, revoked or restricted key (401) | a=63%;20:;5:;0;100")]
#[case::any(&[A, EMPTY], &["--any"], 2, "CRITICAL - ")]
#[case::all(&[A, EMPTY], &["--all"], 0, "OK - ")]
#[case::only(&[A, EMPTY], &["--only", "!empty"], 0, "OK - 1 key, least: a ")]
#[case::nobody(&[A], &["--only", "nobody"], 3, "UNKNOWN - no key matches --only")]
#[case::requests(&[LOW], &["--warn", "50", "--crit", "31"], 2, "CRITICAL - 1 of 1 key: low 30 requests left (day)")]
fn check_exits_as_a_plugin(
    #[case] keys: &[(&str, &str)],
    #[case] args: &[&str],
    #[case] code: i32,
    #[case] line: &str,
) {
    let (ended, out, err) = run(keys, &[&["check"], args].concat());
    assert_eq!((ended, err.as_str(), out.lines().count()), (code, "", 1), "{out}");
    assert!(out.starts_with(&format!("CHUTES {line}")), "{out}");
}

#[rstest]
#[case::threshold(&["check", "--warn", "much"], "--warn: expected what is left at least, such as 20%")]
#[case::order(&["check", "--warn", "5%", "--crit", "20%"], "--crit: more than --warn")]
#[case::both(&["check", "--any", "--all"], "the argument '--any' cannot be used with '--all'")]
#[case::filter(&["check", "--only", "is:nothing"], "--only: the word is:nothing means nothing")]
#[case::age(&["check", "--max-age", "old"], "--max-age \"old\": expected seconds")]
#[case::flag(&["check", "--colour"], "unexpected argument '--colour' found")]
#[case::before(&["--interval", "1s", "check"], "--interval: shorter than 30s")]
#[case::file(&["check", "--config", "none.toml"], "")]
#[case::value(&["check", "--warn"], "a value is required for '--warn <LEFT>'")]
fn to_a_monitor_every_failure_is_unknown(#[case] args: &[&str], #[case] says: &str) {
    let (code, out, err) = run(&[A], args);
    assert_eq!((code, err.as_str(), out.lines().count()), (3, "", 1), "{out}");
    assert!(out.starts_with(&format!("CHUTES UNKNOWN - {says}")), "{out}");
}

#[test]
fn a_monitor_without_keys_is_told_so_and_its_notices_go_elsewhere() {
    let (code, out, err) = run(&[("CHUTES_API_KEY_OLD", "")], &["check"]);
    assert_eq!(code, 3);
    assert!(out.starts_with("CHUTES UNKNOWN - no credentials: "), "{out}");
    assert_eq!(err, "chutes-top: notice: CHUTES_API_KEY_OLD is empty: skipped\n");
}

#[test]
fn the_help_of_the_check_is_no_failure() {
    let (code, out, _) = run(&[], &["check", "--help"]);
    assert_eq!(code, 0);
    assert!(out.contains("--crit <LEFT>"), "{out}");
}

#[rstest]
#[case::the_most(&[LOW, A, EMPTY, BOB], &[], "a\n")]
#[case::by_name(&[LOW, A], &["--print", "label"], "a\n")]
#[case::by_variable(&[LOW, A], &["--print", "env"], "CHUTES_API_KEY_A\n")]
#[case::enough(&[LOW, A], &["--min", "1260"], "a\n")]
#[case::default(&[("CHUTES_API_KEY", "fake-5000-1")], &["--print", "env"], "CHUTES_API_KEY\n")]
fn pick_names_the_key_with_the_most_room(#[case] keys: &[(&str, &str)], #[case] args: &[&str], #[case] expected: &str) {
    let ended = run(keys, &[&["pick"], args].concat());
    assert_eq!(ended, (0, expected.to_owned(), String::new()));
}

#[rstest]
#[case::too_many(&[LOW, A], &["--min", "1261"])]
#[case::used_up(&[EMPTY, BOB], &[])]
#[case::refused(&[BOB], &["--print", "env"])]
fn pick_is_silent_when_there_is_none(#[case] keys: &[(&str, &str)], #[case] args: &[&str]) {
    assert_eq!(run(keys, &[&["pick"], args].concat()), (1, String::new(), String::new()));
}

#[rstest]
#[case::number(&["pick", "--min=-1"], "--min: expected a number of requests, such as 100")]
#[case::duration(&["pick", "--for", "ever"], "--for: expected a duration, such as 90m or 4h")]
#[case::form(&["pick", "--print", "key"], "invalid value 'key' for '--print <PRINT>' [possible values: label, env]")]
#[case::no_command(&["run"], "the following required arguments were not provided: <COMMAND>...")]
#[case::demo(&["run", "--demo", "--", "true"], "--demo: cannot go with the command run: its keys are of no use")]
#[case::need(&["run", "--min", "many", "--", "true"], "--min: expected a number of requests, such as 100")]
fn what_cannot_be_is_said_in_one_line(#[case] args: &[&str], #[case] expected: &str) {
    let (code, out, err) = run(&[A], args);
    assert_eq!((code, out.as_str(), err.lines().count()), (2, "", 1), "{err}");
    assert!(err.starts_with("chutes-top: ") && err.contains(expected), "{err}");
}

#[test]
fn a_key_that_is_in_no_variable_has_no_variable_to_name() {
    let (home, url) = (tempfile::tempdir().unwrap(), server());
    let keys = home.path().join("keys");
    std::fs::write(&keys, "CHUTES_API_KEY_F=fake-2000-1\n").unwrap();
    std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let pick =
        |print| run_in(home.path(), &[("CHUTES_API_URL", &url)], &["pick", "--env-file", "keys", "--print", print]);
    assert_eq!(pick("label"), (0, "f\n".to_owned(), String::new()));
    let (code, out, err) = pick("env");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("chutes-top: --print env: the key of f is not in the environment; "), "{err}");
    // What a table of the configuration names stands in the environment too.
    std::fs::write(home.path().join("c.toml"), "[[credentials]]\nlabel = \"g\"\nkey_env = \"OTHER\"\n").unwrap();
    let variables = [("CHUTES_API_URL", url.as_str()), ("OTHER", "fake-2000-1")];
    let ended = run_in(home.path(), &variables, &["pick", "--config", "c.toml", "--print", "env"]);
    assert_eq!(ended, (0, "OTHER\n".to_owned(), String::new()));
    // A shell that evaluates the name must not find a command in it.
    let variables = [("CHUTES_API_URL", url.as_str()), ("CHUTES_API_KEY_A[$(id)]", "fake-2000-1")];
    let (code, out, err) = run_in(home.path(), &variables, &["pick", "--print", "env"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("the variable of a[$(id)] has a name that no shell takes; "), "{err}");
}

#[test]
fn run_gives_the_key_to_the_program_and_becomes_it() {
    let script = "echo \"$CHUTES_API_KEY $0 $1 $CHUTES_API_KEY_LOW\"; exit 7";
    let ended = run(&[LOW, A], &["run", "--", "sh", "-c", script, "--min", "x y"]);
    assert_eq!(ended, (7, "fake-2000-740 --min x y fake-300-270\n".to_owned(), String::new()));
    // As with env and nice, what follows the program is the program's.
    let bare = run(&[A], &["run", "--min", "1", "sh", "-c", script, "--min", "--", "-x"]);
    assert_eq!(bare, (7, "fake-2000-740 --min -- \n".to_owned(), String::new()));
    // The signal that ends it is its own: there is no other process in between.
    let (home, url) = (tempfile::tempdir().unwrap(), server());
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("chutes-top"));
    command.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin").envs([A, ("CHUTES_API_URL", &url)]);
    let output = command.args(["run", "--log-file", "log", "--", "sh", "-c", "echo $$; kill -TERM $$"]);
    let child = output.current_dir(home.path()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(15));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{id}\n"));
    let log = std::fs::read_to_string(home.path().join("log")).unwrap();
    assert!(log.contains("the program starts") && !log.contains("fake-2000"), "{log}");
}

#[rstest]
#[case::none(&[EMPTY], &["true"], 1, "no key has the room that is needed: the command was not run")]
#[case::not_there(&[A], &["no-such-program-anywhere"], 127, "the command cannot be run: No such file")]
#[case::not_a_program(&[A], &["/"], 126, "the command cannot be run: Permission denied")]
fn run_fails_as_a_shell_does(
    #[case] keys: &[(&str, &str)],
    #[case] command: &[&str],
    #[case] code: i32,
    #[case] says: &str,
) {
    let (ended, out, err) = run(keys, &[&["run", "--"], command].concat());
    assert_eq!((ended, out.as_str()), (code, ""));
    assert!(err.starts_with(&format!("chutes-top: {says}")), "{err}");
}

/// Runs the status until `is_there` holds for what it prints: the refresh that it starts is for a later one.
fn status_until(home: &Path, variables: &[(&str, &str)], is_there: impl Fn(&str) -> bool) -> String {
    const TRIES: usize = 2_000;
    for _ in 0..TRIES {
        let (code, out, err) = run_in(home, variables, &["status"]);
        assert_eq!((code, err.as_str(), out.lines().count()), (0, "", 1), "{out}");
        if is_there(&out) {
            return out;
        }
    }
    unreachable!("it did not come")
}

#[test]
fn the_status_is_there_at_once_and_has_the_next_one_refreshed() {
    let (home, url) = (tempfile::tempdir().unwrap(), server());
    let variables = [A, EMPTY, ("CHUTES_API_URL", url.as_str())];
    let (code, out, _) = run_in(home.path(), &variables, &["status"]);
    assert_eq!((code, out.as_str()), (0, "chutes ? nothing known yet\n"));
    let out = status_until(home.path(), &variables, |out| !out.contains("not known") && !out.contains('?'));
    assert!(out.starts_with("chutes ■ empty 0 % · 1 ok · reset "), "{out}");
    for (format, start) in [
        ("tmux", "chutes #[fg=red]■ empty 0 %"),
        ("starship", "■ empty 0 %\n"),
        ("waybar", "{\"text\":"),
        ("json", "{\"schema\":1,"),
    ] {
        let (code, out, err) = run_in(home.path(), &variables, &["status", "--format", format]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.starts_with(start), "{out}");
    }
}

#[test]
fn the_status_says_why_a_key_was_never_read() {
    let (home, url) = (tempfile::tempdir().unwrap(), server());
    let variables = [BOB, ("CHUTES_API_URL", url.as_str())];
    let out = status_until(home.path(), &variables, |out| !out.contains('?'));
    assert_eq!(out, "chutes ✕ bob: key refused (401)\n");
}

#[test]
fn the_status_waits_for_no_server() {
    // It takes connections in and never answers.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let home = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let ended = run_in(home.path(), &[A, ("CHUTES_API_URL", &url)], &["status"]);
        assert_eq!(ended, (0, "chutes ? nothing known yet\n".to_owned(), String::new()));
    }
}

#[rstest]
#[case::form(&["status", "--format", "i3"], "invalid value 'i3' for '--format <FORMAT>' [possible values: plain, tmux, waybar, starship, json]")]
#[case::none(&["status", "--no-history"], "status: there is no history to read: the demo and --no-history keep none")]
#[case::demo(&["status", "--demo"], "status: there is no history to read: the demo and --no-history keep none")]
fn a_status_that_cannot_be_is_refused(#[case] args: &[&str], #[case] expected: &str) {
    assert_eq!(run(&[A], args), (2, String::new(), format!("chutes-top: {expected}\n")));
}

#[test]
fn without_a_home_the_status_says_where_its_history_could_be() {
    let ended = run(&[A, ("HOME", "")], &["status"]);
    let expected = "chutes-top: status: there is no history to read: it is switched off, or there is no home directory; \
        name the file with --history\n";
    assert_eq!(ended, (2, String::new(), expected.to_owned()));
}
