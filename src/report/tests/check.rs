use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;
use crate::domain::account::Account;
use crate::domain::threshold::Threshold;
use crate::domain::usage::part::PartAnswer;
use crate::report::check::{Level, Rule, check};

fn rule(warn: &str, crit: &str) -> Rule {
    let threshold = |text| Some(Threshold::parse(text).unwrap());
    Rule { warn: threshold(warn), crit: threshold(crit), all: false }
}

fn judged(usage: &UsageManager, rule: Rule) -> (Level, String) {
    check(usage, rule, now(), |_| true)
}

/// One credential of 2,000 requests, of which so many are used.
fn one(used: f64) -> UsageManager {
    let mut usage = manager(&[&["work"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(used))));
    usage
}

#[test]
fn one_line_says_it_all() {
    let (level, line) = judged(&one(740.0), rule("20%", "5%"));
    assert_eq!(level, Level::Ok);
    assert_eq!(line, "CHUTES OK - 1 key, least: work 63 % left (day), reset in 6h 21m | work=63%;20:;5:;0;100\n");
    let (level, line) = judged(&everything(), rule("20%", "5%"));
    assert_eq!(level, Level::Critical);
    insta::assert_snapshot!(line, @"CHUTES CRITICAL - 4 of 8 keys: 鍵 used up (day), reset in 6h 21m; legacy 9 % left (day), reset in 6h 21m; nan use not known; bob unknown, revoked or restricted key (401) | 'default, work'=99.38%;20:;5:;0;100 legacy=9.9%;20:;5:;0;100 odd=100%;20:;5:;0;100 鍵=0%;20:;5:;0;100");
}

#[rstest]
#[case::at_the_threshold(1600.0, "20%", "5%", Level::Ok)]
#[case::below(1600.1, "20%", "5%", Level::Warning)]
#[case::at_the_lower(1900.0, "20%", "5%", Level::Warning)]
#[case::critical(1900.1, "20%", "5%", Level::Critical)]
#[case::used_up(2000.0, "0%", "0%", Level::Critical)]
#[case::requests(1901.0, "100", "50", Level::Warning)]
#[case::few_requests(1951.0, "100", "50", Level::Critical)]
#[case::no_cap(1999.0, "$5", "$1", Level::Ok)]
#[case::no_forecast(1999.0, "2h", "1h", Level::Ok)]
#[case::both(1990.0, "2h", "20", Level::Critical)]
fn a_threshold_is_what_must_be_left(
    #[case] used: f64,
    #[case] warn: &str,
    #[case] crit: &str,
    #[case] expected: Level,
) {
    assert_eq!(judged(&one(used), rule(warn, crit)).0, expected);
}

#[test]
fn each_unit_has_performance_data_of_its_own() {
    let (_, line) = judged(&one(740.0), rule("100", "5%"));
    assert!(line.ends_with(" | work=63%;;5:;0;100 'work requests'=1260;100:;;0;2000\n"), "{line}");
}

#[test]
fn the_time_to_empty_is_of_the_forecast() {
    let mut usage = one(1500.0);
    // 400 of them in each of the last hours.
    usage.apply(Update::Remembered(Box::new(crate::domain::usage::Remembered {
        id: CredentialId::new(0),
        snapshot: None,
        interval: Duration::from_mins(5),
        answers: Vec::new(),
        samples: vec![(
            crate::domain::window::WindowKind::Daily,
            vec![
                (at("2026-11-23T14:38:20.5Z"), 300.0),
                (at("2026-11-23T15:38:20.5Z"), 700.0),
                (at("2026-11-23T16:38:20.5Z"), 1100.0),
                (at("2026-11-23T17:38:20.5Z"), 1500.0),
            ],
        )],
    })));
    let (level, line) = judged(&usage, rule("6h", "1m"));
    assert_eq!(level, Level::Warning, "{line}");
    assert!(line.contains(", empty in ") && line.contains("'work empty'="), "{line}");
    assert_eq!(judged(&usage, rule("7h", "6h")).0, Level::Critical);
}

#[test]
fn dollars_are_of_the_balance_where_there_is_nothing_else() {
    let mut usage = manager(&[&["paygo"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(0), Some(0.0))));
    let with = |usage: &mut UsageManager, balance: f64| {
        let answer = PartAnswer::Account(Account::new(None, None, Some(balance), 0));
        usage.apply(Update::Part { id: CredentialId::new(0), result: Ok(answer), at: now() });
        judged(usage, rule("$2", "$1")).0
    };
    assert_eq!(with(&mut usage, 7.35), Level::Ok);
    assert_eq!(with(&mut usage, 1.5), Level::Warning);
    assert_eq!(with(&mut usage, -0.37), Level::Critical);
    assert_eq!(judged(&usage, rule("20%", "5%")).0, Level::Critical, "refused, whatever the thresholds");
    assert_eq!(with(&mut usage, 1.999), Level::Warning);
    let (_, line) = judged(&usage, rule("$2", "$1"));
    assert!(line.contains("balance $2.00") && line.contains("dollars'=1.999;2:;1:;0;"), "{line}");
}

#[test]
fn the_best_or_the_worst_counts_and_nobody_is_unknown() {
    let usage = everything();
    assert_eq!(check(&usage, Rule { all: true, ..rule("20%", "5%") }, now(), |_| true).0, Level::Ok);
    let named = |name: &'static str| move |entry: &CredentialUsage| entry.identity().name() == name;
    let all = Rule { all: true, ..rule("20%", "5%") };
    assert_eq!(check(&usage, all, now(), named("legacy")).0, Level::Warning);
    assert_eq!(check(&usage, all, now(), named("bob")).0, Level::Unknown);
    assert_eq!(
        check(&usage, all, now(), |_| false),
        (Level::Unknown, "CHUTES UNKNOWN - no key matches --only\n".to_owned())
    );
}

#[test]
fn a_name_cannot_break_the_line() {
    let mut usage = manager(&[&["it's|a=b\n"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(0.0))));
    let (_, line) = judged(&usage, rule("20%", "5%"));
    assert!(line.ends_with(" | 'it''s/a:b '=100%;20:;5:;0;100\n"), "{line}");
    assert_eq!((line.matches('|').count(), line.lines().count()), (1, 1));
}

#[test]
fn without_flags_the_thresholds_of_the_credential_count_and_flags_beat_them() {
    let own = Rule { warn: None, crit: None, all: false };
    let mut usage = one(1700.0);
    assert_eq!(judged(&usage, own).0, Level::Warning, "15 % left");
    let mut identity = usage.credentials()[0].identity().clone();
    identity.thresholds.low = Threshold::parse("10%").unwrap();
    usage = UsageManager::new([identity]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(1700.0))));
    let (level, line) = judged(&usage, own);
    assert_eq!(level, Level::Ok);
    assert!(line.contains("=15%;10:;5:;0;100"), "{line}");
    assert_eq!(judged(&usage, Rule { warn: Some(Threshold::parse("20%").unwrap()), ..own }).0, Level::Warning);
}

#[test]
fn what_is_left_is_told_by_the_threshold_that_is_reached() {
    let told = |used, rule| judged(&one(used), rule).1.split(" | ").next().unwrap().to_owned();
    let requests = told(740.0, rule("1500", "5%"));
    assert_eq!(requests, "CHUTES WARNING - 1 of 1 key: work 1,260 requests left (day), reset in 6h 21m");
    let percent = told(1900.1, rule("1500", "5%"));
    assert_eq!(percent, "CHUTES CRITICAL - 1 of 1 key: work 4 % left (day), reset in 6h 21m");
    let used_up = told(2000.0, rule("1500", "100"));
    assert_eq!(used_up, "CHUTES CRITICAL - 1 of 1 key: work used up (day), reset in 6h 21m");
}
