//! `chutes-top snapshot` as a shell runs it, against a server on loopback.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up is to fail")]

#[path = "support/ended.rs"]
mod ended;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use assert_cmd::Command;
use ended::{Ended, program};
use pretty_assertions::assert_eq;
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A server that knows some keys, and what to answer to each: a status line and a body. It serves
/// until the test process ends.
struct Server {
    url: String,
}

impl Server {
    fn start(answers: &[(&str, &str, &str)]) -> Self {
        let answer = |(key, status, body): &(&str, &str, &str)| {
            let length = body.len();
            let text = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            );
            (format!("Bearer {key}"), text)
        };
        let answers: Arc<HashMap<String, String>> = Arc::new(answers.iter().map(answer).collect());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let answers = Arc::clone(&answers);
                thread::spawn(move || serve(&stream.unwrap(), &answers));
            }
        });
        Self { url }
    }
}

/// What the server knows of the account of [`PLUS`], by the path that asks for it.
const ACCOUNT: [(&str, &str); 4] = [
    (
        "/users/me",
        r#"{"username":"fake_plus","user_id":"fedcba98-7654-3210-fedc-ba9876543210","permissions_bitmask":0,"balance":7.35}"#,
    ),
    (
        "/users/me/subscription_usage",
        r#"{"subscription":true,"custom":false,"monthly_price":10.0,
            "four_hour":{"usage":0.25,"cap":4.0,"remaining":3.75},
            "monthly":{"usage":48.5,"cap":50.0,"remaining":1.5,"reset_at":"2099-12-10T09:30:15.250000+00:00"}}"#,
    ),
    (
        "/users/me/quotas",
        r#"[{"chute_id":"*","quota":2000},{"chute_id":"aaaaaaaa-0000-4000-8000-00000000000a","quota":50}]"#,
    ),
    ("/users/me/quota_usage/aaaaaaaa-0000-4000-8000-00000000000a", r#"{"quota":50,"used":10.5}"#),
];

/// The answer to a question about the account; 404 to anyone but [`PLUS`], and to what is not known.
fn account(key: Option<&str>, request: &str) -> String {
    let path = request.split([' ', '?']).nth(1).unwrap_or_default();
    let known = ACCOUNT.iter().find(|(known, _)| *known == path && key == Some(&format!("Bearer {PLUS}")));
    known.map_or_else(
        || "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
        |(_, body)| {
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        },
    )
}

/// Answers every request of one connection; 401 to whom it does not know, 404 to another path.
fn serve(mut stream: &TcpStream, answers: &HashMap<String, String>) {
    const UNKNOWN: &str =
        "HTTP/1.1 401 Unauthorized\r\ncontent-length: 44\r\n\r\n{\"detail\":\"Invalid token or user not found\"}";
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(request)) = lines.next() {
        let head: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
        let sent = head.iter().filter_map(|line| line.split_once(": "));
        let key = sent.filter(|(name, _)| name.eq_ignore_ascii_case("authorization")).map(|(_, value)| value).next();
        let answer = match key.and_then(|key| answers.get(key)) {
            _ if !request.starts_with("GET /users/me/quota_usage/me ") => account(key, &request),
            Some(answer) => answer.clone(),
            None => UNKNOWN.to_owned(),
        };
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

const PLUS: &str =
    "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH";
/// As much of the user id in [`PLUS`] as is shown.
const MASKED_USER: &str = "fedcba98";
const BASE: &str =
    "cpk_1123456789abcdef0123456789abcdef.eedcba9876543210fedcba9876543210.IIIIJJJJKKKKLLLLMMMMNNNNOOOOPPPP";
const STRANGER: &str =
    "cpk_2123456789abcdef0123456789abcdef.dedcba9876543210fedcba9876543210.QQQQRRRRSSSSTTTTUUUUVVVVWWWWXXXX";

/// The fields that stand behind those of the first form of the document.
const ADDED: [&str; 8] =
    ["plan", "account", "balance", "windows", "binding_window", "windows_not_told", "shares_quota_with", "parts"];

fn server() -> Server {
    Server::start(&[
        (PLUS, "200 OK", r#"{"quota":2000,"used":12.3}"#),
        (BASE, "200 OK", r#"{"quota":300,"used":41.2}"#),
        ("unlimited", "200 OK", r#"{"quota":"unlimited","used":0}"#),
        ("unknown-use", "200 OK", r#"{"quota":300,"used":null}"#),
        ("broken-server", "500 Internal Server Error", "Internal Server Error"),
        ("echo", "403 Forbidden", r#"{"detail":"echo-echo-echo \u001b[31m is not allowed"}"#),
    ])
}

/// The program in an environment that holds nothing but these variables and an empty home.
fn chutes_top(home: &TempDir, variables: &[(&str, &str)]) -> Command {
    let mut command = program(home.path());
    command.envs(variables.iter().copied());
    command
}

/// Runs it, and makes sure that nothing secret was said.
fn run(variables: &[(&str, &str)], args: &[&str]) -> Ended {
    let home = tempfile::tempdir().unwrap();
    run_in(&home, variables, args)
}

fn run_in(home: &TempDir, variables: &[(&str, &str)], args: &[&str]) -> Ended {
    let ended = Ended::of(chutes_top(home, variables).args(args));
    for key in [PLUS, BASE, STRANGER] {
        let pieces = key.as_bytes().windows(8).skip(1).map(|piece| std::str::from_utf8(piece).unwrap());
        // The first eight digits of the user id, which is a part of the key, are shown on purpose.
        for piece in pieces.filter(|piece| !piece.starts_with("cpk_") && *piece != MASKED_USER) {
            assert!(!ended.out.contains(piece) && !ended.err.contains(piece), "{piece} was shown");
        }
    }
    ended
}

fn document(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap()
}

#[test]
fn the_document_is_as_promised() {
    let server = server();
    let variables = [("CHUTES_API_KEY_WORK", PLUS), ("CHUTES_API_KEY_B", BASE), ("CHUTES_API_URL", &server.url)];
    let ended = run(&variables, &["snapshot", "--format", "json"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let document = document(&ended);
    assert_eq!(
        document["summary"],
        json!({
            "total_credentials": 2, "successful": 2, "failed": 0, "unlimited": 0, "unknown": 0,
            "total_quota": 2300, "total_used": 53.5, "total_remaining": 2246.5,
        })
    );
    assert_eq!(document["credentials"][0]["identifier"], "b");
    let fields = document["credentials"][1].as_object().unwrap();
    let first_schema = fields.iter().filter(|(field, _)| !ADDED.contains(&field.as_str()));
    let mut row: Value = first_schema.map(|(field, value)| (field.clone(), value.clone())).collect();
    let times = ["reset_at", "fetched_at"].map(|field| row[field].take());
    assert_eq!(
        row,
        json!({
            "identifier": "work", "status": "success", "error": null, "tier": "plus", "custom": false,
            "quota": 2000, "used": 12.3, "remaining": 1987.7, "remaining_fraction": 0.99385,
            "reset_at": null, "fetched_at": null, "model": "chutes/_quota", "quota_group": "chutes_global",
        })
    );
    assert!(ADDED.iter().all(|field| fields.contains_key(*field)), "{fields:?}");
    for time in times.iter().chain([&document["generated_at"]]) {
        assert_eq!((time.as_str().unwrap().len(), time.as_str().unwrap().ends_with('Z')), (20, true));
    }
    assert!(times[0].as_str().unwrap().ends_with("T00:00:00Z"));
}

#[test]
fn a_failure_stays_in_its_row() {
    let server = server();
    let variables = [
        ("CHUTES_API_KEY", PLUS),
        ("CHUTES_API_KEY_1", STRANGER),
        ("CHUTES_API_KEY_2", "unlimited"),
        ("CHUTES_API_KEY_3", "unknown-use"),
        ("CHUTES_API_KEY_4", "broken-server"),
        ("CHUTES_API_URL", &server.url),
    ];
    let ended = run(&variables, &["snapshot", "--format", "json"]);
    assert_eq!((ended.code, ended.err.as_str()), (1, ""));
    let document = document(&ended);
    let rows: Vec<String> = document["credentials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["identifier"], row["quota"], row["error"]["kind"]))
        .collect();
    assert_eq!(
        rows,
        [
            r#""default" 2000 null"#,
            r#""1" null "unauthorized""#,
            r#""2" "unlimited" null"#,
            r#""3" 300 null"#,
            r#""4" null "server_error""#,
        ]
    );
    assert_eq!(document["credentials"][1]["error"]["http_status"], 401);
    assert_eq!(
        document["summary"],
        json!({
            "total_credentials": 5, "successful": 3, "failed": 2, "unlimited": 1, "unknown": 1,
            "total_quota": 2000, "total_used": 12.3, "total_remaining": 1987.7,
        })
    );
}

/// What is printed of a server that knows one of two accounts in full.
fn whole_account(args: &[&str]) -> Value {
    let server = server();
    let variables = [("CHUTES_API_KEY_WORK", PLUS), ("CHUTES_API_KEY_B", BASE), ("CHUTES_API_URL", &server.url)];
    let ended = run(&variables, &[&["snapshot", "--format", "json"], args].concat());
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    document(&ended)
}

#[test]
fn the_whole_account_is_asked_for() {
    let document = whole_account(&[]);
    let row = &document["credentials"][1];
    assert_eq!(
        row["plan"],
        json!({ "name": "plus", "price": 10.0, "custom": false, "renews_at": "2099-12-10T09:30:15Z" })
    );
    assert_eq!(row["account"], json!({ "user_id": "fedcba98", "username": null }));
    assert_eq!((&row["balance"], &row["shares_quota_with"]), (&json!(7.35), &json!([])));
    let windows: Vec<String> = row["windows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|window| format!("{} {} {} {}", window["kind"], window["used"], window["limit"], window["reset_source"]))
        .collect();
    assert_eq!(
        windows,
        [
            r#""daily" 12.3 2000 "computed""#,
            r#""four_hour" 0.25 4.0 "computed""#,
            r#""monthly" 48.5 50.0 "server""#,
            r#""chute" 10.5 50 "computed""#,
        ]
    );
    assert_eq!(row["binding_window"], 2);
    for part in ["quota", "caps", "quotas", "account"] {
        assert_eq!(row["parts"][part]["status"], "ok", "{part}");
    }
    // The other key's account answers 404 to everything: that is named, and changes nothing else.
    let other = &document["credentials"][0];
    assert_eq!((&other["status"], &other["parts"]["caps"]["error"]["kind"]), (&json!("success"), &json!("not_found")));
}

#[test]
fn a_name_is_told_only_when_asked_for() {
    assert_eq!(whole_account(&["--identities"])["credentials"][1]["account"]["username"], "fake_plus");
}

#[test]
fn what_the_server_says_is_cleaned() {
    let server = server();
    let ended = run(&[("CHUTES_API_KEY", "echo"), ("CHUTES_API_URL", &server.url)], &["snapshot"]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("403") && !ended.out.contains('\u{1b}') && !ended.out.contains("echo"), "{}", ended.out);
}

#[test]
fn the_table_is_for_people() {
    let server = server();
    let ended = run(&[("CHUTES_API_KEY_WORK", PLUS)], &["--api-url", &server.url, "snapshot"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let lines: Vec<&str> = ended.out.lines().collect();
    assert!(lines[0].starts_with("KEY   TIER  USED / LIMIT  BINDS  LEFT  RESET"), "{}", ended.out);
    // The month is nearly used up on this server, so that is what binds.
    assert!(lines[1].starts_with("work  plus  12.3 / 2,000  month   3 %  "), "{}", ended.out);
    assert!(lines[3].starts_with("1 key: 1,987.7 of 2,000 left · reset in "), "{}", ended.out);
}

#[test]
fn notices_go_to_standard_error_only() {
    let server = server();
    let variables = [("CHUTES_API_KEY", PLUS), ("CHUTES_API_KEY_OLD", " "), ("CHUTES_API_URL", &server.url)];
    let ended = run(&variables, &["snapshot", "--format", "json"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, "chutes-top: notice: CHUTES_API_KEY_OLD is empty: skipped\n"));
    assert_eq!(document(&ended)["summary"]["total_credentials"], 1);
}

#[test]
fn keys_come_from_files_and_the_environment_wins() {
    let server = server();
    let home = tempfile::tempdir().unwrap();
    let write = |path: &Path, text: String| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    };
    write(&home.path().join(".config/chutes-top/env"), format!("CHUTES_API_KEY_HOME={BASE}\n"));
    write(&home.path().join("keys"), format!("CHUTES_API_KEY_A='{STRANGER}'\nexport CHUTES_API_KEY_B=Bearer {BASE}\n"));
    let names = |variables: &[(&str, &str)], args: &[&str]| {
        let args = [&["snapshot", "--format", "json", "--api-url", &server.url], args].concat();
        let ended = run_in(&home, variables, &args);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        let document = document(&ended);
        let rows = document["credentials"].as_array().unwrap();
        rows.iter().map(|row| row["identifier"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[], &[]), ["home"]);
    assert_eq!(names(&[("CHUTES_API_KEY_A", PLUS)], &["--env-file", "keys"]), ["a", "b"]);
}

#[test]
fn without_credentials_it_says_where_they_go() {
    let ended = run(&[], &["snapshot"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.starts_with("chutes-top: no credentials: set CHUTES_API_KEY"), "{}", ended.err);
    assert_eq!(ended.err.lines().count(), 1);
}

#[rstest]
#[case::format(&["snapshot", "--format", "xml"], "'--format <FORMAT>' [possible values: table, json]")]
#[case::flag(&["--colour", "red"], "'--colour'")]
#[case::interval(&["snapshot", "--interval", "10s"], "--interval: shorter than 30s")]
#[case::interval_before(&["--interval", "2d", "snapshot"], "--interval: longer than 24h")]
#[case::url(&["snapshot", "--api-url", "http://example.com"], "--api-url: expected https://")]
#[case::budget(&["snapshot", "--max-requests-per-minute", "60"], "--max-requests-per-minute: expected 1 to 45")]
#[case::file(&["snapshot", "--env-file", "none"], "--env-file none: no such file")]
#[case::key(&["snapshot", PLUS], "unexpected argument")]
#[case::expected(&["--colour"], "; see chutes-top --help")]
#[case::command(&["snapshto"], "; see chutes-top --help")]
#[case::file_expected(&["--env-file", "none", "snapshot"], "expected a file with lines of NAME=value")]
fn a_wrong_argument_gets_one_line(#[case] args: &[&str], #[case] says: &str) {
    let ended = run(&[("CHUTES_API_KEY", PLUS)], args);
    assert_eq!((ended.code, ended.out.as_str(), ended.err.lines().count()), (2, "", 1));
    assert!(ended.err.starts_with("chutes-top: ") && ended.err.contains(says), "{}", ended.err);
}

#[test]
fn help_and_version_go_to_standard_output() {
    for (args, says) in [(["--help"], "CHUTES_QUOTA_REFRESH_INTERVAL"), (["--version"], env!("CARGO_PKG_VERSION"))] {
        let ended = run(&[], &args);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        assert!(ended.out.contains(says), "{}", ended.out);
    }
}

#[test]
fn nobody_listening_is_an_error_in_the_row() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let ended = run(&[("CHUTES_API_KEY", PLUS), ("CHUTES_API_URL", &url)], &["snapshot", "--format", "json"]);
    assert_eq!((ended.code, ended.err.as_str()), (1, ""));
    assert_eq!(document(&ended)["credentials"][0]["error"]["kind"], "connect");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let server = server();
    let home = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin!("chutes-top"))
        .args(["snapshot", "--format", "json"])
        .env_clear()
        .envs([("CHUTES_API_KEY", PLUS), ("CHUTES_API_URL", &server.url)])
        .env("HOME", home.path())
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}
