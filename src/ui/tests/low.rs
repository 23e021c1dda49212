//! What is said of the number that a threshold is about.

use super::account::{account, cap, caps, steady};
use super::*;
use crate::domain::threshold::{Rules, Threshold, Thresholds};
use crate::domain::window::WindowKind;

fn low(text: &str) -> Thresholds {
    Thresholds::said(Some(Threshold::parse(text).unwrap()), None)
}

/// `work` binds by its month, `batch` by its day, which runs out.
fn judged(text: &str) -> App {
    let mut app = super::app(&["work", "batch"]).judging_by(Rules::new(low(text), []));
    answer(&mut app, 0, Quota::Finite(2000), Some(1262.3), 10);
    answer(&mut app, 1, Quota::Finite(5000), Some(4321.7), 10);
    let four_hour = Some(cap(1.0, 8.33, Some("2026-11-23T20:00:00Z")));
    caps(&mut app, 0, four_hour, Some(cap(70.0, 100.0, Some("2026-12-10T09:30:15Z"))));
    steady(&mut app, 1, WindowKind::Daily, "2026-11-23T00:00:00Z", 4321.7);
    app
}

/// The line of a credential.
fn row(app: &mut App, name: &str, columns: u16) -> String {
    let screen = screen(app, (columns, 40));
    let is_of = |line: &&str| line.split_whitespace().take(3).any(|word| word == name);
    screen.lines().find(is_of).unwrap_or_default().to_owned()
}

#[test]
fn a_row_and_the_details_say_which_number_is_low() {
    for (threshold, name, expected) in [
        ("800", "work", "low: 737.7 requests left of day"),
        ("1000", "batch", "low: 678.3 requests left, empty ≈22:44"),
        ("$8", "work", "low: $7.33 left of 4h"),
        ("6h", "batch", "low: 2h 57m to empty, ≈22:44"),
        ("20%", "batch", "low, empty ≈22:44, 2h 16m before reset"),
    ] {
        let line = row(&mut judged(threshold), name, 160);
        assert!(line.contains(expected), "{threshold}: {line}");
    }
    let is_brief = |columns| row(&mut app_of_one(300.0), "work", columns).contains("low: 700 left");
    assert!((60..84).any(is_brief), "shorter where there is less room");
    for (threshold, keys, expected) in [
        ("800", "\n", "low: 737.7 requests left (under 800)"),
        ("$8", "\n", "low: $7.33 left (under $8.00)"),
        ("6h", "j\n", "low: 2h 57m to empty (under 6h)"),
    ] {
        let mut app = judged(threshold);
        press(&mut app, keys);
        let screen = screen(&mut app, (120, 40));
        assert!(screen.contains(expected), "{threshold}: {screen}");
    }
}

#[test]
fn the_line_and_the_title_say_it_too() {
    let mut app = judged("6h");
    press(&mut app, "/batch\nvv");
    let line = screen(&mut app, (60, 1));
    assert!(line.contains("▲ batch 2h 57m to empty"), "{line}");
    let mut app = judged("1000");
    press(&mut app, "/batch\nvv");
    assert!(screen(&mut app, (60, 1)).contains("▲ batch 678.3 left"));
    let mut app = app_of_one(300.0);
    assert_eq!(app.title(now()), "work 700 requests left - chutes-top");
    press(&mut app, "x");
    assert_eq!(app.title(now()), "key 1 700 requests left - chutes-top");
}

/// One credential of 1,000 requests, low under 800.
fn app_of_one(used: f64) -> App {
    let mut app = super::app(&["work"]).judging_by(Rules::new(low("800"), []));
    answer(&mut app, 0, Quota::Finite(1000), Some(used), 10);
    app
}

#[test]
fn a_low_balance_is_said_where_requests_are_paid_from_it() {
    let mut app = super::app(&["alice", "card", "work"]).judging_by(Rules::new(low("$10"), []));
    for (index, quota, used) in [(0, 300, 300.9), (1, 0, 3.0), (2, 2000, 100.0)] {
        answer(&mut app, index, Quota::Finite(quota), Some(used), 10);
        account(&mut app, index, Some(4.2), 0);
    }
    let mut row_of = |name| row(&mut app, name, 140);
    assert!(row_of("alice").contains("balance low: $4.20"));
    assert!(row_of("card").contains("▲") && row_of("card").contains("low, paid from balance $4.20"));
    assert!(!row_of("work").contains("low"), "most of its quota is there");
    press(&mut app, "\n");
    let details = screen(&mut app, (120, 40));
    assert!(details.contains("$4.20, low (under $10.00): pays for what is not"), "{details}");
    press(&mut app, "x");
    let masked = screen(&mut app, (120, 40));
    assert!(!masked.contains("4.20") && masked.contains("balance low"), "{masked}");
}
