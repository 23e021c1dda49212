//! The seven truths of the screen, each by name.

mod ages;

use super::account::{account, accounts, cap, caps, learn, steady, whole};
use super::*;
use crate::domain::account::{Capping, Subscription};
use crate::domain::activity::ChuteId;
use crate::domain::filter::State;
use crate::domain::usage::Freshness;
use crate::domain::usage::part::{ChuteQuota, Part, PartAnswer, PartState};
use crate::domain::window::WindowKind;

/// The screen at a later time.
fn screen_at(app: &mut App, size: (u16, u16), later: TimeDelta) -> String {
    let _ = app.update(Message::Resized(size.0, size.1), now());
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| super::super::draw(frame, app, &monochrome(), now() + later)).unwrap();
    text(&terminal)
}

/// The row of a credential at a later time.
fn row_at(app: &mut App, label: &str, later: TimeDelta) -> String {
    let screen = screen_at(app, (120, 40), later);
    screen.lines().skip(2).find(|line| line.contains(label)).unwrap_or_default().to_owned()
}

fn row(app: &mut App, label: &str) -> String {
    row_at(app, label, TimeDelta::zero())
}

fn details(app: &mut App, size: (u16, u16)) -> String {
    press(app, "\n");
    screen(app, size)
}

#[test]
fn truth_1_a_number_is_current_only_while_it_is_and_its_age_can_be_read() {
    let mut app = app(&["work"]);
    answer(&mut app, 0, Quota::Finite(2000), Some(500.0), 10);
    let fresh = row(&mut app, "work");
    assert!(fresh.contains("● ") && fresh.contains("<1m") && !fresh.contains("stale"), "{fresh}");
    let old = row_at(&mut app, "work", TimeDelta::seconds(441));
    assert!(old.contains("○") && old.contains("stale") && old.contains("7m"), "{old}");
    fail(&mut app, 0, timeout(), 0, Some(130));
    let failed = row_at(&mut app, "work", TimeDelta::seconds(441));
    assert!(failed.contains("stale, retry due: timeout") && failed.contains("500"), "{failed}");
}

#[test]
fn truth_4_caps_that_could_not_be_read_are_not_taken_for_none() {
    let mut app = accounts(&[("more", 1), ("less", 2)]);
    for (index, used) in [(0, 100.0), (1, 900.0)] {
        answer(&mut app, index, Quota::Finite(2000), Some(used), 10);
        caps(&mut app, index, Some(cap(1.0, 8.33, Some("2026-11-23T20:00:00Z"))), None);
    }
    assert!(row(&mut app, "more").contains("●★"), "{}", row(&mut app, "more"));
    let mut app = accounts(&[("more", 1), ("less", 2)]);
    for (index, used) in [(0, 100.0), (1, 900.0)] {
        answer(&mut app, index, Quota::Finite(2000), Some(used), 10);
    }
    caps(&mut app, 1, Some(cap(1.0, 8.33, Some("2026-11-23T20:00:00Z"))), None);
    let id = CredentialId::new(0);
    tell(&mut app, Update::Part { id, result: Err((Part::Caps, timeout())), at: now() });
    let unread = row(&mut app, "more");
    assert!(unread.contains("caps: timeout") && !unread.contains('★'), "{unread}");
    assert!(row(&mut app, "less").contains("●★"), "of this one all is known");
}

#[test]
fn truth_2_after_a_reset_the_old_count_is_not_shown_as_todays() {
    let mut app = accounts(&[("work", 1)]);
    answer(&mut app, 0, Quota::Finite(2000), Some(1262.3), 10);
    caps(&mut app, 0, Some(cap(8.2, 8.33, Some("2026-11-23T18:50:00Z"))), None);
    let before = row(&mut app, "work");
    assert!(before.contains(" 4h ") && before.contains(" 1 %"), "{before}");
    let after_block = row_at(&mut app, "work", TimeDelta::minutes(3));
    assert!(after_block.contains(" day ") && after_block.contains("4h reset, checking…"), "{after_block}");
    assert!(!after_block.contains(" 1 %"), "{after_block}");
    let after_midnight = row_at(&mut app, "work", TimeDelta::minutes(313));
    assert!(after_midnight.contains("reset, checking…") && !after_midnight.contains("1,262.3"), "{after_midnight}");
}

#[test]
fn truth_3_what_is_inferred_says_so_and_no_countdown_is_negative() {
    let mut app = whole();
    let all = details(&mut app, (120, 40));
    assert!(all.contains("01:00 (computed: 00:00 UTC)"), "{all}");
    assert!(all.contains("reset in 1h 12m, 21:00 (by the server)"), "{all}");
    let mut app = whole();
    let pending = row(&mut app, "renewing");
    assert!(pending.contains("renewal pending") && !pending.contains('-'), "{pending}");
    press(&mut app, "jjj");
    let inferred = details(&mut app, (120, 40));
    assert!(inferred.contains("reset in 1h 12m, 21:00 (computed)"), "left out by the server: {inferred}");
}

#[test]
fn truth_4_unknown_is_neither_nothing_nor_full() {
    let mut app = app(&["blank"]);
    answer(&mut app, 0, Quota::Finite(2000), None, 10);
    let unknown = row(&mut app, "blank");
    assert!(unknown.contains("? / 2,000") && unknown.contains("·?·") && unknown.contains("use not known"), "{unknown}");
    assert!(!unknown.contains('%') && !unknown.contains('█'), "{unknown}");
    let all = details(&mut app, (120, 40));
    assert!(all.contains("balance   ?") && all.contains("plan      ?"), "{all}");
}

#[test]
fn truth_4_a_cap_that_is_not_told_is_not_taken_for_none() {
    let mut app = accounts(&[("work", 1), ("other", 2)]);
    for index in 0..2 {
        answer(&mut app, index, Quota::Finite(2000), Some([100.0, 200.0][index]), 10);
        caps(&mut app, index, Some(cap(1.0, 8.33, None)), None);
    }
    let plan = Subscription {
        price: None,
        custom: Some(true),
        anchor: None,
        four_hour: Capping::Capped(cap(1.0, 8.33, None)),
        monthly: Capping::NotTold,
        renews_at: None,
    };
    learn(&mut app, 0, PartAnswer::Caps(Some(plan.clone())));
    let shown = row(&mut app, "work");
    assert!(shown.contains("month: ? cap not told") && !shown.contains('★'), "{shown}");
    let all = details(&mut app, (120, 40));
    assert!(all.contains("month     ? the server does not tell this cap") && !all.contains("no monthly cap"), "{all}");
    press(&mut app, "\u{1b}");
    let neither = Subscription { four_hour: Capping::NotTold, ..plan };
    learn(&mut app, 0, PartAnswer::Caps(Some(neither)));
    assert!(row(&mut app, "work").contains("4h and month: ? caps not told"), "{}", row(&mut app, "work"));
}

#[test]
fn truth_5_one_account_is_counted_once_and_its_keys_are_marked() {
    let mut app = accounts(&[("work", 1), ("laptop", 1), ("other", 2)]);
    for index in 0..3 {
        answer(&mut app, index, Quota::Finite(2000), Some(500.0), 10);
    }
    let shown = screen(&mut app, (120, 40));
    assert!(shown.contains("3 keys, 2 accounts · 3,000 of 4,000 left today"), "{shown}");
    let old = screen_at(&mut app, (120, 40), TimeDelta::minutes(9));
    assert!(old.contains("3,000 of 4,000 left today · 2 accounts stale"), "{old}");
    assert!(row(&mut app, "work =").contains("shares quota with laptop"));
    assert!(row(&mut app, "laptop =").contains("shares quota with work"));
    assert!(!row(&mut app, "other").contains('='));
    assert!(details(&mut app, (80, 60)).contains("shares    quota with laptop"));
}

#[test]
fn truth_6_rows_stay_whatever_is_learned() {
    let mut app = app(&["one", "two", "three"]);
    press(&mut app, "ssssf");
    press(&mut app, "fff");
    let order: Vec<CredentialId> = app.rows().to_vec();
    for (index, used) in [(0, 1900.0), (1, 1900.0), (2, 10.0)] {
        answer(&mut app, index, Quota::Finite(2000), Some(used), 10);
    }
    assert!(row(&mut app, "three").contains("●★ three"));
    // That two of them are one account's is learned late.
    for index in [0, 2] {
        let same = crate::domain::account::Account::new(Some(&"a".repeat(32)), None, None, 0);
        super::account::learn(&mut app, index, crate::domain::usage::part::PartAnswer::Account(same));
    }
    assert_eq!(app.rows(), order, "marked, not moved");
    assert!(row(&mut app, "three").contains("three ="));
    answer(&mut app, 0, Quota::Finite(2000), Some(10.0), 5);
    answer(&mut app, 1, Quota::Finite(2000), Some(10.0), 4);
    let mut starred = |seconds| {
        ["one", "two", "three"].map(|label| row_at(&mut app, label, TimeDelta::seconds(seconds)).contains("★"))
    };
    let first = starred(0);
    assert_eq!(first.iter().filter(|has_star| **has_star).count(), 1);
    assert_eq!((starred(1), starred(2)), (first, first), "of equals it stays where it is");
    assert_eq!(app.rows(), order);
}

#[test]
fn truth_7_every_state_can_be_told_apart_without_colour() {
    for theme in [monochrome(), monochrome().ascii()] {
        let marks = theme.marks;
        let mut all = rich();
        let shown = text(&terminal(&mut all, (120, 40), &theme));
        let starts = |mark: &str, label: &str| shown.lines().any(|line| line.contains(&format!("{mark}  {label}")));
        let states = [
            (marks.fresh, "lab"),
            (marks.low, "batch"),
            (marks.nearly_out, "night"),
            (marks.used_up, "alice"),
            (marks.stale, "old laptop"),
            (marks.failed, "bob"),
            (marks.no_quota, "card"),
            (marks.unknown, "blank"),
            (marks.asking, "flaky"),
        ];
        let different: std::collections::BTreeSet<&str> = states.iter().map(|(mark, _)| *mark).collect();
        assert_eq!(different.len(), states.len(), "no two states look alike");
        for (mark, label) in states {
            assert!(starts(mark, label), "{mark} {label} in {shown}");
        }
        assert!(shown.contains(&format!("{}{} free", marks.unlimited, marks.best)), "{shown}");
    }
}

#[test]
fn what_comes_when_all_is_used_up_is_said() {
    let mut app = accounts(&[("paid", 1), ("empty", 2), ("blank", 3)]);
    for index in 0..3 {
        answer(&mut app, index, Quota::Finite(300), Some(300.9), 10);
    }
    account(&mut app, 0, Some(7.35), 0);
    account(&mut app, 1, Some(0.0), 0);
    assert!(row(&mut app, "paid").contains("look 19:52, paid from balance $7.35"), "{}", row(&mut app, "paid"));
    assert!(row(&mut app, "empty").contains("next look 19:52, refused (402)"));
    assert!(row(&mut app, "blank").trim_end_matches(['|', ' ']).ends_with("used up, next look 19:52"));
    press(&mut app, "x");
    let masked = row(&mut app, "key 1");
    assert!(masked.contains("paid from balance") && !masked.contains("7.35"), "{masked}");
}
