use std::time::Duration;

use pretty_assertions::assert_eq;

use super::*;
use crate::domain::account::Account;
use crate::domain::credential::{ApiKey, Credential};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::quota::{Quota, QuotaUsage};
use crate::domain::snapshot::Snapshot;
use crate::domain::threshold::Rules;
use crate::domain::usage::part::PartAnswer;
use crate::domain::usage::{CredentialUsage, Remembered, Update};
use crate::domain::window::next_daily_reset;

use Level::{Critical, Low, UsedUp};

const START: &str = "2026-11-23T12:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Two keys of one account, and one of another.
fn usage() -> UsageManager {
    let keys = ["aa", "aa", "bb"].into_iter().enumerate().map(|(index, user)| {
        let key = ApiKey::new(format!("cpk_{index:032x}.{user:0>32}.MadeUpMadeUpMadeUp"));
        Credential::new(CredentialId::new(index), vec![format!("key{index}")], key).identity
    });
    UsageManager::new(keys)
}

fn snapshot(used: f64, at: DateTime<Utc>) -> Snapshot {
    let usage = QuotaUsage::new(Quota::Finite(100), Some(used));
    Snapshot { usage, reset_at: next_daily_reset(at), fetched_at: at }
}

fn answered(usage: &mut UsageManager, id: usize, used: f64, at: DateTime<Utc>) {
    let (id, result) = (CredentialId::new(id), Ok(snapshot(used, at)));
    usage.apply(Update::Answered { id, result, at, next_refresh: None, interval: Duration::from_mins(5) });
}

fn usage_of(used: f64) -> CredentialUsage {
    let mut usage = usage();
    answered(&mut usage, 2, used, at(START));
    usage.get(CredentialId::new(2)).unwrap().clone()
}

/// The levels that are told when the second key of the account, and so its first, is answered with so much used.
fn levels(answers: &[(f64, &str)]) -> Vec<Vec<Level>> {
    let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
    answered(&mut usage, 0, 0.0, at("2026-11-23T11:00:00Z"));
    answered(&mut usage, 1, 0.0, at("2026-11-23T11:00:00Z"));
    let look = |(used, when): &(f64, &str)| {
        answered(&mut usage, 1, *used, at(when));
        let alerts = watch.look(&usage, at(when));
        assert!(alerts.iter().all(|alert| alert.id == CredentialId::new(0)));
        alerts.iter().map(|alert| alert.level).collect()
    };
    answers.iter().map(look).collect()
}

#[test]
fn each_threshold_is_told_once_when_it_is_crossed() {
    let noon = "2026-11-23T12:10:00Z";
    let answers = [50.0, 80.0, 81.0, 90.0, 96.0, 97.0, 100.0, 120.0].map(|used| (used, noon));
    let expected: [Vec<Level>; 8] = [vec![], vec![], vec![Low], vec![], vec![Critical], vec![], vec![UsedUp], vec![]];
    assert_eq!(levels(&answers), expected);
    assert_eq!(levels(&[(50.0, noon), (100.0, noon)]), [vec![], vec![UsedUp]], "the worst is enough");
}

#[test]
fn what_was_so_at_the_first_answer_is_no_crossing() {
    let noon = "2026-11-23T12:10:00Z";
    assert_eq!(levels(&[(90.0, noon), (91.0, noon), (96.0, noon)]), [vec![], vec![], vec![Level::Critical]]);
    let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
    let remembered = |used, when| Remembered {
        id: CredentialId::new(2),
        snapshot: Some(snapshot(used, at(when))),
        interval: Duration::from_mins(5),
        answers: Vec::new(),
        samples: Vec::new(),
    };
    usage.apply(Update::Remembered(Box::new(remembered(10.0, "2026-11-23T09:00:00Z"))));
    assert_eq!(watch.look(&usage, at(START)), []);
    answered(&mut usage, 2, 90.0, at(noon));
    assert_eq!(watch.look(&usage, at(noon)), [], "it was crossed before the start, or nobody knows");
}

#[test]
fn a_threshold_counts_again_after_a_reset_and_above_it() {
    let (noon, tomorrow) = ("2026-11-23T12:10:00Z", "2026-11-24T00:10:00Z");
    let low = || vec![Level::Low];
    assert_eq!(levels(&[(50.0, noon), (85.0, noon), (50.0, noon), (85.0, noon)]), [vec![], low(), vec![], low()]);
    assert_eq!(levels(&[(50.0, noon), (85.0, noon), (85.0, tomorrow)]), [vec![], low(), low()]);
    assert_eq!(levels(&[(100.0, noon), (85.0, noon)]), [vec![], vec![]], "more is left than before");
}

#[test]
fn an_edit_is_a_crossing_where_it_makes_worse_what_is_left_and_a_forecast_wavers() {
    let window = usage_of(10.0).windows()[0].window.clone();
    let (id, mut watch) = (CredentialId::new(2), Watch::new(at(START)));
    let by = |text| Thresholds::default().with(Some(Threshold::parse(text).unwrap()), None);
    let mut crossed = |level, thresholds| {
        let seen =
            Seen { kind: Some(window.kind.clone()), level, thresholds: vec![thresholds], reset_at: window.reset_at };
        watch.crossed(id, seen, window.fetched_at)
    };
    assert_eq!(crossed(None, Thresholds::default()), None);
    assert_eq!(crossed(Some(Low), by("60%")), Some(Low), "nobody called it so before");
    assert_eq!(crossed(Some(Low), by("70%")), None, "it is known");
    assert_eq!(crossed(Some(Critical), by("70%")), Some(Critical));
    assert_eq!((crossed(Some(Low), by("4%")), crossed(None, by("3%"))), (None, None), "it is less bad than it was");
    assert_eq!(crossed(Some(Low), by("3%")), Some(Low), "crossed anew");
    assert_eq!(crossed(None, by("2h")), None);
    assert_eq!(crossed(Some(Low), by("2h")), Some(Low));
    assert_eq!((crossed(None, by("2h")), crossed(Some(Low), by("2h"))), (None, None), "the forecast came and went");
    assert_eq!(crossed(Some(UsedUp), by("2h")), Some(UsedUp));
}

#[test]
fn a_key_that_is_answered_speaks_for_one_that_is_refused() {
    let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
    let noon = at("2026-11-23T12:10:00Z");
    let id = CredentialId::new(0);
    let refused = Err(Failure::new(FailureKind::Unauthorized, "no").with_status(401));
    usage.apply(Update::Answered {
        id,
        result: refused,
        at: noon,
        next_refresh: None,
        interval: Duration::from_mins(5),
    });
    answered(&mut usage, 1, 50.0, noon);
    assert_eq!(watch.look(&usage, noon), []);
    answered(&mut usage, 1, 90.0, noon);
    let alerts = watch.look(&usage, noon);
    assert_eq!(alerts.iter().map(|alert| (alert.id, alert.level)).collect::<Vec<_>>(), [(CredentialId::new(1), Low)]);
}

#[test]
fn an_alert_reads_in_a_line() {
    let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
    let mut text = |used| {
        answered(&mut usage, 2, used, at(START));
        watch.look(&usage, at(START)).first().map(|alert| alert.text("work", "day", false))
    };
    assert_eq!(text(50.0), None);
    assert_eq!(text(85.5).as_deref(), Some("work: 14 % left of day (85.5 / 100)"));
    assert_eq!(text(100.0).as_deref(), Some("work: used up: day (100 / 100)"));
}

#[test]
fn an_alert_tells_what_is_left_in_the_unit_of_the_threshold() {
    let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
    let low = |text: &str| Thresholds::said(Some(Threshold::parse(text).unwrap()), None);
    usage.judge_by(&Rules::new(low("40"), []));
    let mut alert = |used| {
        answered(&mut usage, 2, used, at(START));
        watch.look(&usage, at(START)).pop()
    };
    assert_eq!(alert(50.0), None);
    let crossed = alert(61.5).unwrap();
    assert_eq!(crossed.text("work", "day", false), "work: 38.5 requests left of day (61.5 / 100)");
    assert_eq!(crossed.threshold.map(|it| it.to_string()).as_deref(), Some("40"));
    let percent = alert(95.5).unwrap();
    assert_eq!(percent.text("work", "day", false), "work: 4 % left of day (95.5 / 100)", "critical is in percent");
    assert_eq!(alert(100.0).unwrap().threshold, None);
}

#[test]
fn of_the_keys_of_an_account_the_strictest_threshold_is_told_by_the_name_of_its_key() {
    let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
    let own = |label: &str, low: &str| (label.to_owned(), Thresholds::said(Some(Threshold::parse(low).unwrap()), None));
    usage.judge_by(&Rules::new(Thresholds::default(), [own("key0", "30%"), own("key1", "60")]));
    let mut told = |id, used| -> Vec<(usize, Level)> {
        answered(&mut usage, id, used, at(START));
        watch.look(&usage, at(START)).iter().map(|alert| (alert.id.index(), alert.level)).collect()
    };
    assert_eq!((told(0, 10.0), told(1, 20.0)), (vec![], vec![]));
    assert_eq!(told(0, 50.0), [(1, Low)], "although the first key speaks, and is not low");
    assert_eq!((told(1, 55.0), told(0, 75.0)), (vec![], vec![]), "the account is known to be low");
    assert_eq!(told(0, 96.0), [(0, Critical)], "of several the one that speaks");
}

/// The second key pays as it goes, the third has a quota; both have an account with so much.
fn balance(usage: &mut UsageManager, id: usize, dollars: f64) {
    let account = PartAnswer::Account(Account::new(None, None, Some(dollars), 0));
    usage.apply(Update::Part { id: CredentialId::new(id), result: Ok(account), at: at(START) });
}

#[test]
fn a_balance_is_told_by_thresholds_in_dollars_and_only_where_requests_are_paid_from_it() {
    let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
    let said = |low, critical| {
        let read = |text| Some(Threshold::parse(text).unwrap());
        Rules::new(Thresholds::said(read(low), read(critical)), [])
    };
    usage.judge_by(&said("$5", "$1"));
    let told = |watch: &mut Watch, usage: &UsageManager| -> Vec<String> {
        watch.look(usage, at(START)).iter().map(|alert| alert.text("card", "day", false)).collect()
    };
    answered(&mut usage, 2, 50.0, at(START));
    balance(&mut usage, 2, 4.2);
    assert_eq!(told(&mut watch, &usage), [""; 0], "half of the quota is there");
    answered(&mut usage, 2, 100.0, at(START));
    assert_eq!(told(&mut watch, &usage), ["card: used up: day (100 / 100)", "card: balance low: $4.20"]);
    assert_eq!(told(&mut watch, &usage), [""; 0], "once is enough");
    balance(&mut usage, 2, 0.4);
    assert_eq!(told(&mut watch, &usage), ["card: balance nearly out: $0.40"]);
    usage.judge_by(&said("20%", "5%"));
    balance(&mut usage, 2, 0.0);
    assert_eq!(told(&mut watch, &usage), [""; 0], "nobody asked about dollars");
    usage.judge_by(&said("$5", "5%"));
    assert_eq!(told(&mut watch, &usage), ["card: the balance is empty: requests are refused (402)"]);
    balance(&mut usage, 2, 25.0);
    assert_eq!(told(&mut watch, &usage), [""; 0]);
    balance(&mut usage, 2, 3.0);
    let alerts = watch.look(&usage, at(START));
    assert_eq!(alerts[0].text("card", "", true), "card: balance low", "masked");
}

/// Once, and not again after each midnight.
#[test]
fn a_balance_that_all_is_paid_from_is_told_once() {
    let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
    usage.judge_by(&Rules::new(Thresholds::said(Some(Threshold::parse("$5").unwrap()), None), []));
    let mut look = |dollars, when| {
        let used = QuotaUsage::new(Quota::Finite(0), Some(3.0));
        let snapshot = Snapshot { usage: used, reset_at: next_daily_reset(at(START)), fetched_at: at(START) };
        let (id, result) = (CredentialId::new(2), Ok(snapshot));
        usage.apply(Update::Answered { id, result, at: at(START), next_refresh: None, interval: Duration::MAX });
        balance(&mut usage, 2, dollars);
        watch.look(&usage, at(when)).len()
    };
    assert_eq!(look(6.0, START), 0);
    assert_eq!(look(4.0, START), 1);
    assert_eq!(look(4.0, "2026-11-24T00:00:30Z"), 0, "reset, and not yet asked again");
    assert_eq!(look(3.9, START), 0);
}
