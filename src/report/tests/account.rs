//! What the reports say of windows, plan, person, balance and parts.

use chrono::TimeDelta;
use pretty_assertions::assert_eq;
use serde_json::{Value, json as value};

use super::*;
use crate::domain::account::{Account, AccountId, Cap, Capping, Subscription};
use crate::domain::activity::ChuteId;
use crate::domain::usage::part::{ChuteQuota, Part, PartAnswer, PartState};

const USER: &str = "fedcba98-7654-4210-8edc-ba9876543210";

fn answered_at(usage: &mut UsageManager, index: usize, snapshot: Snapshot) {
    let (id, at) = (CredentialId::new(index), snapshot.fetched_at);
    usage.apply(Update::Answered {
        id,
        result: Ok(snapshot),
        at,
        next_refresh: None,
        interval: Duration::from_mins(5),
    });
}

pub(super) fn learned(usage: &mut UsageManager, index: usize, answer: PartAnswer, time: &str) {
    usage.apply(Update::Part { id: CredentialId::new(index), result: Ok(answer), at: at(time) });
}

fn failed(usage: &mut UsageManager, index: usize, part: Part) {
    let failure = Failure::new(FailureKind::ServerError, "Internal Server Error").with_status(500);
    usage.apply(Update::Part { id: CredentialId::new(index), result: Err((part, failure)), at: now() });
}

fn caps(four_hour: f64, monthly: f64, month_reset: &str) -> PartAnswer {
    PartAnswer::Caps(Some(Subscription {
        price: Some(10.0),
        custom: Some(false),
        anchor: Some(at("2026-11-10T09:30:15Z")),
        four_hour: Capping::Capped(Cap { usage: four_hour, cap: 8.333_333_333_333_334, reset_at: None }),
        monthly: Capping::Capped(Cap { usage: monthly, cap: 50.0, reset_at: Some(at(month_reset)) }),
        renews_at: Some(at(month_reset)),
    }))
}

/// What an older server says of a plan: that there is one.
fn untold() -> Subscription {
    let (four_hour, monthly) = (Capping::NotTold, Capping::NotTold);
    Subscription { price: None, custom: None, anchor: None, four_hour, monthly, renews_at: None }
}

pub(super) fn chute(letter: &str) -> ChuteId {
    ChuteId::parse(&format!("{}-0000-4000-8000-00000000000a", letter.repeat(8))).unwrap()
}

fn account(balance: Option<f64>, bitmask: u64) -> PartAnswer {
    PartAnswer::Account(Account::new(Some(USER), Some("fake_plus"), balance, bitmask))
}

/// A subscriber with two keys and every window; two samples of the day, so that it has a forecast.
pub(super) fn subscriber() -> UsageManager {
    let account_id = || AccountId::parse(USER);
    let labels = [&["work"][..], &["laptop"], &["paygo"]];
    let identity = |(index, labels): (usize, &&[&str])| Identity {
        thresholds: crate::domain::threshold::Thresholds::default(),
        id: CredentialId::new(index),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        key_hint: String::new(),
        account: if index < 2 { account_id() } else { None },
    };
    let mut usage = UsageManager::new(labels.iter().enumerate().map(identity));
    let count = |used, time: &str| Snapshot::new(QuotaUsage::new(Quota::Finite(2000), Some(used)), at(time), at(time));
    answered_at(&mut usage, 0, count(900.2, "2026-11-23T09:00:00Z"));
    answered_at(&mut usage, 0, count(1_700.000_000_000_000_2, "2026-11-23T17:38:20Z"));
    answered_at(&mut usage, 1, count(1700.1, "2026-11-23T17:38:21Z"));
    let unused = QuotaUsage::new(Quota::Finite(10), Some(0.0));
    let chute_quota = ChuteQuota { chute: chute("a"), count: PartState::learned(unused, at("2026-11-23T17:38:20Z")) };
    learned(&mut usage, 0, caps(3.3, 0.000_3, "2026-12-10T09:30:15Z"), "2026-11-23T17:38:20Z");
    learned(&mut usage, 0, PartAnswer::Quotas(vec![chute_quota]), "2026-11-23T17:38:20Z");
    learned(&mut usage, 0, account(Some(7.35), 0), "2026-11-23T17:38:21Z");
    failed(&mut usage, 0, Part::Usage);
    answered_at(&mut usage, 2, read(Quota::Finite(0), Some(0.0)));
    learned(&mut usage, 2, PartAnswer::Caps(None), "2026-11-23T17:38:20Z");
    failed(&mut usage, 2, Part::Account);
    usage
}

fn document(usage: &UsageManager, now: DateTime<Utc>) -> Value {
    serde_json::from_str(&json(usage, now, Identities::Hidden).unwrap()).unwrap()
}

fn row(usage: &UsageManager, index: usize) -> Value {
    document(usage, now())["credentials"][index].clone()
}

#[test]
fn the_whole_account_is_in_the_document() {
    insta::assert_snapshot!(json(&subscriber(), now(), Identities::Hidden).unwrap());
}

#[test]
fn the_table_names_the_window_that_binds_and_what_comes_next() {
    let mut usage = subscriber();
    let text = table(&usage, now(), zone());
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    learned(&mut usage, 0, caps(8.4, 0.0, "2026-12-10T09:30:15Z"), "2026-11-23T17:38:21Z");
    insta::assert_snapshot!(format!("{text}\n{}", table(&usage, now(), zone())));
}

#[test]
fn totals_count_an_account_once() {
    let summary = &document(&subscriber(), now())["summary"];
    assert_eq!((&summary["successful"], &summary["total_quota"]), (&value!(3), &value!(2000)));
    assert_eq!(summary["total_used"], 1700.1);
}

#[test]
fn a_name_is_told_only_when_asked_for() {
    let usage = subscriber();
    let hidden = json(&usage, now(), Identities::Hidden).unwrap();
    assert!(!hidden.contains("fake_plus") && !hidden.contains(&USER[..9]), "{hidden}");
    let shown: Value = serde_json::from_str(&json(&usage, now(), Identities::Shown).unwrap()).unwrap();
    let account = &shown["credentials"][0]["account"];
    assert_eq!(account, &value!({ "user_id": "fedcba98", "username": "fake_plus" }));
}

#[test]
fn a_failed_credential_tells_of_no_window_and_a_failed_part_fails_alone() {
    let mut usage = subscriber();
    let refused = Failure::new(FailureKind::Unauthorized, "Invalid token").with_status(401);
    answered(&mut usage, 0, Err(refused));
    let row = row(&usage, 0);
    let fields = ["plan", "account", "balance", "binding_window"].map(|field| row[field].clone());
    assert_eq!((&row["windows"], fields), (&value!([]), [(); 4].map(|()| Value::Null)));
    assert_eq!(row["shares_quota_with"], value!(["laptop"]));
    assert_eq!(row["parts"]["quota"]["error"]["kind"], "unauthorized");
    let paygo = self::row(&usage, 2);
    assert_eq!((&paygo["status"], &paygo["error"]), (&value!("success"), &Value::Null));
    assert_eq!(
        paygo["parts"]["account"],
        value!({
            "status": "error", "fetched_at": null,
            "error": { "kind": "server_error", "message": "Internal Server Error", "http_status": 500 },
        })
    );
}

#[test]
fn a_window_that_has_been_reset_keeps_its_limit_and_nothing_else() {
    let usage = subscriber();
    let block_over = document(&usage, at("2026-11-23T20:00:00Z"));
    let windows = &block_over["credentials"][0]["windows"];
    assert_eq!(
        windows[1],
        value!({
            "kind": "four_hour", "chute": null, "unit": "dollars", "used": null, "limit": 8.333_333_333_333_334,
            "remaining": null, "remaining_fraction": null,
            "reset_at": "2026-11-24T00:00:00Z", "reset_source": "computed",
            "forecast": { "state": "unknown", "used_at_reset": null, "empty_at": null },
        })
    );
    assert_eq!(windows[0]["used"], 1700.1, "the day goes on");
    let day_over = document(&usage, at("2026-11-24T00:00:00Z"));
    let day = &day_over["credentials"][0]["windows"][0];
    assert_eq!(
        (&day["used"], &day["limit"], &day["reset_at"]),
        (&Value::Null, &value!(2000), &value!("2026-11-25T00:00:00Z"))
    );
    assert_eq!(
        day_over["credentials"][0]["binding_window"],
        value!(2),
        "the month is the one that still can be judged"
    );
}

#[test]
fn a_pending_renewal_keeps_its_numbers_and_its_date() {
    let mut usage = subscriber();
    learned(&mut usage, 0, caps(0.0, 5.0, "2026-11-10T09:30:15Z"), "2026-11-23T17:38:21Z");
    let month = &row(&usage, 0)["windows"][2];
    assert_eq!((&month["used"], &month["reset_at"]), (&value!(5.0), &value!("2026-11-10T09:30:15Z")));
    assert_eq!((&month["reset_source"], &month["forecast"]["state"]), (&value!("server"), &value!("unknown")));
}

#[test]
fn a_plan_is_null_without_a_subscription_and_bare_before_the_server_was_heard() {
    let mut usage = manager(&[&["plus"], &["odd"], &["custom"], &["free"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(1.0))));
    answered(&mut usage, 1, Ok(read(Quota::Finite(77), Some(1.0))));
    answered(&mut usage, 2, Ok(read(Quota::Finite(5001), Some(1.0))));
    answered(&mut usage, 3, Ok(read(Quota::Unlimited, Some(1.0))));
    let plans = |usage: &UsageManager| [0, 1, 2, 3].map(|index| row(usage, index)["plan"].clone());
    let bare = |name: &str, custom: bool| value!({ "name": name, "price": null, "custom": custom, "renews_at": null });
    assert_eq!(plans(&usage), [bare("plus", false), Value::Null, bare("pro", true), Value::Null]);
    for index in [0, 3] {
        learned(&mut usage, index, PartAnswer::Caps(None), "2026-11-23T17:38:21Z");
    }
    let none = untold();
    for index in [1, 2] {
        learned(&mut usage, index, PartAnswer::Caps(Some(none.clone())), "2026-11-23T17:38:21Z");
    }
    assert_eq!(plans(&usage), [Value::Null, bare("unknown", false), bare("pro", true), Value::Null]);
}

#[test]
fn a_cap_that_is_not_told_is_named_and_not_taken_for_none() {
    let mut usage = manager(&[&["plus"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(1.0))));
    let mut learn = |monthly| {
        let plan = Subscription { monthly, four_hour: Capping::Uncapped, ..untold() };
        learned(&mut usage, 0, PartAnswer::Caps(Some(plan)), "2026-11-23T17:38:21Z");
        (row(&usage, 0)["windows_not_told"].clone(), table(&usage, now(), zone()))
    };
    let (kinds, table) = learn(Capping::NotTold);
    assert_eq!(kinds, value!(["monthly"]));
    assert!(table.contains("  ok, month ? (cap not told)\n"), "{table}");
    let (kinds, table) = learn(Capping::Uncapped);
    assert_eq!(kinds, value!([]));
    assert!(table.contains("  ok\n"), "{table}");
}

#[test]
fn an_integer_limit_stays_exact() {
    let usage = everything();
    assert_eq!(row(&usage, 4)["windows"][0]["limit"].to_string(), "9007199254740993");
    assert_eq!(row(&usage, 2)["windows"][0]["limit"].to_string(), "0", "a daily window with nothing in it is one too");
    assert_eq!(row(&usage, 3)["windows"], value!([]), "no limit, no window");
}

#[test]
fn a_forecast_that_runs_out_says_when() {
    let mut usage = subscriber();
    let start = now() - TimeDelta::hours(1);
    for (minutes, dollars) in [(0, 0.5), (30, 3.0), (59, 6.5)] {
        let time = (start + TimeDelta::minutes(minutes)).to_rfc3339();
        learned(&mut usage, 0, caps(dollars, 0.0, "2026-12-10T09:30:15Z"), &time);
    }
    let row = row(&usage, 0);
    assert_eq!(row["binding_window"], 1);
    let forecast = &row["windows"][1]["forecast"];
    assert_eq!(forecast["state"], "runs_out");
    let empty_at = at(forecast["empty_at"].as_str().unwrap());
    assert!(empty_at > now() && empty_at < at("2026-11-23T20:00:00Z"), "{forecast}");
    assert!(forecast["used_at_reset"].as_f64().unwrap() > 8.34, "{forecast}");
}

#[test]
fn the_document_changes_with_the_usage() {
    let mut usage = subscriber();
    let before = row(&usage, 0);
    learned(&mut usage, 0, account(Some(-0.37), 0), "2026-11-23T17:38:21Z");
    let mut expected = before.clone();
    expected["balance"] = value!(-0.37);
    assert_eq!(row(&usage, 0), expected);
    failed(&mut usage, 0, Part::Caps);
    let after = row(&usage, 0);
    assert_eq!(after["parts"]["caps"]["status"], "error");
    assert_eq!(after["windows"], before["windows"], "what was known stays");
}
