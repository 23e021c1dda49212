//! The second line of a credential.

use pretty_assertions::assert_eq;

use super::account::{accounts, cap, caps, learn, steady, whole};
use super::*;
use crate::domain::activity::ChuteId;
use crate::domain::usage::part::{ChuteQuota, Part, PartAnswer, PartState};
use crate::domain::window::WindowKind;

const LARGE: (u16, u16) = (120, 40);

/// The two lines of a credential `later` than now.
fn lines_at(app: &mut App, label: &str, later: TimeDelta) -> [String; 2] {
    let _ = app.update(Message::Resized(LARGE.0, LARGE.1), now());
    let mut terminal = Terminal::new(TestBackend::new(LARGE.0, LARGE.1)).unwrap();
    terminal.draw(|frame| super::super::draw(frame, app, &monochrome(), now() + later)).unwrap();
    let screen = text(&terminal);
    let mut lines = screen.lines().skip_while(|line| !line.contains(label)).map(str::to_owned);
    [lines.next().unwrap(), lines.next().unwrap()]
}

fn second_at(app: &mut App, later: TimeDelta) -> String {
    let [_, second] = lines_at(app, "work", later);
    second.trim_matches(['▌', '|', ' ']).to_owned()
}

fn second(app: &mut App) -> String {
    second_at(app, TimeDelta::zero())
}

/// A key of which the day binds, by its forecast or not at all, and both caps are read.
fn subscriber() -> App {
    let mut app = accounts(&[("work", 1)]);
    answer(&mut app, 0, Quota::Finite(2000), Some(1262.3), 10);
    let eight = Some("2026-11-23T20:00:00Z");
    caps(&mut app, 0, Some(cap(3.3, 8.33, eight)), Some(cap(41.0, 100.0, Some("2026-12-10T09:30:15Z"))));
    app
}

#[test]
fn it_tells_the_other_windows_and_the_outlook() {
    let mut app = subscriber();
    steady(&mut app, 0, WindowKind::Daily, "2026-11-23T00:00:00Z", 1262.3);
    let told = second(&mut app);
    assert!(told.starts_with("4h  60 %  month  59 %") && told.ends_with("lasts to reset (≈81 % used)"), "{told}");
    press(&mut app, "u");
    assert!(second(&mut app).starts_with("4h  40 %  month  41 %"), "what is used, as in the row: {}", second(&mut app));
}

#[test]
fn a_window_that_is_not_current_says_so() {
    let mut app = subscriber();
    let after_eight = TimeDelta::minutes(75);
    for (later, cap_says) in [(TimeDelta::minutes(9), "4h stale  month stale"), (after_eight, "4h reset  month stale")]
    {
        let at = now() + later;
        let read = Snapshot::new(QuotaUsage::new(Quota::Finite(2000), Some(1300.0)), at, at);
        let id = CredentialId::new(0);
        tell(&mut app, Update::Answered { id, result: Ok(read), at, next_refresh: None, interval: INTERVAL });
        assert!(second_at(&mut app, later).starts_with(cap_says), "{}", second_at(&mut app, later));
    }
}

#[test]
fn in_a_stale_row_the_numbers_are_of_the_age_that_it_tells_and_nothing_is_foretold() {
    let mut app = subscriber();
    steady(&mut app, 0, WindowKind::Daily, "2026-11-23T00:00:00Z", 1262.3);
    let [first, _] = lines_at(&mut app, "work", TimeDelta::minutes(9));
    assert!(first.contains("9m stale"), "{first}");
    assert_eq!(second_at(&mut app, TimeDelta::minutes(9)), "4h  60 %  month  59 %");
}

#[test]
fn a_little_that_is_left_stands_out_while_it_is_current() {
    let mut app = accounts(&[("work", 1)]);
    answer(&mut app, 0, Quota::Finite(2000), Some(1960.0), 10);
    caps(&mut app, 0, Some(cap(7.5, 8.33, Some("2026-11-23T20:00:00Z"))), Some(cap(1.0, 100.0, None)));
    let looks = |app: &mut App, later| {
        let _ = app.update(Message::Resized(LARGE.0, LARGE.1), now());
        let mut terminal = Terminal::new(TestBackend::new(LARGE.0, LARGE.1)).unwrap();
        terminal.draw(|frame| super::super::draw(frame, app, &Theme::default(), now() + later)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        (0..LARGE.0)
            .map(|x| &buffer[(x, 4)])
            .filter(|cell| cell.symbol() != " ")
            .map(|cell| cell.fg)
            .collect::<Vec<_>>()
    };
    let theme = Theme::default();
    let low = looks(&mut app, TimeDelta::zero());
    assert_eq!(low.iter().filter(|colour| Some(**colour) == theme.low.fg).count(), "4h9%".len(), "{low:?}");
    let stale = looks(&mut app, TimeDelta::minutes(9));
    assert!(!stale.contains(&theme.low.fg.unwrap()), "{stale:?}");
}

#[test]
fn when_it_is_empty_is_told_where_the_first_line_tells_of_a_failure() {
    let mut app = subscriber();
    answer(&mut app, 0, Quota::Finite(1500), Some(1400.0), 10);
    steady(&mut app, 0, WindowKind::Daily, "2026-11-23T00:00:00Z", 1400.0);
    let [first, below] = lines_at(&mut app, "work", TimeDelta::zero());
    assert!(first.contains("empty ≈") && !below.contains("empty"), "{first}\n{below}");
    fail(&mut app, 0, timeout(), 0, Some(60));
    let [first, below] = lines_at(&mut app, "work", TimeDelta::zero());
    assert!(first.contains("retry") && !first.contains("empty") && below.contains("empty ≈"), "{first}\n{below}");
}

#[test]
fn the_day_of_an_unknown_count_keeps_the_first_line() {
    let mut app = subscriber();
    answer(&mut app, 0, Quota::Finite(2000), None, 5);
    let [first, below] = lines_at(&mut app, "work", TimeDelta::zero());
    assert!(first.contains("day ") && first.contains(" ? "), "{first}");
    assert!(below.contains("4h  60 %  month  59 %") && !below.contains("day"), "{below}");
    assert!(!below.contains("lasts") && !below.contains("early"), "{below}");
}

#[test]
fn what_could_not_be_read_has_an_empty_one() {
    let mut app = subscriber();
    let mut bob = accounts(&[("work", 1)]);
    fail(&mut bob, 0, rejected(), 90, Some(600));
    assert_eq!(second(&mut bob), "");
    tell(&mut app, Update::Part { id: CredentialId::new(0), result: Err((Part::Caps, timeout())), at: now() });
    assert!(second(&mut app).starts_with("4h  60 %"), "still of the last answer: {}", second(&mut app));
}

#[test]
fn there_are_second_lines_only_where_each_key_has_room_for_two() {
    let has_two = |size, keys: &str| {
        let mut app = whole();
        press(&mut app, keys);
        screen(&mut app, size).contains("4h  60 %")
    };
    assert!(has_two((120, 33), "") && !has_two((120, 32), ""), "14 keys, and 5 lines for the rest");
    assert!(has_two((80, 33), "") && !has_two((79, 40), "") && !has_two((120, 15), ""));
    assert!(!has_two((120, 40), "v"), "compact");
    // A filter lays nothing out anew.
    assert!(has_two((120, 40), "/work\n") && !has_two((120, 24), "/work\n"));
}

#[test]
fn the_hours_have_a_column_of_their_own_where_there_is_no_second_line() {
    assert!(screen(&mut whole(), (160, 24)).contains("REQUESTS BY HOUR"));
    assert!(!screen(&mut whole(), (160, 40)).contains("REQUESTS BY HOUR"));
}

#[test]
fn it_is_as_calm_in_ascii_and_without_colour() {
    insta::assert_snapshot!("second_lines", styled(&mut whole(), (120, 33), &Theme::default()));
    insta::assert_snapshot!("second_lines_ascii", styled(&mut whole(), (80, 33), &monochrome().ascii()));
}

#[test]
fn where_there_is_no_room_the_window_with_the_most_left_goes_first() {
    let mut app = subscriber();
    answer(&mut app, 0, Quota::Finite(2000), Some(1980.0), 10);
    let chute = ChuteId::parse("aaaaaaaa-0000-4000-8000-00000000000a").unwrap();
    let usage = QuotaUsage::new(Quota::Finite(100), Some(99.9));
    learn(&mut app, 0, PartAnswer::Quotas(vec![ChuteQuota { chute, count: PartState::learned(usage, now()) }]));
    let wide = |app: &mut App, columns| screen(app, (columns, 20)).lines().nth(4).unwrap().to_owned();
    assert!(wide(&mut app, 120).contains("day   1 %  4h  60 %  month  59 %"), "{}", wide(&mut app, 120));
    assert!(wide(&mut app, 80).contains("day   1 %  month  59 %"), "{}", wide(&mut app, 80));
}

#[test]
fn both_caps_have_room_at_80_columns_however_short_names_and_tiers_are() {
    let both = |app: &mut App| screen(app, (80, 40)).contains("4h  60 %  month  59 %");
    assert!(both(&mut subscriber()) && both(&mut whole()));
}
