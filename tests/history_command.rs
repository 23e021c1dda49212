//! `chutes-top history` as a shell runs it, on a history file that was written before.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up is to fail")]

#[path = "support/ended.rs"]
mod ended;

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::clock::{Clock as _, SystemClock};
use chutes_top::domain::activity::Bucket;
use chutes_top::domain::credential::ApiKey;
use chutes_top::history::{History, Location, owner_of};
use ended::{Ended, program};
use pretty_assertions::assert_eq;
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Two keys of one account.
const WORK: &str =
    "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH";
const LAPTOP: &str =
    "cpk_1123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.IIIIJJJJKKKKLLLLMMMMNNNNOOOOPPPP";
/// A key of another form, whose account is not known.
const OTHER: &str = "cak_anothers-token";

const BASE: &str = "https://api.chutes.ai";

/// A home directory with a history in it, or none.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join(".local/state/chutes-top/history.db")
    }

    /// Keeps one bucket of `requests` of the hour `hours` ago.
    async fn keep(&self, key: &str, hours: i64, requests: f64) -> DateTime<Utc> {
        let now = SystemClock.now();
        let since_hour = TimeDelta::milliseconds(now.timestamp_millis().rem_euclid(3_600_000));
        let hour = DateTime::from_timestamp_millis((now - since_hour - TimeDelta::hours(hours)).timestamp_millis());
        let hour = hour.unwrap();
        let (history, _notices) = History::open(Location::File(self.file()), now);
        let bucket = Bucket { hour, chute: None, requests, dollars: 0.5, input_tokens: 10, output_tokens: 1 };
        history.import_buckets(owner_of(BASE, &ApiKey::new(key)), vec![bucket], now);
        history.flush().await;
        hour
    }

    /// Runs the program, where there is nobody to be asked.
    fn run(&self, args: &[&str]) -> Ended {
        let keys = [("CHUTES_API_KEY_WORK", WORK), ("CHUTES_API_KEY_LAPTOP", LAPTOP), ("CHUTES_API_KEY_OTHER", OTHER)];
        self.run_with(&keys, args)
    }

    fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Ended {
        let mut command = program(self.0.path());
        command.env("HTTPS_PROXY", "http://127.0.0.1:1").envs(variables.iter().copied());
        Ended::of(command.arg("history").args(args))
    }
}

#[tokio::test]
async fn an_account_is_told_once_and_the_others_beside_it() {
    let home = Home::new();
    let hour = home.keep(LAPTOP, 2, 12.3).await;
    home.keep(WORK, 30 * 24, 99.0).await;
    home.keep(OTHER, 1, 5.0).await;
    let ended = home.run(&["--by", "hour", "--format", "json"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    let credentials = document["credentials"].as_array().unwrap();
    let names: Vec<&Value> = credentials.iter().map(|entry| &entry["identifier"]).collect();
    assert_eq!(names, ["laptop", "other"]);
    assert_eq!(credentials[0]["shares_quota_with"], json!(["work"]));
    assert_eq!(
        credentials[0]["rows"],
        json!([{
            "start": hour.format("%Y-%m-%dT%H:%M:%SZ").to_string(), "chute": null, "chute_name": null,
            "requests": 12.3, "dollars": 0.5, "input_tokens": 10, "output_tokens": 1, "source": "server",
        }])
    );
    assert_eq!(credentials[1]["rows"][0]["requests"], 5.0);
}

#[tokio::test]
async fn one_credential_may_be_asked_for_by_any_of_its_names() {
    let home = Home::new();
    home.keep(WORK, 2, 12.3).await;
    home.keep(WORK, 30 * 24, 99.0).await;
    let keys = [("CHUTES_API_KEY", WORK), ("CHUTES_API_KEY_WORK", WORK), ("CHUTES_API_KEY_OTHER", OTHER)];
    for name in ["work", "default", "default, work"] {
        let ended = home.run_with(&keys, &["--credential", name, "--since", "35d", "--format", "csv", "--by", "chute"]);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        let lines: Vec<&str> = ended.out.lines().skip(1).collect();
        assert_eq!(lines, ["\"default, work\",,,,111.3,1,20,2,server"]);
    }
}

#[tokio::test]
async fn an_empty_history_is_no_failure_and_makes_no_file() {
    let home = Home::new();
    let ended = home.run(&[]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert!(ended.out.starts_with("laptop (shared with work): nothing is known since "), "{}", ended.out);
    assert!(!home.file().exists());
    home.keep(OTHER, 1, 5.0).await;
    let named = home.file();
    let elsewhere = Home::new();
    let ended = elsewhere.run(&["--history", named.to_str().unwrap(), "--credential", "other"]);
    assert!(ended.out.contains("server"), "{}", ended.out);
    let other_base = home.run(&["--api-url", "https://elsewhere.example", "--credential", "other"]);
    assert!(other_base.out.contains("nothing is known"), "{}", other_base.out);
}

#[test]
fn a_damaged_file_is_a_notice() {
    let home = Home::new();
    std::fs::create_dir_all(home.file().parent().unwrap()).unwrap();
    std::fs::write(home.file(), vec![0x5a; 10_000]).unwrap();
    let ended = home.run(&["--format", "csv"]);
    assert_eq!((ended.code, ended.out.lines().count()), (0, 1));
    assert!(ended.err.starts_with("chutes-top: notice: The history was damaged"), "{}", ended.err);
}

#[rstest]
#[case::label(&["--credential", "nobody"], "--credential: no credential has that name; there are laptop, other, work")]
#[case::key(&["--credential", WORK], "--credential: no credential has that name; there are laptop, other, work")]
#[case::span(&["--since", "often"], "--since: expected a duration such as 24h or 7d, of at most 35 days")]
#[case::long(&["--since", "36d"], "--since: expected a duration such as 24h or 7d, of at most 35 days")]
#[case::none(&["--since", "0s"], "--since: expected a duration")]
#[case::unwanted(&["--no-history"], "--no-history: cannot go with the command history")]
#[case::both(&["--history", "a", "--no-history"], "--history: cannot go with --no-history")]
#[case::demo(&["--demo"], "--demo: keeps its history in memory")]
#[case::by(&["--by", "week"], "invalid value 'week' for '--by <BY>' [possible values: hour, day, chute]")]
fn a_wrong_argument_gets_one_line(#[case] args: &[&str], #[case] says: &str) {
    let ended = Home::new().run(args);
    assert_eq!((ended.code, ended.out.as_str(), ended.err.lines().count()), (2, "", 1), "{}", ended.err);
    assert!(ended.err.contains(says), "{}", ended.err);
    assert!(!ended.err.contains("AAAABBBB"), "{}", ended.err);
}

#[test]
fn without_credentials_it_says_where_they_go() {
    let ended = Home::new().run_with(&[], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.starts_with("chutes-top: no credentials: set CHUTES_API_KEY"), "{}", ended.err);
}
