//! `chutes-top watch` as a script sees it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot be set up is to fail")]

#[path = "support/running.rs"]
mod running;

use std::collections::BTreeSet;

use pretty_assertions::assert_eq;
use rstest::rstest;
use rustix::process::Signal;
use serde_json::Value;

use running::Running;

fn next(watch: &mut Running) -> Value {
    serde_json::from_str(&watch.line()).unwrap()
}

#[test]
fn each_credential_becomes_known_once_and_a_signal_ends_it() {
    let mut watch = Running::start(&["watch", "--demo", "--format", "jsonl"], &[]);
    let mut known = BTreeSet::new();
    while known.len() < 14 {
        let line = next(&mut watch);
        let name = line["identifier"].as_str().unwrap().to_owned();
        assert_eq!(line["event"] == "known", known.insert(name), "{line}");
        assert!(line["account"]["username"].is_null());
    }
    watch.signal(Signal::TERM);
    let (status, _) = watch.end();
    assert_eq!(status.code(), Some(143));
}

#[test]
fn only_what_is_asked_for_is_told() {
    let mut watch = Running::start(&["watch", "--demo", "--only", "is:error", "--identities"], &[]);
    let line = next(&mut watch);
    assert_eq!((line["identifier"].as_str(), line["error"]["kind"].as_str()), (Some("bob"), Some("unauthorized")));
    watch.signal(Signal::INT);
    let (status, _) = watch.end();
    assert_eq!(status.code(), Some(130));
}

/// As in `chutes-top watch | head -n 1`: nothing is left to be written, and still it ends.
#[cfg(target_os = "linux")]
#[test]
fn it_ends_quietly_when_nobody_reads_it() {
    let mut watch = Running::start(&["watch", "--demo", "--only", "bob"], &[]);
    next(&mut watch);
    drop(watch.out.take());
    let (status, said) = watch.end();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}

#[rstest]
#[case::unknown(&["watch", "--demo", "--only", "is:nothing"], "--only: the word is:nothing means nothing")]
#[case::incomplete(&["watch", "--demo", "--only", "work tier:"], "--only: the word tier: means nothing")]
#[case::format(
    &["watch", "--demo", "--format", "xml"],
    "invalid value 'xml' for '--format <FORMAT>' [possible values: jsonl]"
)]
fn what_cannot_be_is_said_in_one_line(#[case] args: &[&str], #[case] expected: &str) {
    let (status, said) = Running::start(args, &[]).end();
    assert_eq!((status.code(), said), (Some(2), format!("chutes-top: {expected}\n")));
}

#[test]
fn without_keys_there_is_nothing_to_watch() {
    let (status, said) = Running::start(&["watch"], &[]).end();
    assert_eq!(status.code(), Some(2));
    assert!(said.starts_with("chutes-top: no credentials: ") && said.lines().count() == 1, "{said}");
}
