//! The quota of a single chute that is used up, in each of the reports.

use pretty_assertions::assert_eq;

use super::account::{chute, learned};
use super::*;
use crate::domain::threshold::Threshold;
use crate::domain::usage::part::{ChuteQuota, PartAnswer, PartState};
use crate::report::check::{Level, Rule, check};
use crate::report::status::{Bar, status};

/// `team` has used all of a chute's own quota, and so much of its day's 300 requests; `work` has plenty.
fn team(day: f64) -> UsageManager {
    let mut usage = manager(&[&["team"], &["work"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(300), Some(day))));
    answered(&mut usage, 1, Ok(read(Quota::Finite(2000), Some(740.0))));
    let count = PartState::learned(QuotaUsage::new(Quota::Finite(50), Some(50.0)), now());
    learned(&mut usage, 0, PartAnswer::Quotas(vec![ChuteQuota { chute: chute("a"), count }]), "2026-11-23T17:38:20Z");
    usage
}

fn told(usage: &UsageManager) -> (String, (Level, String), String) {
    let threshold = |text| Some(Threshold::parse(text).unwrap());
    let rule = Rule { warn: threshold("20%"), crit: threshold("5%"), all: false };
    let table = table(usage, now(), zone());
    let row = table.lines().find(|line| line.contains("team")).unwrap_or_default().to_owned();
    (status(usage, Bar::Plain, now(), false).unwrap(), check(usage, rule, now(), |_| true), row)
}

#[test]
fn a_chute_that_is_used_up_is_critical_and_does_not_use_up_the_key() {
    let (bar, (level, line), row) = told(&team(75.0));
    assert_eq!(bar, "chutes ‼ team chute used up · 1 ok · reset 6h 21m\n");
    assert_eq!(level, Level::Critical);
    assert!(line.starts_with("CHUTES CRITICAL - 1 of 2 keys: team used up (aaaaaaaa"), "{line}");
    assert!(row.contains("aaaaaaaa") && row.contains(" used up"), "{row}");
}

#[test]
fn a_day_that_is_used_up_is_said_before_a_chute() {
    let (bar, (level, line), row) = told(&team(300.0));
    assert_eq!(bar, "chutes ■ team 0 % · 1 ok · reset 6h 21m\n");
    assert_eq!(level, Level::Critical);
    assert!(line.starts_with("CHUTES CRITICAL - 1 of 2 keys: team used up (day)"), "{line}");
    assert!(!row.contains("aaaaaaaa"), "{row}");
}
