//! The first truth of what is not the day: caps, chutes, the balance, and what was foretold.

use super::*;

#[test]
fn truth_1_a_chute_of_which_the_count_could_not_be_read_says_so_whatever_others_say() {
    let mut app = accounts(&[("work", 1)]);
    answer(&mut app, 0, Quota::Finite(2000), Some(500.0), 10);
    let chute = |digit: char| ChuteId::parse(&digit.to_string().repeat(32)).unwrap();
    let read = |digit, later| ChuteQuota {
        chute: chute(digit),
        count: PartState::learned(QuotaUsage::new(Quota::Finite(100), Some(10.0)), now() + later),
    };
    let failed = |digit| {
        let mut count = PartState::default();
        count.fail(timeout());
        ChuteQuota { chute: chute(digit), count }
    };
    learn(&mut app, 0, PartAnswer::Quotas(vec![read('a', TimeDelta::minutes(-9)), read('b', TimeDelta::zero())]));
    learn(&mut app, 0, PartAnswer::Quotas(vec![failed('a'), read('b', TimeDelta::zero()), failed('c')]));
    let all = details(&mut app, (120, 60));
    let lines: Vec<&str> = all.lines().map(|line| line.get(..60).unwrap_or(line).trim_end()).collect();
    let after = |name: &str, rows: usize| {
        let place = lines.iter().position(|line| line.trim_start().starts_with(name));
        lines[place.unwrap_or_else(|| panic!("no {name} in {all}")) + rows]
    };
    assert!(after("aaaaaaaa", 1).contains("10 / 100 requests, 90 left, 9m ago"), "{all}");
    assert!(after("aaaaaaaa", 3).contains("not read again: timeout"), "{all}");
    assert!(!after("bbbbbbbb", 1).contains("ago") && !after("bbbbbbbb", 3).contains("not read"), "{all}");
    assert!(after("cccccccc", 0).contains("? not read: timeout"), "{all}");
    assert!(all.contains("quotas  failed for aaaaaaaa and 1 more: timeout"), "{all}");
    assert!(after("quotas", 0).ends_with("read 9m") && after("quotas", 1).trim() == "0s ago", "{all}");
}

#[test]
fn truth_1_an_old_balance_says_how_old_it_is() {
    let mut app = accounts(&[("card", 1), ("spent", 2), ("broke", 3)]);
    for (index, quota, balance) in [(0, 0, 7.35), (1, 300, 7.35), (2, 0, 0.0)] {
        account(&mut app, index, Some(balance), 0);
        answer(&mut app, index, Quota::Finite(quota), Some(300.0), 10);
    }
    assert!(row(&mut app, "card").trim_end_matches([' ', '|']).ends_with("paid from balance $7.35"));
    let later = TimeDelta::minutes(70);
    for (index, quota) in [(0, 0), (1, 300), (2, 0)] {
        let read = Snapshot::new(QuotaUsage::new(Quota::Finite(quota), Some(300.0)), now() + later, now() + later);
        let (id, at) = (CredentialId::new(index), now() + later);
        tell(&mut app, Update::Answered { id, result: Ok(read), at, next_refresh: None, interval: INTERVAL });
    }
    let old = |app: &mut App, label| row_at(app, label, later);
    assert!(old(&mut app, "card").contains("paid from balance $7.35, 1h 35m ago"), "{}", old(&mut app, "card"));
    assert!(old(&mut app, "spent").contains("paid from balance $7.35, 1h 35m ago"), "{}", old(&mut app, "spent"));
    let broke = old(&mut app, "broke");
    assert!(broke.contains("refused (402), 1h 35m ago"), "{broke}");
    press(&mut app, "\n");
    let all = screen_at(&mut app, (80, 60), later);
    assert!(all.contains("balance   $7.35, 1h 35m ago: pays for what is not included"), "{all}");
}

#[test]
fn truth_1_what_was_read_at_a_time_to_come_is_not_current() {
    let mut app = accounts(&[("work", 1)]);
    answer(&mut app, 0, Quota::Finite(2000), Some(500.0), 10);
    account(&mut app, 0, Some(7.35), 0);
    caps(&mut app, 0, Some(cap(7.5, 8.33, Some("2026-11-23T20:00:00Z"))), None);
    // The clock was set back by half an hour, and the day alone was read since.
    let back = TimeDelta::minutes(-30);
    let read = Snapshot::new(QuotaUsage::new(Quota::Finite(2000), Some(510.0)), now() + back, now() + back);
    let (id, at) = (CredentialId::new(0), now() + back);
    tell(&mut app, Update::Answered { id, result: Ok(read), at, next_refresh: None, interval: INTERVAL });
    let ahead = row_at(&mut app, "work", back);
    assert!(ahead.contains("○ ") && ahead.contains("4h stale"), "{ahead}");
    let entry = app.usage().get(id).unwrap();
    let caught_up = now() - TimeDelta::seconds(70);
    assert_eq!(entry.next_change(caught_up - TimeDelta::seconds(1)), Some(caught_up), "and that is drawn");
    press(&mut app, "\n");
    let all = screen_at(&mut app, (80, 60), back);
    assert!(all.contains("left, age not known"), "{all}");
    assert!(all.contains("$10.00 a month, no monthly cap, age not known"), "{all}");
}

#[test]
fn truth_1_a_time_that_was_foretold_and_has_passed_is_not_foretold_any_more() {
    let mut app = accounts(&[("work", 1)]);
    answer(&mut app, 0, Quota::Finite(2000), Some(1998.0), 10);
    steady(&mut app, 0, WindowKind::Daily, "2026-11-23T00:00:00Z", 1998.0);
    let soon = row(&mut app, "work");
    assert!(soon.contains("empty ≈19:48, 5h 12m before reset"), "{soon}");
    let passed = row_at(&mut app, "work", TimeDelta::minutes(3));
    assert!(passed.contains("nearly out, may be empty by now"), "{passed}");
    press(&mut app, "\n");
    let all = screen_at(&mut app, (80, 60), TimeDelta::minutes(3));
    assert!(all.contains(" may be empty by now  ") && !all.contains("between"), "{all}");
}

#[test]
fn truth_1_the_number_of_a_cap_that_binds_is_no_younger_than_it_is() {
    let mut app = accounts(&[("work", 1)]);
    answer(&mut app, 0, Quota::Finite(2000), Some(500.0), 10);
    caps(&mut app, 0, Some(cap(7.5, 8.33, Some("2026-11-23T20:00:00Z"))), None);
    let fresh = row(&mut app, "work");
    assert!(fresh.contains("▲ ") && fresh.contains(" 4h ") && fresh.contains("<1m"), "{fresh}");
    // The day is read again, the cap is not.
    let later = TimeDelta::minutes(9);
    let read = Snapshot::new(QuotaUsage::new(Quota::Finite(2000), Some(510.0)), now() + later, now() + later);
    let id = CredentialId::new(0);
    tell(
        &mut app,
        Update::Answered { id, result: Ok(read), at: now() + later, next_refresh: None, interval: INTERVAL },
    );
    let old = row_at(&mut app, "work", later);
    assert!(old.contains("○ ") && old.contains(" 4h ") && old.contains(" 9m ") && old.contains("4h stale"), "{old}");
    tell(&mut app, Update::Part { id, result: Err((Part::Caps, timeout())), at: now() + later });
    let failed = row_at(&mut app, "work", later);
    assert!(failed.contains("4h stale: timeout"), "{failed}");
    let entry = app.usage().get(id).unwrap();
    assert!(State::Stale.holds(entry, now() + later), "what the row says is found");
    assert_eq!(entry.freshness(now() + later), Freshness::Fresh, "the row's own status is kept");
}
