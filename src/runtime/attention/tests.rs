use std::time::Duration;

use chrono::FixedOffset;
use pretty_assertions::assert_eq;

use super::*;
use crate::app::configured::Configured;
use crate::app::{Message, Setup};
use crate::config::alerts::Quiet;
use crate::domain::credential::{CredentialId, Identity};
use crate::domain::quota::{Quota, QuotaUsage};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::Zone;
use crate::domain::threshold::{Rules, Threshold, Thresholds};
use crate::domain::usage::Update;
use crate::domain::window::next_daily_reset;

fn now() -> DateTime<Utc> {
    "2026-11-23T12:00:30Z".parse().unwrap()
}

/// An app whose keys have all of 1,000 requests left.
fn app(names: &[&str]) -> App {
    let identity = |(index, name): (usize, &&str)| Identity {
        thresholds: crate::domain::threshold::Thresholds::default(),
        id: CredentialId::new(index),
        labels: vec![(*name).to_owned()],
        key_hint: String::new(),
        account: None,
    };
    let mut app = App::new(Setup {
        identities: names.iter().enumerate().map(identity).collect(),
        interval: Duration::from_mins(5),
        zone: Zone::Fixed(FixedOffset::east_opt(3600).unwrap()),
        notices: Vec::new(),
        demo: false,
        masked: false,
        key_file: None,
    });
    (0..names.len()).for_each(|id| answer(&mut app, id, 0.0));
    app
}

fn answer(app: &mut App, id: usize, used: f64) {
    let usage = QuotaUsage::new(Quota::Finite(1000), Some(used));
    let snapshot = Snapshot { usage, reset_at: next_daily_reset(now()), fetched_at: now() };
    let (id, result, interval) = (CredentialId::new(id), Ok(snapshot), Duration::from_mins(5));
    let update = Update::Answered { id, result, at: now(), next_refresh: None, interval };
    let _drawing = app.update(Message::Update(update), now());
}

fn mask(app: &mut App) {
    let key = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char('x'));
    let _drawing = app.update(Message::Key(key), now());
}

fn attention(app: &App, alerts: Alerts) -> Attention {
    let mut attention = Attention::new(alerts, true, false, now());
    assert_eq!(attention.raise(app, now()), Raised::default(), "quiet at the start");
    attention
}

fn sequences(alerts: Alerts, in_tmux: bool) -> String {
    let mut app = app(&["work; \u{e9}"]);
    let mut attention = Attention { in_tmux, ..attention(&app, alerts) };
    answer(&mut app, 0, 855.0);
    let raised = attention.raise(&app, now());
    assert_eq!(attention.raise(&app, now()), Raised::default(), "once is enough");
    raised.sequences
}

fn osc(osc: Osc) -> Alerts {
    Alerts { osc: Some(osc), ..Alerts::default() }
}

#[test]
fn a_crossing_rings_and_notifies_as_was_asked_for() {
    const TEXT: &str = "work, \u{e9}: 14 % left of day (855 / 1,000)";
    assert_eq!(sequences(Alerts { bell: true, ..Alerts::default() }, false), "\x07");
    assert_eq!(sequences(Alerts { bell: true, ..osc(Osc::Nine) }, false), format!("\x07\x1b]9;{TEXT}\x1b\\"));
    assert_eq!(sequences(osc(Osc::SevenSevenSeven), false), format!("\x1b]777;notify;chutes-top;{TEXT}\x1b\\"));
    assert_eq!(sequences(osc(Osc::NinetyNine), false), format!("\x1b]99;;{TEXT}\x1b\\"));
    let wrapped = format!("\x1bPtmux;\x1b\x1b]9;{TEXT}\x1b\x1b\\\x1b\\");
    assert_eq!(sequences(osc(Osc::Nine), true), wrapped);
    assert_eq!(sequences(Alerts::default(), false), "", "off by default");
}

#[test]
fn a_program_is_told_the_facts_the_desktop_a_line_and_no_name_that_is_masked() {
    let mut app = app(&["work"]);
    let mut attention =
        attention(&app, Alerts { desktop: true, command: vec!["tell".to_owned()], ..Alerts::default() });
    mask(&mut app);
    answer(&mut app, 0, 980.5);
    let raised = attention.raise(&app, now());
    assert_eq!(raised.notes, ["key 1: 1 % left of day (980.5 / 1,000)"]);
    let [run] = raised.runs.as_slice() else { panic!("{raised:?}") };
    assert_eq!(run.command, ["tell"]);
    let facts: Vec<String> = run.facts.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let expected = [
        "CHUTES_ALERT_TEXT=key 1: 1 % left of day (980.5 / 1,000)",
        "CHUTES_ALERT_LABEL=key 1",
        "CHUTES_ALERT_WINDOW=day",
        "CHUTES_ALERT_LEVEL=critical",
        "CHUTES_ALERT_LEFT=19.5",
        "CHUTES_ALERT_LIMIT=1000",
        "CHUTES_ALERT_UNIT=requests",
        "CHUTES_ALERT_PERCENT=1.95",
        "CHUTES_ALERT_THRESHOLD=5%",
        "CHUTES_ALERT_EMPTY_AT=",
        "CHUTES_ALERT_RESET_AT=2026-11-24T00:00:00Z",
    ];
    assert_eq!(facts, expected);
}

#[test]
fn many_alerts_at_once_are_few_notifications() {
    let mut app = app(&["a", "b", "c", "d", "e"]);
    let mut attention = attention(&app, Alerts { bell: true, desktop: true, ..osc(Osc::Nine) });
    (0..5).for_each(|id| answer(&mut app, id, 1000.0));
    let Raised { sequences, notes, .. } = attention.raise(&app, now());
    assert_eq!((notes.len(), notes[3].as_str()), (4, "and 2 more"));
    assert_eq!((sequences.matches('\x07').count(), sequences.matches("\x1b]9;").count()), (1, 4));
    assert!(sequences.contains("]9;c: used up: day") && sequences.ends_with("]9;and 2 more\x1b\\"), "{sequences:?}");
}

#[test]
fn quiet_hours_are_those_of_the_readers_clock_and_nothing_is_made_up_for() {
    let time = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    // It is 13:00 there.
    for (from, to, is_quiet) in [(13, 14, true), (12, 13, false), (22, 7, false)] {
        let mut app = app(&["work"]);
        let quiet = Some(Quiet { from: time(from), to: time(to) });
        let mut attention = attention(&app, Alerts { quiet, desktop: true, ..osc(Osc::Nine) });
        answer(&mut app, 0, 900.0);
        let Raised { sequences, notes, .. } = attention.raise(&app, now());
        assert_eq!((sequences.is_empty(), notes.is_empty()), (is_quiet, is_quiet), "{from} to {to}");
        attention.alerts.quiet = None;
        assert_eq!(attention.raise(&app, now()), Raised::default());
    }
}

#[test]
fn what_was_told_of_a_key_is_known_when_others_go() {
    let mut app = app(&["a", "b"]);
    let mut attention = attention(&app, osc(Osc::Nine));
    answer(&mut app, 1, 850.0);
    assert!(attention.raise(&app, now()).sequences.contains("b: 15 % left"));
    let identities = vec![Identity { id: CredentialId::new(0), ..app.usage().credentials()[1].identity().clone() }];
    let before = [Some(CredentialId::new(1))];
    attention.exchange(&before);
    let _drawing = app.update(Message::Exchanged { identities, before: before.to_vec() }, now());
    assert_eq!(attention.raise(&app, now()), Raised::default(), "it was told before");
    answer(&mut app, 0, 970.0);
    assert!(attention.raise(&app, now()).sequences.contains("b: 3 % left"));
}

#[test]
fn an_edit_of_a_threshold_is_told_where_it_makes_low_what_was_not() {
    let mut app = app(&["a", "b"]);
    answer(&mut app, 0, 300.0);
    answer(&mut app, 1, 850.0);
    let mut attention = attention(&app, osc(Osc::Nine));
    let mut edit = |low: &str| {
        let low = Thresholds::said(Some(Threshold::parse(low).unwrap()), None);
        let rules = Some(Rules::new(low, []));
        let _drawing = app.update(Message::Configured(Configured { rules, ..Configured::default() }), now());
        attention.raise(&app, now()).sequences
    };
    assert_eq!(edit("30%"), "", "b was low before");
    let raised = edit("80%");
    assert!(raised.contains("a: 70 % left") && !raised.contains("b: "), "{raised:?}");
    assert_eq!(edit("90%"), "", "once is enough");
}

#[test]
fn the_title_tells_the_worst_key_and_is_set_when_it_changes() {
    let mut app = app(&["work", "lab"]);
    let mut attention = Attention::new(Alerts::default(), true, false, now());
    assert_eq!(attention.retitle(&app, now()).as_deref(), Some("\x1b]2;work 100 % left - chutes-top\x1b\\"));
    assert_eq!(attention.retitle(&app, now()), None);
    answer(&mut app, 1, 850.0);
    assert_eq!(attention.retitle(&app, now()).as_deref(), Some("\x1b]2;lab 15 % left - chutes-top\x1b\\"));
    mask(&mut app);
    assert_eq!(attention.retitle(&app, now()).as_deref(), Some("\x1b]2;key 2 15 % left - chutes-top\x1b\\"));
    attention.forget_title();
    assert!(attention.retitle(&app, now()).is_some());
    answer(&mut app, 0, 1000.0);
    assert_eq!(attention.retitle(&app, now()).as_deref(), Some("\x1b]2;key 1 used up - chutes-top\x1b\\"));
    assert_eq!(Attention::default().retitle(&app, now()), None);
}
