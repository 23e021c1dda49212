use chrono::TimeDelta;
use pretty_assertions::assert_eq;

use super::*;
use crate::domain::account::{Account, Cap, Capping, Role, Subscription};
use crate::domain::failure::FailureKind;
use crate::domain::quota::{Headroom, Quota, QuotaUsage};
use crate::domain::threshold::{Threshold, Thresholds};

const INTERVAL: Duration = Duration::from_mins(5);
const NOON: &str = "2026-11-23T12:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn id(index: usize) -> CredentialId {
    CredentialId::new(index)
}

/// Credentials of these accounts: a number is the account of a key that names it, `None` a key that does not.
fn manager(accounts: &[Option<u8>]) -> UsageManager {
    let identity = |(index, account): (usize, &Option<u8>)| Identity {
        thresholds: Thresholds::default(),
        id: id(index),
        labels: vec![format!("key-{index}")],
        key_hint: String::new(),
        account: account.and_then(|number| AccountId::parse(&format!("{number:032x}"))),
    };
    UsageManager::new(accounts.iter().enumerate().map(identity))
}

fn snapshot(quota: u64, used: f64, at: DateTime<Utc>) -> Snapshot {
    Snapshot::new(QuotaUsage::new(Quota::Finite(quota), Some(used)), at, at)
}

fn answered(index: usize, result: Result<Snapshot, Failure>, at: DateTime<Utc>) -> Update {
    Update::Answered { id: id(index), result, at, next_refresh: None, interval: INTERVAL }
}

fn caps(four_hour: f64, monthly: f64) -> PartAnswer {
    let cap = |usage, cap, reset: &str| Capping::Capped(Cap { usage, cap, reset_at: Some(at(reset)) });
    PartAnswer::Caps(Some(Subscription {
        price: Some(10.0),
        custom: Some(false),
        anchor: Some(at("2026-11-10T09:30:15Z")),
        four_hour: cap(four_hour, 4.0, "2026-11-23T16:00:00Z"),
        monthly: cap(monthly, 50.0, "2026-12-10T09:30:15Z"),
        renews_at: Some(at("2026-12-10T09:30:15Z")),
    }))
}

fn part(index: usize, answer: PartAnswer, at: DateTime<Utc>) -> Update {
    Update::Part { id: id(index), result: Ok(answer), at }
}

#[test]
fn every_chutes_model_shares_the_one_pool() {
    assert_eq!(model_quota_group("chutes/deepseek"), Some(QUOTA_GROUP));
    assert_eq!(model_quota_group(QUOTA_MODEL), Some(QUOTA_GROUP));
    assert_eq!(model_quota_group("openai/gpt"), None);
    assert_eq!(model_quota_group("chutes/"), None);
}

#[test]
fn a_failure_keeps_the_last_good_numbers() {
    let now = at(NOON);
    let mut usage = manager(&[None]);
    usage.apply(answered(0, Ok(snapshot(300, 120.0, now)), now));
    usage.apply(answered(0, Err(Failure::new(FailureKind::Timeout, "no answer")), now));
    let entry = usage.get(id(0)).unwrap();
    assert_eq!(entry.usage(now).unwrap().used(), Some(120.0));
    assert_eq!(entry.failure().unwrap().failure.kind, FailureKind::Timeout);
}

#[test]
fn a_number_turns_stale_past_one_and_a_half_intervals_and_says_when() {
    let now = at(NOON);
    let mut usage = manager(&[None]);
    usage.apply(answered(0, Ok(snapshot(300, 1.0, now)), now));
    let entry = usage.get(id(0)).unwrap();
    let limit = now + TimeDelta::seconds(450);
    assert_eq!(entry.freshness(limit), Freshness::Fresh);
    assert_eq!(entry.freshness(limit + TimeDelta::milliseconds(1)), Freshness::Stale);
    assert_eq!(entry.next_change(now), Some(limit + TimeDelta::milliseconds(1)));
}

#[test]
fn after_the_reset_the_old_count_is_not_todays() {
    let now = at(NOON);
    let mut usage = manager(&[None]);
    usage.apply(answered(0, Ok(snapshot(300, 300.0, now)), now));
    let entry = usage.get(id(0)).unwrap();
    let midnight = at("2026-11-24T00:00:00Z");
    assert!(entry.is_exhausted(midnight - TimeDelta::milliseconds(1)));
    assert_eq!(entry.freshness(midnight), Freshness::PendingReset);
    assert_eq!(entry.usage(midnight), None);
    assert!(!entry.is_exhausted(midnight));
    assert_eq!(usage.summary(midnight).successful, 0);
}

#[test]
fn an_account_is_summed_once() {
    let now = at(NOON);
    let mut usage = manager(&[Some(1), Some(2), Some(1)]);
    for (index, quota, used) in [(0, 2000, 500.0), (1, 300, 100.0), (2, 2000, 500.0)] {
        usage.apply(answered(index, Ok(snapshot(quota, used, now)), now));
    }
    let summary = usage.summary(now);
    assert_eq!((summary.total_credentials, summary.successful), (3, 3));
    assert_eq!((summary.total_quota, summary.total_remaining), (2300, 1700.0));
    assert_eq!(usage.group_of(id(2)), &[id(0), id(2)]);
    assert!(usage.counts_for_account(id(0), now) && !usage.counts_for_account(id(2), now));
}

#[test]
fn when_the_first_key_of_an_account_fails_the_next_one_counts() {
    let now = at(NOON);
    let mut usage = manager(&[Some(1), Some(1)]);
    usage.apply(answered(0, Err(Failure::new(FailureKind::Unauthorized, "no")), now));
    usage.apply(answered(1, Ok(snapshot(300, 100.0, now)), now));
    assert_eq!(usage.summary(now).total_quota, 300);
    assert_eq!(usage.get(id(0)).unwrap().usage(now), None, "a refused key shows no number of its account");
}

#[test]
fn the_answer_of_one_key_serves_its_account() {
    let now = at(NOON);
    let later = now + TimeDelta::minutes(2);
    let mut usage = manager(&[Some(1), Some(1)]);
    usage.apply(answered(0, Ok(snapshot(300, 100.0, now)), now));
    assert_eq!(usage.get(id(1)).unwrap().freshness(now), Freshness::Waiting, "its own key was not answered yet");
    usage.apply(answered(1, Ok(snapshot(300, 110.0, later)), later));
    assert_eq!(usage.get(id(0)).unwrap().usage(later).unwrap().used(), Some(110.0));
    usage.apply(part(1, caps(1.0, 5.0), later));
    assert_eq!(usage.get(id(0)).unwrap().windows().len(), 3);
}

#[test]
fn a_key_that_names_no_account_is_grouped_once_the_account_is_known() {
    let now = at(NOON);
    let mut usage = manager(&[Some(1), None]);
    assert!(usage.group_of(id(1)).is_empty());
    let account = Account::new(Some("00000000-0000-0000-0000-000000000001"), None, Some(1.0), 0);
    usage.apply(part(1, PartAnswer::Account(account), now));
    assert_eq!(usage.group_of(id(0)), &[id(0), id(1)]);
}

#[test]
fn a_key_that_turns_out_to_be_of_another_account_goes_over_to_it() {
    let now = at(NOON);
    let mut usage = manager(&[None, Some(1), None, Some(2)]);
    let is_of = |account: u8| {
        let id = format!("00000000-0000-0000-0000-00000000000{account}");
        PartAnswer::Account(Account::new(Some(&id), None, Some(1.0), 0))
    };
    usage.apply(answered(2, Ok(snapshot(300, 1.0, now)), now));
    usage.apply(part(2, is_of(1), now));
    usage.apply(part(0, is_of(1), now));
    assert_eq!(usage.group_of(id(1)), &[id(0), id(1), id(2)], "in the order of the configuration");
    usage.apply(part(0, is_of(2), now));
    // What is said of the first key is taken to be said of its account, and so of the third.
    assert_eq!(usage.group_of(id(3)), &[id(0), id(2), id(3)]);
    assert!(usage.group_of(id(1)).is_empty(), "that account has one key left");
}

#[test]
fn the_window_with_the_smallest_part_left_binds() {
    let now = at(NOON);
    let mut usage = manager(&[None]);
    usage.apply(answered(0, Ok(snapshot(2000, 1000.0, now)), now));
    usage.apply(part(0, caps(3.9, 10.0), now));
    let entry = usage.get(id(0)).unwrap();
    assert_eq!(entry.binding(now).unwrap().window.kind, WindowKind::FourHour);
    assert_eq!(entry.headroom(now), Headroom::NearlyOut);
    let after_the_block = at("2026-11-23T16:00:00Z");
    assert_eq!(
        entry.binding(after_the_block).unwrap().window.kind,
        WindowKind::Daily,
        "the block's use is not of the next"
    );
}

#[test]
fn the_best_key_has_the_most_room_over_all_its_windows() {
    let now = at(NOON);
    let mut usage = manager(&[None, None, None]);
    usage.apply(answered(0, Ok(snapshot(200, 0.0, now)), now));
    usage.apply(answered(1, Ok(snapshot(5000, 1000.0, now)), now));
    usage.apply(answered(2, Ok(snapshot(2000, 1000.0, now)), now));
    assert_eq!(usage.best(now), Some(id(1)));
    usage.apply(part(1, caps(4.0, 10.0), now));
    assert_eq!(usage.best(now), Some(id(2)), "a cap that is used up leaves no room");
    assert_eq!(usage.best(now + TimeDelta::hours(1)), None, "what is not current is no advice");
}

#[test]
fn a_cap_that_is_not_told_is_no_room_that_is_known() {
    let now = at(NOON);
    let mut usage = manager(&[None, None]);
    usage.apply(answered(0, Ok(snapshot(5000, 0.0, now)), now));
    usage.apply(answered(1, Ok(snapshot(2000, 1000.0, now)), now));
    let PartAnswer::Caps(Some(told)) = caps(1.0, 10.0) else { unreachable!() };
    let mut learn = |monthly| {
        usage.apply(part(0, PartAnswer::Caps(Some(Subscription { monthly, ..told.clone() })), now));
        let not_told: Vec<WindowKind> = usage.get(id(0)).unwrap().not_told().collect();
        (not_told, usage.best(now))
    };
    assert_eq!(learn(Capping::Uncapped), (vec![], Some(id(0))));
    assert_eq!(learn(told.monthly), (vec![], Some(id(0))));
    assert_eq!(learn(Capping::NotTold), (vec![WindowKind::Monthly], Some(id(1))));
    usage.apply(answered(1, Ok(snapshot(2000, 2000.0, now)), now));
    assert_eq!(usage.best(now), Some(id(0)), "better than none");
}

#[test]
fn what_comes_after_the_quota_is_told_from_the_balance() {
    let now = at(NOON);
    for (balance, bitmask, beyond) in [
        (Some(7.35), 0, Beyond::Paid(7.35)),
        (Some(0.0), 0, Beyond::Refused),
        (Some(-0.37), 0, Beyond::Refused),
        (None, 0, Beyond::Unknown),
        (Some(-5.0), 256, Beyond::Unlimited),
    ] {
        let mut usage = manager(&[None]);
        assert_eq!(usage.get(id(0)).unwrap().beyond(), Beyond::Unknown);
        usage.apply(part(0, PartAnswer::Account(Account::new(None, None, balance, bitmask)), now));
        assert_eq!(usage.get(id(0)).unwrap().beyond(), beyond);
    }
    assert_eq!(Role::from_bitmask(0), Role::Ordinary);
}

#[test]
fn a_failed_part_is_named_and_changes_nothing_else() {
    let now = at(NOON);
    let mut usage = manager(&[None]);
    usage.apply(answered(0, Ok(snapshot(300, 1.0, now)), now));
    usage.apply(part(0, caps(1.0, 1.0), now));
    let failure = Failure::new(FailureKind::ServerError, "broken").with_status(500);
    usage.apply(Update::Part { id: id(0), result: Err((Part::Caps, failure.clone())), at: now });
    let entry = usage.get(id(0)).unwrap();
    assert_eq!(entry.freshness(now), Freshness::Fresh);
    assert_eq!(usage.summary(now).failed, 0);
    assert_eq!(entry.windows().len(), 3);
    assert_eq!(entry.failed_parts().collect::<Vec<_>>(), vec![(Part::Caps, &failure)]);
}

#[test]
fn what_is_remembered_is_shown_until_something_newer_is_in() {
    let now = at(NOON);
    let earlier = now - TimeDelta::hours(2);
    let mut usage = manager(&[None]);
    let remembered = Remembered {
        id: id(0),
        snapshot: Some(snapshot(300, 50.0, earlier)),
        interval: INTERVAL,
        answers: vec![(caps(1.0, 1.0), earlier)],
        samples: vec![(WindowKind::Daily, vec![(earlier - TimeDelta::hours(1), 25.0)])],
    };
    usage.apply(Update::Remembered(Box::new(remembered.clone())));
    assert_eq!(usage.get(id(0)).unwrap().freshness(now), Freshness::Stale);
    assert_eq!(usage.get(id(0)).unwrap().windows().len(), 3);
    usage.apply(answered(0, Ok(snapshot(300, 60.0, now)), now));
    usage.apply(Update::Remembered(Box::new(remembered)));
    assert_eq!(usage.get(id(0)).unwrap().usage(now).unwrap().used(), Some(60.0));
}

#[test]
fn what_is_missing_and_what_is_stale_is_of_accounts() {
    let now = at(NOON);
    let mut usage = manager(&[Some(1), Some(1), Some(2)]);
    assert_eq!((usage.overview(now).waiting, usage.overview(now).missing), (2, 2));
    for index in 0..3 {
        usage.apply(answered(index, Ok(snapshot(300, 100.0, now)), now));
    }
    let stale = now + TimeDelta::seconds(451);
    assert_eq!((usage.overview(stale).stale, usage.overview(stale).missing), (2, 0));
    usage.apply(answered(1, Ok(snapshot(300, 100.0, stale)), stale));
    assert_eq!(usage.overview(stale).stale, 1, "the answer of one key serves its account");
    assert_eq!(usage.overview(at("2026-11-24T00:00:00Z")).missing, 2);
    let blank = Snapshot::new(QuotaUsage::new(Quota::Finite(300), None), now, now);
    usage.apply(answered(2, Ok(blank), now));
    assert_eq!((usage.overview(stale).stale, usage.overview(stale).missing), (0, 1), "each is counted once");
}

#[test]
fn an_overview_that_is_remembered_is_the_one_that_would_be_found_anew() {
    let now = at(NOON);
    let mut usage = manager(&[Some(1), None]);
    let agrees = |usage: &UsageManager, now| {
        let mut fresh = usage.clone();
        fresh.apply(Update::Names(ChuteNames::default()));
        let (known, found) = (usage.overview(now), fresh.overview(now));
        assert_eq!(
            (known.left, known.missing, known.stale, known.best),
            (found.left, found.missing, found.stale, found.best)
        );
    };
    agrees(&usage, now);
    usage.apply(answered(0, Ok(snapshot(300, 100.0, now)), now));
    agrees(&usage, now);
    assert_eq!((usage.overview(now).left, usage.overview(now).missing), (200.0, 1));
    let stale = now + TimeDelta::seconds(451);
    agrees(&usage, stale);
    assert_eq!((usage.overview(stale).stale, usage.overview(stale).best), (1, None));
    let tomorrow = at("2026-11-24T00:00:00Z");
    agrees(&usage, tomorrow);
    assert_eq!(usage.overview(tomorrow).limit, 0);
    agrees(&usage, now);
}

/// A manager of one key that will be used up at about 15:00 and one with less left, that nobody uses.
fn busy_and_idle(now: DateTime<Utc>) -> UsageManager {
    let mut usage = manager(&[None, None]);
    let readings = |hourly: f64| {
        (0_u8..13).map(move |hour| (now - TimeDelta::hours(12 - i64::from(hour)), hourly * f64::from(hour)))
    };
    for (index, hourly, quota) in [(0, 133.0, 2000), (1, 10.0, 400)] {
        let remembered = Remembered {
            id: id(index),
            snapshot: Some(snapshot(quota, hourly * 12.0, now)),
            interval: INTERVAL,
            answers: Vec::new(),
            samples: vec![(WindowKind::Daily, readings(hourly).collect())],
        };
        usage.apply(Update::Remembered(Box::new(remembered)));
    }
    usage
}

#[test]
fn the_star_is_what_is_picked_when_nothing_is_asked_for() {
    let now = at(NOON);
    let usage = busy_and_idle(now);
    assert_eq!((usage.best(now), usage.overview(now).best), (usage.pick(Need::default(), now), usage.best(now)));
    assert_eq!(usage.best(now), Some(id(1)), "what is expected to be left counts");
    let at_once = Need { lasting: TimeDelta::zero(), ..Need::default() };
    assert_eq!(usage.pick(at_once, now), Some(id(0)), "at once the other has more");
}

#[test]
fn what_is_picked_has_what_is_needed() {
    let now = at(NOON);
    let usage = busy_and_idle(now);
    let pick =
        |requests, hours, must_last| usage.pick(Need { requests, lasting: TimeDelta::hours(hours), must_last }, now);
    assert_eq!(pick(300.0, 4, false), Some(id(0)), "only that one has so many");
    assert_eq!(pick(300.0, 4, true), None, "but not for long");
    assert_eq!(pick(404.0, 0, false), Some(id(0)), "as many as there are");
    assert_eq!(pick(404.5, 0, false), None);
    assert_eq!(pick(200.0, 4, true), Some(id(1)));
    assert_eq!(pick(1.0, 1_000_000, true), Some(id(1)), "no further than the reset");
}

#[test]
fn keys_of_one_account_are_one_choice() {
    let now = at(NOON);
    let mut usage = manager(&[Some(1), Some(1), None]);
    for (index, used) in [(0, 100.0), (1, 100.0), (2, 150.0)] {
        usage.apply(answered(index, Ok(snapshot(300, used, now)), now));
    }
    assert_eq!(usage.best(now), Some(id(0)), "the first of the account");
    let refused = Failure::new(FailureKind::Unauthorized, "revoked").with_status(401);
    usage.apply(answered(0, Err(refused), now));
    assert_eq!(usage.best(now), Some(id(1)), "the other key of the same account");
}

#[test]
fn what_is_low_is_for_the_thresholds_to_say() {
    use Headroom::{Low, NearlyOut, Ok as Enough};
    let now = at(NOON);
    // 60 % of the day left (120 requests), 25 % of the four hours ($1).
    let level = |low: &str, critical: &str| {
        let mut identity = manager(&[None]).credentials()[0].identity().clone();
        let [low, critical] = [low, critical].map(|text| Threshold::parse(text).unwrap());
        identity.thresholds = Thresholds { low, critical };
        let mut usage = UsageManager::new([identity]);
        usage.apply(answered(0, Ok(snapshot(200, 80.0, now)), now));
        usage.apply(part(0, caps(3.0, 10.0), now));
        let entry = usage.get(id(0)).unwrap();
        let windows: Vec<_> =
            entry.windows().iter().take(2).map(|state| entry.identity().thresholds.headroom(state, now)).collect();
        (entry.headroom(now), windows)
    };
    assert_eq!(level("20%", "5%"), (Enough, vec![Enough, Enough]));
    assert_eq!(level("26%", "5%"), (Low, vec![Enough, Low]));
    assert_eq!(level("61%", "26%"), (NearlyOut, vec![Low, NearlyOut]));
    assert_eq!(level("121", "5%"), (Low, vec![Low, Enough]), "of the day, though the four hours bind");
    assert_eq!(level("$2", "$1.01"), (NearlyOut, vec![Enough, NearlyOut]));
    assert_eq!(level("2h", "1h"), (Enough, vec![Enough, Enough]), "not expected to be empty");
}
