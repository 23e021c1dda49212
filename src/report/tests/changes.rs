use pretty_assertions::assert_eq;
use serde_json::Value;

use super::*;

fn all(_: &CredentialUsage) -> bool {
    true
}

/// The lines that are due, read.
fn lines(changes: &mut Changes, usage: &UsageManager, now: DateTime<Utc>) -> Vec<Value> {
    let lines = changes.lines(usage, now, Identities::Hidden, all).unwrap();
    assert!(lines.iter().all(|line| line.ends_with('\n') && line.matches('\n').count() == 1), "{lines:?}");
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whose lines are due, and what is in three of their fields.
fn told(changes: &mut Changes, usage: &UsageManager, now: DateTime<Utc>) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let line = |line: &Value| [&line["identifier"], &line["event"], &line["freshness"]].map(text).join(" ");
    lines(changes, usage, now).iter().map(line).collect()
}

fn failure() -> Failure {
    Failure::new(FailureKind::Timeout, "no answer")
}

#[test]
fn a_line_is_the_entry_of_the_document_and_what_happened() {
    let mut usage = manager(&[&["work"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(12.3))));
    let line = Changes::default().lines(&usage, now(), Identities::Hidden, all).unwrap().remove(0);
    let start = r#"{"event":"known","at":"2026-11-23T17:38:21Z","freshness":"fresh","identifier":"work","status":"#;
    assert!(line.starts_with(start), "{line}");
    let mut line: Value = serde_json::from_str(&line).unwrap();
    for added in ["event", "at", "freshness"] {
        line.as_object_mut().unwrap().remove(added);
    }
    let document: Value = serde_json::from_str(&json(&usage, now(), Identities::Hidden).unwrap()).unwrap();
    assert_eq!(line, document["credentials"][0]);
}

#[test]
fn a_line_comes_with_each_change_and_none_without() {
    let (mut usage, mut changes) = (manager(&[&["work"], &["bob"]]), Changes::default());
    assert_eq!(told(&mut changes, &usage, now()), [""; 0], "nothing is known yet");
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(12.3))));
    assert_eq!(told(&mut changes, &usage, now()), ["work known fresh"]);
    assert_eq!(told(&mut changes, &usage, now()), [""; 0]);
    answered(&mut usage, 1, Err(failure()));
    assert_eq!(told(&mut changes, &usage, now()), ["bob known failed"]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(13.3))));
    answered(&mut usage, 1, Ok(read(Quota::Finite(300), Some(0.0))));
    assert_eq!(told(&mut changes, &usage, now()), ["work changed fresh", "bob recovered fresh"]);
    answered(&mut usage, 0, Err(failure()));
    assert_eq!(told(&mut changes, &usage, now()), ["work failed failed"]);
}

#[test]
fn being_asked_again_in_vain_is_no_change() {
    let (mut usage, mut changes) = (manager(&[&["work"]]), Changes::default());
    answered(&mut usage, 0, Ok(read(Quota::Unlimited, Some(0.0))));
    assert_eq!(lines(&mut changes, &usage, now()).len(), 1);
    let later = at("2026-11-23T17:43:21Z");
    answered(&mut usage, 0, Ok(Snapshot::new(QuotaUsage::new(Quota::Unlimited, Some(0.0)), later, later)));
    assert_eq!(lines(&mut changes, &usage, later), [Value::Null; 0]);
}

#[test]
fn what_changes_by_itself_is_told_when_it_does() {
    let (mut usage, mut changes) = (manager(&[&["work"]]), Changes::default());
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(12.3))));
    assert_eq!(told(&mut changes, &usage, now()), ["work known fresh"]);
    let stale = next_change(&usage, now()).unwrap();
    assert_eq!(told(&mut changes, &usage, stale - chrono::TimeDelta::seconds(1)), [""; 0]);
    assert_eq!(told(&mut changes, &usage, stale), ["work changed stale"]);
    let reset = next_change(&usage, stale).unwrap();
    assert_eq!(reset, at("2026-11-24T00:00:00Z"));
    let line = lines(&mut changes, &usage, reset).remove(0);
    assert_eq!((&line["freshness"], &line["used"]), (&Value::from("pending_reset"), &Value::Null));
}

#[test]
fn of_what_is_not_wanted_nothing_is_told_until_it_is() {
    let (mut usage, mut changes) = (manager(&[&["work"], &["bob"]]), Changes::default());
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(12.3))));
    answered(&mut usage, 1, Ok(read(Quota::Finite(300), Some(0.0))));
    let low = |entry: &CredentialUsage| Query::parse("is:low").holds("", entry, now());
    let mut lines = |usage: &UsageManager| changes.lines(usage, now(), Identities::Hidden, low).unwrap().len();
    assert_eq!(lines(&usage), 0);
    answered(&mut usage, 1, Ok(read(Quota::Finite(300), Some(270.0))));
    assert_eq!(lines(&usage), 1);
}
