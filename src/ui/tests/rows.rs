//! What a failed refresh, a pause and a narrow screen must not hide, and columns that stay where they are.

use super::account::{account, accounts, cap, caps};
use super::*;
use crate::domain::usage::Stretch;

/// The row of a credential on a screen of that many columns.
fn row(app: &mut App, label: &str, columns: u16) -> String {
    let screen = screen(app, (columns, 24));
    screen.lines().skip(1).find(|line| line.contains(label)).unwrap_or_default().to_owned()
}

fn overloaded() -> Failure {
    Failure::new(FailureKind::ServerError, "overloaded").with_status(503)
}

/// Credentials that were read a minute ago and failed just now.
fn failing() -> App {
    let mut app = app(&["work", "alice", "free", "card"]);
    let quotas =
        [(Quota::Finite(2000), 1262.3), (Quota::Finite(300), 300.9), (Quota::Unlimited, 1.0), (Quota::Finite(0), 3.0)];
    for (index, (quota, used)) in quotas.into_iter().enumerate() {
        answer(&mut app, index, quota, Some(used), 60);
        fail(&mut app, index, overloaded(), 5, Some(15 * 60));
    }
    app
}

#[test]
fn a_failure_says_when_it_is_tried_again_and_then_why() {
    let mut app = failing();
    for (columns, remark) in [(120, "15m: server error (503)"), (100, "retry 15m: 503"), (80, "retry 15m: 503")] {
        for label in ["work", "alice", "free", "card"] {
            let row = row(&mut app, label, columns);
            assert!(row.contains(remark) && !row.contains('…'), "{row}");
        }
    }
    fail(&mut app, 0, rejected(), 5, Some(58 * 60));
    assert!(row(&mut app, "work", 80).contains("retry 58m: 401"), "{}", row(&mut app, "work", 80));
}

#[test]
fn a_stale_row_with_a_wide_name_and_tier_says_why_at_80_columns() {
    let wide = "a-name-of-many-words";
    for (quota, used) in [(Quota::Finite(5001), 12.0), (Quota::Finite(0), 3.0), (Quota::Unlimited, 3.0)] {
        let mut app = app(&[wide, "card"]);
        answer(&mut app, 0, quota, Some(used), 3600);
        answer(&mut app, 1, Quota::Finite(0), Some(3.0), 3600);
        fail(&mut app, 0, timeout(), 5, Some(15 * 60));
        let row = row(&mut app, "a-name-", 80);
        assert!(row.contains("retry 15m: timeout") && row.contains("…"), "{row}");
    }
}

#[test]
fn a_rejection_says_when_it_is_tried_again_at_any_width() {
    let mut app = rich();
    for (columns, words) in [
        (120, "rejected, retry in 58m: unknown, revoked or restricted key (401)"),
        (80, "rejected, retry 58m: key refused (401)"),
        (40, "rejected, retry 58m: 401"),
        (30, "retry 58m: 401"),
    ] {
        let row = row(&mut app, "bob", columns);
        assert!(row.contains(words), "{row}");
    }
}

#[test]
fn a_young_number_whose_refresh_failed_has_a_mark_of_its_own() {
    for theme in [monochrome(), monochrome().ascii()] {
        let shown = text(&terminal(&mut failing(), (40, 10), &theme));
        for label in ["work", "alice", "free", "card"] {
            assert!(shown.contains(&format!("{}  {label}", theme.marks.failing)), "{shown}");
        }
        assert_eq!(shown.matches("retry 15m: ").count(), 2, "of those without a gauge: {shown}");
        assert_eq!(shown.matches(" failed").count(), 2, "in the place of the reset: {shown}");
    }
}

#[test]
fn a_reset_that_is_not_read_yet_says_so_on_a_narrow_screen() {
    let mut app = app(&["yesterday"]);
    answer(&mut app, 0, Quota::Finite(300), Some(250.0), 20 * 3600);
    for columns in [30, 40, 70] {
        assert!(row(&mut app, "yest", columns).contains("reset, checking…"), "{}", row(&mut app, "yest", columns));
    }
    fail(&mut app, 0, timeout(), 5, Some(60));
    assert!(row(&mut app, "yest", 40).contains("reset, retry 1m: timeout"), "{}", row(&mut app, "yest", 40));
}

/// Where a word of the titles stands.
fn titles(app: &mut App, columns: u16) -> Vec<usize> {
    let shown = screen(app, (columns, 10));
    let line = shown.lines().nth(1).unwrap_or_default();
    ["TIER", "WINDOW", "LEFT", "RESET", "AGE"].iter().map(|title| line.find(title).unwrap()).collect()
}

#[test]
fn columns_stay_where_they_are_whatever_is_in_sight_or_fails() {
    let mut labels = vec!["a"; 30];
    labels[29] = "a much longer name";
    for columns in [80, 120] {
        let mut app = app(&labels);
        for index in 0..30 {
            answer(&mut app, index, Quota::Finite(if index == 29 { 12_345 } else { 300 }), Some(5.0), 10);
        }
        let before = titles(&mut app, columns);
        press(&mut app, "G");
        assert_eq!(titles(&mut app, columns), before, "scrolled");
        fail(&mut app, 3, overloaded(), 5, Some(60));
        assert_eq!(titles(&mut app, columns), before, "failing");
        answer(&mut app, 29, Quota::Finite(300), Some(5.0), 3600);
        assert_eq!(titles(&mut app, columns), before, "narrower, old and stale");
    }
}

#[test]
fn columns_grow_with_what_is_learned_and_begin_anew_with_the_demo() {
    let mut app = accounts(&[("work", 1), ("laptop", 2)]);
    answer(&mut app, 0, Quota::Finite(2000), Some(5.0), 10);
    assert!(!row(&mut app, "work", 40).contains(" day "));
    caps(&mut app, 0, Some(cap(8.2, 8.33, Some("2026-11-23T20:00:00Z"))), None);
    assert!(row(&mut app, "work", 40).contains(" 4h "), "a window beside the day needs its name");
    let _ = app.update(Message::DemoStarted(vec![identity(0, "demo")]), now());
    answer(&mut app, 0, Quota::Finite(2000), Some(5.0), 10);
    assert!(!row(&mut app, "demo", 40).contains(" day "));
}

#[test]
fn the_header_stays_in_its_place_whatever_the_worker_does() {
    for columns in [40, 80, 120] {
        let mut app = app(&["work", "batch"]);
        for index in 0..2 {
            answer(&mut app, index, Quota::Finite(2000), Some(500.0), 10);
        }
        let place = |app: &mut App| {
            let first = screen(app, (columns, 10)).lines().next().unwrap_or_default().to_owned();
            (first.find("5h 12m"), first)
        };
        let (resting, first) = place(&mut app);
        assert!(first.contains('●'), "{first}");
        tell(&mut app, Update::Asking(CredentialId::new(0)));
        assert_eq!(place(&mut app).0, resting, "{first} {}", place(&mut app).1);
        press(&mut app, "p");
        assert_eq!(place(&mut app).0, resting, "{first} {}", place(&mut app).1);
        assert!(place(&mut app).1.contains("paused"));
    }
}

#[test]
fn neither_what_is_missing_nor_a_notice_hides_what_the_worker_does() {
    let mut app = failing();
    fail(&mut app, 1, rejected(), 5, Some(58 * 60));
    let _ = app.update(Message::Notice("one".to_owned()), now());
    for columns in [30, 40, 80, 120] {
        assert!(screen(&mut app, (columns, 10)).lines().next().unwrap_or_default().contains('●'), "{columns}");
    }
}

#[test]
fn while_paused_the_keys_say_so() {
    let mut app = failing();
    assert!(screen(&mut app, (120, 10)).contains("p pause"));
    press(&mut app, "p");
    assert!(screen(&mut app, (120, 10)).contains("p resume"));
    press(&mut app, "\n");
    let details = screen(&mut app, (120, 60));
    assert!(details.contains("paused: p resumes") && !details.contains("r asks"), "{details}");
    press(&mut app, "r");
    assert!(screen(&mut app, (80, 10)).contains("polling is paused: p resumes"));
}

#[test]
fn the_footer_offers_nothing_that_has_no_row_to_act_on() {
    let mut app = failing();
    press(&mut app, "/nobody\n");
    let shown = screen(&mut app, (120, 10));
    assert!(!shown.contains("r refresh") && !shown.contains("Enter details") && shown.contains("R all"), "{shown}");
}

#[test]
fn details_tell_how_often_a_key_is_asked_and_why() {
    let interval = |app: &mut App| {
        let shown = screen(app, (120, 60));
        let line = shown.lines().find(|line| line.contains(" interval ")).unwrap_or_default().to_owned();
        line.split("interval").nth(1).unwrap_or_default()[..45].trim().to_owned()
    };
    let mut app = app(&["work", "alice", "bob"]);
    answer(&mut app, 0, Quota::Finite(2000), Some(500.0), 10);
    answer(&mut app, 1, Quota::Finite(300), Some(300.9), 10);
    fail(&mut app, 2, rejected(), 90, Some(58 * 60));
    press(&mut app, "\n");
    assert_eq!(interval(&mut app), "5m");
    let snapshot = *app.usage().credentials()[0].baseline().unwrap();
    let (id, at) = (CredentialId::new(0), now());
    let stretched = Duration::from_mins(7);
    tell(&mut app, Update::Answered { id, result: Ok(snapshot), at, next_refresh: None, interval: stretched });
    assert_eq!(interval(&mut app), "7m: 5m would be too many requests");
    press(&mut app, "-");
    assert_eq!(interval(&mut app), "2m", "not known yet");
    press(&mut app, "\u{1b}j\n");
    assert_eq!(interval(&mut app), "hourly while used up");
    press(&mut app, "\u{1b}j\n");
    assert_eq!(interval(&mut app), "hourly while refused");
}

#[test]
fn a_row_without_included_requests_does_not_read_as_one_with_its_tier() {
    let mut app = accounts(&[("card", 1), ("stale", 2)]);
    answer(&mut app, 0, Quota::Finite(0), Some(3.0), 10);
    account(&mut app, 0, Some(12.4), 0);
    answer(&mut app, 1, Quota::Finite(300), Some(200.0), 3600);
    for (columns, paid) in
        [(80, "balance $12.40"), (120, "paid from balance $12.40"), (160, "paid from balance $12.40")]
    {
        let (card, stale) = (row(&mut app, "card", columns), row(&mut app, "stale", columns));
        let place = |row: &str, text: &str| {
            row.split(text).next().filter(|before| *before != row).map(|before| before.chars().count())
        };
        assert_eq!(place(&card, paid), place(&stale, "stale, "), "in the column of remarks: {card} {stale}");
        assert!(card.contains(if columns == 80 { "payg     " } else { "pay as you go     " }), "{card}");
    }
    assert!(row(&mut app, "card", 40).contains("paid from balance $12.40"));
    answer(&mut app, 1, Quota::Finite(0), Some(0.0), 10);
    press(&mut app, "v");
    let compact = row(&mut app, "stale", 80);
    assert!(
        compact.contains("payg") && compact.contains("no daily quota") && compact.matches("pay").count() == 1,
        "{compact}"
    );
}

#[test]
fn no_word_of_ours_is_beyond_ascii_where_the_terminal_is_not() {
    let theme = monochrome().ascii();
    for make in [rich as fn() -> App, failing, super::account::whole, || app(&[])] {
        let mut app = make();
        tell(&mut app, Update::Asking(CredentialId::new(0)));
        for keys in ["", "j", "?", "\u{1b}/x", "\u{1b}\n", "w", "\u{1b}p", "y"] {
            press(&mut app, keys);
            for size in [(160, 50), (80, 24), (40, 10)] {
                let shown = text(&terminal(&mut app, size, &theme));
                assert!(shown.is_ascii(), "{shown}");
            }
        }
    }
}

#[test]
fn a_stretched_interval_stands_in_the_header() {
    let mut app = app(&["one", "two"]);
    let stretch = Stretch { interval: Duration::from_secs(870), requests: 360, per_minute: 25 };
    tell(&mut app, Update::Stretched(Some(stretch)));
    let header = |app: &mut App, columns| screen(app, (columns, 24)).lines().next().unwrap_or_default().to_owned();
    let (wide, narrow) = (header(&mut app, 120), header(&mut app, 80));
    assert!(wide.contains("every 15m: 2 keys, 360 requests at 25/min"), "{wide}");
    assert!(narrow.contains("every 15m: 2 keys"), "{narrow}");
    tell(&mut app, Update::Stretched(None));
    assert!(!header(&mut app, 120).contains("every"));
}

#[test]
fn what_is_used_stands_below_what_is_used() {
    let mut app = rich();
    let shown = screen(&mut app, (120, 40));
    let rows = shown.lines().filter(|line| line.contains(" / ") && line.contains(" day "));
    let slashes: std::collections::BTreeSet<usize> =
        rows.map(|line| line.chars().position(|c| c == '/').unwrap()).collect();
    assert!(shown.matches(" / ").count() > 5 && slashes.len() == 1, "{shown}");
}

#[test]
fn on_a_wide_screen_there_is_room_to_say_all_of_a_key_that_is_used_up() {
    let mut app = accounts(&[("spent", 1)]);
    answer(&mut app, 0, Quota::Finite(300), Some(300.9), 10);
    account(&mut app, 0, Some(7.35), 0);
    let shown = screen(&mut app, (200, 40));
    assert!(shown.contains("used up, next look 19:52, paid from balance $7.35"), "{shown}");
}
