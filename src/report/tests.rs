mod account;
mod changes;
mod check;
mod chutes;
mod metrics;
mod status;

use std::time::Duration;

use chrono::FixedOffset;
use pretty_assertions::assert_eq;

use super::*;
use crate::domain::credential::{CredentialId, Identity};
use crate::domain::failure::FailureKind;
use crate::domain::filter::Query;
use crate::domain::quota::QuotaUsage;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::Zone;
use crate::domain::usage::{Update, UsageManager};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-11-23T17:38:21.987Z")
}

fn zone() -> Zone {
    Zone::Fixed(FixedOffset::east_opt(3600).unwrap())
}

fn manager(labels: &[&[&str]]) -> UsageManager {
    let identity = |(index, labels): (usize, &&[&str])| Identity {
        thresholds: crate::domain::threshold::Thresholds::default(),
        id: CredentialId::new(index),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        key_hint: String::new(),
        account: None,
    };
    UsageManager::new(labels.iter().enumerate().map(identity))
}

fn answered(usage: &mut UsageManager, index: usize, result: Result<Snapshot, Failure>) {
    let id = CredentialId::new(index);
    usage.apply(Update::Answered { id, result, at: now(), next_refresh: None, interval: Duration::from_mins(5) });
}

fn read(quota: Quota, used: Option<f64>) -> Snapshot {
    Snapshot::new(QuotaUsage::new(quota, used), at("2026-11-23T17:38:20Z"), at("2026-11-23T17:38:20.5Z"))
}

/// Every standing that a credential can have.
fn everything() -> UsageManager {
    let mut usage =
        manager(&[&["default", "work"], &["legacy"], &["paygo"], &["free"], &["odd"], &["nan"], &["鍵"], &["bob"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(12.3))));
    answered(&mut usage, 1, Ok(read(Quota::Finite(201), Some(181.1))));
    answered(&mut usage, 2, Ok(read(Quota::Finite(0), Some(0.0))));
    answered(&mut usage, 3, Ok(read(Quota::Unlimited, Some(0.0))));
    answered(&mut usage, 4, Ok(read(Quota::Finite(9_007_199_254_740_993), Some(0.0))));
    answered(&mut usage, 5, Ok(read(Quota::Finite(300), None)));
    answered(&mut usage, 6, Ok(read(Quota::Finite(300), Some(300.9))));
    let failure = Failure::new(FailureKind::Unauthorized, "Invalid token or user not found").with_status(401);
    answered(&mut usage, 7, Err(failure));
    usage
}

#[test]
fn the_document_is_as_promised() {
    let mut usage = manager(&[&["work"], &["bob"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(12.3))));
    let failure = Failure::new(FailureKind::Unauthorized, "Invalid token or user not found").with_status(401);
    answered(&mut usage, 1, Err(failure));
    insta::assert_snapshot!(json(&usage, now(), Identities::Hidden).unwrap());
}

#[test]
fn each_standing_has_one_line() {
    insta::assert_snapshot!(table(&everything(), now(), zone()), @r"
    KEY            TIER                        USED / LIMIT  BINDS   LEFT  RESET           BALANCE  STATE
    default, work  plus                        12.3 / 2,000  day     99 %  6h 21m (01:00)        -  ok
    legacy         legacy custom                181.1 / 201  day      9 %  6h 21m (01:00)        -  low
    paygo          pay as you go                      0 / 0  -        0 %  6h 21m (01:00)        -  nothing included
    free           unlimited                 no daily limit  -          -  6h 21m (01:00)        -  ok
    odd            ?              0 / 9,007,199,254,740,993  day    100 %  6h 21m (01:00)        -  ok
    nan            base                             ? / 300  -          ?  6h 21m (01:00)        -  use unknown
    鍵             base                         300.9 / 300  day      0 %  6h 21m (01:00)        -  used up
    bob            ?                                      -  -          -  -                     -  unknown, revoked or restricted key (401): Invalid token or user not found

    8 keys: 9,007,199,254,743,000 of 9,007,199,254,743,494 left · 1 failed · 1 unlimited · 1 unknown · reset in 6h 21m (01:00)
    ");
}

#[test]
fn each_standing_has_its_values() {
    let document: serde_json::Value =
        serde_json::from_str(&json(&everything(), now(), Identities::Hidden).unwrap()).unwrap();
    let values = |row: &serde_json::Value| {
        ["tier", "custom", "quota", "used", "remaining", "remaining_fraction"]
            .map(|field| row[field].to_string())
            .join(" ")
    };
    let rows: Vec<String> = document["credentials"].as_array().unwrap().iter().map(values).collect();
    assert_eq!(
        rows,
        [
            r#""plus" false 2000 12.3 1987.7 0.99385"#,
            r#""legacy" true 201 181.1 19.9 0.099004975"#,
            r#""pay_as_you_go" false 0 0.0 0.0 0.0"#,
            r#""unlimited" false "unlimited" 0.0 null null"#,
            r#""unknown" false 9007199254740993 0.0 9007199254740992.0 1.0"#,
            r#""base" false 300 null null null"#,
            r#""base" false 300 300.9 0.0 0.0"#,
            r#""unknown" false null null null null"#,
        ]
    );
    let summary = &document["summary"];
    assert_eq!((&summary["successful"], &summary["failed"]), (&7.into(), &1.into()));
    assert_eq!((&summary["unlimited"], &summary["unknown"]), (&1.into(), &1.into()));
    assert_eq!(summary["total_quota"], 9_007_199_254_743_494_u64);
    assert_eq!(summary["total_used"], 494.3);
}

#[test]
fn the_reports_change_with_the_usage() {
    let mut usage = manager(&[&["work"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(12.3))));
    let (document, lines) = (json(&usage, now(), Identities::Hidden).unwrap(), table(&usage, now(), zone()));
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(13.3))));
    assert_eq!(
        json(&usage, now(), Identities::Hidden).unwrap(),
        document.replace("12.3", "13.3").replace("1987.7", "1986.7").replace("0.99385", "0.99335")
    );
    assert_eq!(table(&usage, now(), zone()), lines.replace("12.3", "13.3").replace("1,987.7", "1,986.7"));
}

#[test]
fn a_count_of_a_window_that_has_been_reset_is_not_told_as_todays() {
    let mut usage = manager(&[&["work"], &["free"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(12.3))));
    answered(&mut usage, 1, Ok(read(Quota::Unlimited, Some(0.0))));
    let midnight = at("2026-11-24T00:00:00Z");
    let document: serde_json::Value =
        serde_json::from_str(&json(&usage, midnight, Identities::Hidden).unwrap()).unwrap();
    let row = &document["credentials"][0];
    assert_eq!((&row["status"], &row["tier"], &row["quota"]), (&"success".into(), &"plus".into(), &2000.into()));
    assert!(row["used"].is_null() && row["remaining"].is_null() && row["remaining_fraction"].is_null());
    assert_eq!(row["reset_at"], "2026-11-25T00:00:00Z");
    let summary = &document["summary"];
    assert_eq!((&summary["successful"], &summary["unknown"]), (&2.into(), &1.into()));
    assert_eq!((&summary["unlimited"], &summary["total_used"]), (&1.into(), &0.0.into()));
    assert!(table(&usage, midnight, zone()).contains("? / 2,000"));
}

#[test]
fn what_was_not_asked_for_is_not_passed_over() {
    let usage = manager(&[&["work"]]);
    let document: serde_json::Value = serde_json::from_str(&json(&usage, now(), Identities::Hidden).unwrap()).unwrap();
    assert_eq!(document["credentials"][0]["error"]["message"], "not asked for");
    assert_eq!(document["summary"]["failed"], 1);
    assert!(table(&usage, now(), zone()).contains("not asked for"));
}

#[test]
fn the_last_line_counts_only_what_was_read() {
    let last = |usage: &UsageManager| table(usage, now(), zone()).lines().last().unwrap().to_owned();
    let mut usage = manager(&[&["work"]]);
    assert_eq!(last(&usage), "1 key: nothing read · 1 failed · reset in 6h 21m (01:00)");
    answered(&mut usage, 0, Ok(read(Quota::Unlimited, Some(3.0))));
    assert_eq!(last(&usage), "1 key · 1 unlimited · reset in 6h 21m (01:00)");
    answered(&mut usage, 0, Ok(read(Quota::Finite(300), None)));
    assert_eq!(last(&usage), "1 key · 1 unknown · reset in 6h 21m (01:00)");
    answered(&mut usage, 0, Ok(read(Quota::Finite(0), Some(3.0))));
    assert_eq!(last(&usage), "1 key: 0 of 0 left · reset in 6h 21m (01:00)");
}

#[test]
fn a_reason_is_not_told_twice() {
    let mut usage = manager(&[&["a"], &["b"]]);
    let meaning = "unknown, revoked or restricted key (a restricted one can never read account data): No such user";
    answered(&mut usage, 0, Err(Failure::new(FailureKind::Unauthorized, meaning).with_status(401)));
    answered(&mut usage, 1, Err(Failure::new(FailureKind::Timeout, "no whole answer from x within 10 s")));
    let table = table(&usage, now(), zone());
    let said = "unknown, revoked or restricted key (401) (a restricted one can never read account data): No such user";
    assert!(table.contains(&format!("  {said}\n")), "{table}");
    assert!(table.contains("  timeout: no whole answer from x within 10 s\n"), "{table}");
}
