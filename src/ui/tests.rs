//! Every screen at its sizes, and the awkward states, looked at and then kept as snapshots.

mod account;
mod chutes;
mod layouts;
mod low;
mod mask;
mod rows;
mod second;
mod themes;
mod truth;

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier, Style};

use crate::app::{App, Message, Setup};
use crate::domain::credential::{CredentialId, Identity};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::quota::{Quota, QuotaUsage};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::Zone;
use crate::domain::usage::Update;
use crate::palette::{Depth, Palette};
use crate::ui::theme::Theme;

const INTERVAL: Duration = Duration::from_mins(5);

fn now() -> DateTime<Utc> {
    "2026-11-23T18:47:20Z".parse().unwrap()
}

fn identity(index: usize, label: &str) -> Identity {
    Identity {
        thresholds: crate::domain::threshold::Thresholds::default(),
        id: CredentialId::new(index),
        labels: vec![label.to_owned()],
        key_hint: "cpk_ab12".to_owned(),
        account: None,
    }
}

fn app(labels: &[&str]) -> App {
    app_of(labels.iter().enumerate().map(|(index, label)| identity(index, label)).collect())
}

fn app_of(identities: Vec<Identity>) -> App {
    let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
    App::new(Setup {
        identities,
        interval: INTERVAL,
        zone,
        notices: Vec::new(),
        demo: false,
        masked: false,
        key_file: Some("~/.config/chutes-top/env".to_owned()),
    })
}

fn tell(app: &mut App, update: Update) {
    let _ = app.update(Message::Update(update), now());
}

/// An answer that is `age` seconds old and is followed by the next one an interval later.
fn answer(app: &mut App, index: usize, quota: Quota, used: Option<f64>, age: i64) {
    let at = now() - TimeDelta::seconds(age);
    let snapshot = Snapshot::new(QuotaUsage::new(quota, used), at, at);
    let next_refresh = Some((at + TimeDelta::seconds(300)).max(now() + TimeDelta::seconds(30)));
    let id = CredentialId::new(index);
    tell(app, Update::Answered { id, result: Ok(snapshot), at, next_refresh, interval: INTERVAL });
}

fn fail(app: &mut App, index: usize, failure: Failure, ago: i64, again_in: Option<i64>) {
    let (id, at) = (CredentialId::new(index), now() - TimeDelta::seconds(ago));
    let next_refresh = again_in.map(|seconds| now() + TimeDelta::seconds(seconds));
    tell(app, Update::Answered { id, result: Err(failure), at, next_refresh, interval: INTERVAL });
}

fn timeout() -> Failure {
    Failure::new(FailureKind::Timeout, "no whole answer within 10 s")
}

fn rejected() -> Failure {
    let message = "Invalid or missing authorization: the key is unknown, revoked, or restricted. \
                   Restricted keys can never read account data.";
    Failure::new(FailureKind::Unauthorized, message).with_status(401)
}

/// Every tier and state there is.
fn rich() -> App {
    let mut app = app(&[
        "work",
        "batch",
        "alice",
        "lab",
        "old laptop",
        "bob",
        "free",
        "card",
        "night",
        "shaky",
        "blank",
        "odd",
        "new",
        "yesterday",
        "flaky",
    ]);
    let finite = Quota::Finite;
    answer(&mut app, 0, finite(2000), Some(1262.3), 10);
    answer(&mut app, 1, finite(5000), Some(4321.7), 12);
    answer(&mut app, 2, finite(300), Some(300.9), 15);
    answer(&mut app, 3, finite(5001), Some(512.0), 80);
    answer(&mut app, 4, finite(200), Some(12.3), 640);
    fail(&mut app, 4, timeout(), 40, Some(20));
    fail(&mut app, 5, rejected(), 90, Some(58 * 60));
    answer(&mut app, 6, Quota::Unlimited, Some(77.0), 30);
    answer(&mut app, 7, finite(0), Some(3.0), 30);
    answer(&mut app, 8, finite(2000), Some(1950.0), 30);
    answer(&mut app, 9, finite(5000), Some(100.0), 200);
    fail(&mut app, 9, Failure::new(FailureKind::ServerError, "overloaded").with_status(503), 5, Some(120));
    answer(&mut app, 10, finite(2000), None, 30);
    answer(&mut app, 11, finite(12345), Some(0.04), 30);
    tell(&mut app, Update::Asking(CredentialId::new(12)));
    answer(&mut app, 13, finite(300), Some(250.0), 20 * 3600);
    answer(&mut app, 14, finite(300), Some(100.0), 30);
    tell(&mut app, Update::Asking(CredentialId::new(14)));
    app
}

/// A day on which nothing needs more than a glance.
fn calm() -> App {
    let mut app = app(&["work", "batch", "alice", "lab", "old laptop", "bob", "free"]);
    let finite = Quota::Finite;
    answer(&mut app, 0, finite(2000), Some(1262.3), 10);
    answer(&mut app, 1, finite(5000), Some(4321.7), 12);
    answer(&mut app, 2, finite(300), Some(300.9), 15);
    answer(&mut app, 3, finite(5001), Some(512.0), 10);
    answer(&mut app, 4, finite(200), Some(12.3), 640);
    fail(&mut app, 4, timeout(), 40, Some(20));
    fail(&mut app, 5, rejected(), 90, Some(58 * 60));
    answer(&mut app, 6, Quota::Unlimited, Some(77.0), 10);
    app
}

fn press(app: &mut App, keys: &str) {
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\u{1b}' => KeyCode::Esc,
            c => KeyCode::Char(c),
        };
        let _ = app.update(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)), now());
    }
}

/// Without colours.
fn monochrome() -> Theme {
    Theme::of(&Palette::default(), Depth::None)
}

fn terminal(app: &mut App, (columns, rows): (u16, u16), theme: &Theme) -> Terminal<TestBackend> {
    let _ = app.update(Message::Resized(columns, rows), now());
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| super::draw(frame, app, theme, now())).unwrap();
    terminal
}

/// The screen as text, a bar at the right edge of each line.
fn screen(app: &mut App, size: (u16, u16)) -> String {
    text(&terminal(app, size, &Theme::default()))
}

fn text(terminal: &Terminal<TestBackend>) -> String {
    let buffer = terminal.backend().buffer();
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            out.push_str(symbol);
            x += u16::try_from(unicode_width::UnicodeWidthStr::width(symbol)).unwrap().max(1);
        }
        out.push_str("|\n");
    }
    out
}

/// The screen as text, and under it how each cell looks, a letter each.
fn styled(app: &mut App, size: (u16, u16), theme: &Theme) -> String {
    let terminal = terminal(app, size, theme);
    let buffer = terminal.backend().buffer();
    let base = theme.base.fg.unwrap_or(Color::Reset);
    let mut out = text(&terminal);
    out.push_str("\n. plain, d dim, b bold, v reversed");
    let roles = [
        ('q', "quiet", theme.quiet),
        ('g', "green", theme.ok),
        ('y', "yellow", theme.low),
        ('r', "red", theme.alarm),
        ('l', "light red", theme.nearly_out),
        ('c', "cyan", theme.accent),
        ('m', "magenta", theme.demo),
    ];
    let coloured = || roles.iter().filter_map(|(letter, name, style)| Some((*letter, *name, style.fg?)));
    for (letter, name, colour) in coloured() {
        let name = if let Color::Rgb(..) = colour { colour.to_string() } else { name.to_owned() };
        let _ = write!(out, ", {letter} {name}");
    }
    out.push_str("; capital: bold\n");
    if theme.base != Style::new() {
        let _ = writeln!(out, "plain is {base} on {}", theme.base.bg.unwrap_or(Color::Reset));
    }
    for y in 0..buffer.area.height {
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let has = |modifier| cell.modifier.contains(modifier);
            let letter = match cell.fg {
                colour if colour == base && has(Modifier::REVERSED) => 'v',
                colour if colour == base && has(Modifier::DIM) => 'd',
                colour if colour == base && has(Modifier::BOLD) => 'b',
                colour if colour == base => '.',
                colour => coloured().find(|(.., known)| *known == colour).map(|(letter, ..)| letter).unwrap(),
            };
            assert_eq!(cell.bg, theme.base.bg.unwrap_or(Color::Reset), "a hole in the background at {x}, {y}");
            let bold = cell.fg != base && has(Modifier::BOLD);
            out.push(if bold { letter.to_ascii_uppercase() } else { letter });
        }
        let _ = writeln!(out, "|");
    }
    out
}

const SIZES: [(u16, u16); 4] = [(120, 40), (80, 24), (40, 10), (30, 3)];

/// One screen at each of its sizes.
fn at_sizes(app: &mut App, sizes: &[(u16, u16)]) -> String {
    let mut all = String::new();
    for &(columns, rows) in sizes {
        let _ = writeln!(all, "{columns}x{rows}\n{}", screen(app, (columns, rows)));
    }
    all
}

#[test]
fn the_dashboard() {
    insta::assert_snapshot!("dashboard", at_sizes(&mut rich(), &SIZES));
    insta::assert_snapshot!("dashboard_calm", screen(&mut calm(), (120, 16)));
}

#[test]
fn the_dashboard_in_colour_and_without() {
    insta::assert_snapshot!("dashboard_colour", styled(&mut rich(), (110, 20), &Theme::default()));
    insta::assert_snapshot!("dashboard_monochrome", styled(&mut rich(), (80, 20), &monochrome()));
    insta::assert_snapshot!("dashboard_ascii", styled(&mut rich(), (80, 20), &monochrome().ascii()));
}

#[test]
fn what_remains_by_the_clock_and_masked() {
    let mut app = rich();
    press(&mut app, "ucx");
    insta::assert_snapshot!("remaining_clock_masked", at_sizes(&mut app, &SIZES));
}

#[test]
fn details_of_each_state() {
    let mut app = rich();
    press(&mut app, "\n");
    insta::assert_snapshot!("details", at_sizes(&mut app, &SIZES));
    let mut all = String::new();
    for _ in 0..14 {
        press(&mut app, "\u{1b}j\n");
        all.push_str(&screen(&mut app, (80, 24)));
    }
    insta::assert_snapshot!("details_of_each_state", all);
    press(&mut app, "x");
    insta::assert_snapshot!("details_masked", styled(&mut app, (80, 24), &Theme::default()));
}

#[test]
fn a_picture_tells_how_far_it_can_be_scrolled() {
    let mut app = rich();
    let end = |app: &mut App, (columns, rows)| {
        let _ = app.update(Message::Resized(columns, rows), now());
        let mut end = u16::MAX;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| end = super::draw_to_scroll(frame, app, &monochrome(), now())).unwrap();
        let _ = app.update(Message::ScrollEnd(end), now());
        end
    };
    assert_eq!(end(&mut app, (40, 10)), 0, "the list scrolls by its selection");
    press(&mut app, "\n");
    let far = end(&mut app, (40, 10));
    assert!(far > 10 && end(&mut app, (40, 200)) == 0, "{far}");
    let _ = end(&mut app, (40, 10));
    press(&mut app, "G");
    assert_eq!(app.scroll(), far);
    assert!(screen(&mut app, (40, 10)).contains("interval"), "the last line");
    press(&mut app, "?");
    assert_eq!(end(&mut app, (40, 10)), 0, "the help knows its own end");
}

#[test]
fn details_scroll_to_their_last_line_and_no_further() {
    let mut app = rich();
    let _ = app.update(Message::Resized(40, 10), now());
    press(&mut app, "jjjj\nG");
    insta::assert_snapshot!("details_scrolled", screen(&mut app, (40, 10)));
    let mut all = String::new();
    for (columns, rows) in [(30, 10), (40, 10), (72, 7), (100, 9)] {
        let _ = app.update(Message::Resized(columns, rows), now());
        press(&mut app, "\u{1b}gjjjjj\nG");
        all.push_str(&screen(&mut app, (columns, rows)));
    }
    insta::assert_snapshot!("details_of_a_long_failure_scrolled", all);
}

#[test]
fn the_help() {
    let mut app = rich();
    let _ = app.update(Message::Notice("CHUTES_API_KEY_EMPTY is empty: skipped".to_owned()), now());
    let long = "a notice that is too long for one line of the help: ".repeat(3);
    let _ = app.update(Message::Notice(long), now());
    press(&mut app, "?");
    insta::assert_snapshot!("help", at_sizes(&mut app, &SIZES));
    press(&mut app, "G");
    insta::assert_snapshot!("help_end", screen(&mut app, (80, 24)));
}

#[test]
fn the_welcome() {
    insta::assert_snapshot!("welcome", at_sizes(&mut app(&[]), &SIZES));
}

#[test]
fn the_filter_being_edited() {
    let mut app = rich();
    press(&mut app, "/tier:p");
    insta::assert_snapshot!("filter", at_sizes(&mut app, &SIZES));
    let mut terminal = terminal(&mut app, (80, 24), &Theme::default());
    terminal.backend_mut().assert_cursor_position((9, 23));
    press(&mut app, &"long ".repeat(30));
    insta::assert_snapshot!("filter_long", screen(&mut app, (80, 24)));
}

#[test]
fn the_filter_kept() {
    let mut app = rich();
    press(&mut app, "/a\nsS");
    press(&mut app, "j");
    insta::assert_snapshot!("filter_kept", screen(&mut app, (120, 16)));
    press(&mut app, "/zzz\n");
    insta::assert_snapshot!("filter_without_a_match", screen(&mut app, (80, 12)));
    press(&mut app, "\u{1b}/is:nothing\n");
    insta::assert_snapshot!("filter_not_understood", screen(&mut app, (80, 12)));
}

#[test]
fn the_worker_held_back() {
    let mut all = String::new();
    let mut app = rich();
    tell(&mut app, Update::HostPaused(Some(now() + TimeDelta::minutes(18))));
    let _ = app.update(Message::Notice("one".to_owned()), now());
    let _ = app.update(Message::Notice("two".to_owned()), now());
    for columns in [120, 80, 40, 30] {
        all.push_str(&screen(&mut app, (columns, 5)));
    }
    press(&mut app, "p");
    for columns in [120, 80, 40, 30] {
        all.push_str(&screen(&mut app, (columns, 5)));
    }
    insta::assert_snapshot!("held_back", all);
    insta::assert_snapshot!("paused_rows", screen(&mut app, (120, 20)));
}

#[test]
fn the_start_and_the_demo() {
    let mut all = String::new();
    let mut app = app(&["one", "two", "three"]);
    all.push_str(&screen(&mut app, (100, 6)));
    let _ = app.update(Message::DemoStarted(vec![identity(0, "one"), identity(1, "two")]), now());
    tell(&mut app, Update::Asking(CredentialId::new(0)));
    answer(&mut app, 1, Quota::Finite(300), Some(10.0), 0);
    for columns in [120, 80, 40, 30] {
        all.push_str(&screen(&mut app, (columns, 6)));
    }
    insta::assert_snapshot!("start_and_demo", all);
}

/// Wide, combining, long and empty names, and numbers of any length.
fn hostile() -> App {
    let long = "x".repeat(300);
    let labels = [
        "日本語のとても長い名前です",
        "e\u{301}te\u{301}",
        &long,
        "",
        "👩‍🚀 crew",
        "[31m red",
        "ʘ‿ʘ",
        "1234567890123456789",
    ];
    let mut app = app(&labels);
    let quotas = [9_007_199_254_740_993, u64::MAX, 1, 300, 2000, 5001, 0, 999_999_999];
    for (index, quota) in quotas.into_iter().enumerate() {
        let used = [0.0, 1e300, -1e300, 0.000_1, f64::MAX, 999_999_999.0, 5.0, 123_456_789.9][index];
        answer(&mut app, index, Quota::Finite(quota), Some(used), 30);
    }
    let message = "日本".repeat(100);
    fail(&mut app, 1, Failure::new(FailureKind::Other, message).with_status(418), 3, None);
    app
}

#[test]
fn hostile_names_and_numbers() {
    insta::assert_snapshot!("hostile", at_sizes(&mut hostile(), &SIZES));
}

#[test]
fn no_size_is_too_odd() {
    for make in [rich as fn() -> App, hostile, || app(&[])] {
        for keys in ["", "\n", "\nG", "?", "?G", "/tier:p", "uxc", "jjjjjjj", "p+", "v", "vv", "jvvv"] {
            let mut app = make();
            press(&mut app, keys);
            // Nothing changes with each row of a high terminal.
            let rows = (0..20).chain([25, 44]);
            for columns in (0..130).step_by(if keys.is_empty() { 1 } else { 7 }) {
                for rows in rows.clone().step_by(if keys.is_empty() { 1 } else { 3 }) {
                    let _ = terminal(&mut app, (columns, rows), &Theme::default());
                }
            }
        }
    }
}

#[test]
fn a_frame_of_another_size_than_the_app_was_told_is_safe() {
    let mut app = rich();
    press(&mut app, "G");
    let _ = app.update(Message::Resized(200, 100), now());
    let mut terminal = Terminal::new(TestBackend::new(40, 4)).unwrap();
    terminal.draw(|frame| super::draw(frame, &app, &Theme::default(), now())).unwrap();
}
