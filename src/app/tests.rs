//! Keys in, state out.

mod configured;
mod first_run;
mod help;
mod lines;

use chrono::TimeDelta;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use rstest::rstest;

use super::keymap::{Action, BINDINGS, Mode};
use super::*;
use crate::domain::account::{Account, Cap, Capping, Subscription};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::past::{Past, PastQuery, Span};
use crate::domain::quota::{Quota, QuotaUsage};
use crate::domain::snapshot::Snapshot;
use crate::domain::typed::Typed;
use crate::domain::usage::Update;
use crate::domain::usage::part::PartAnswer;
use crate::domain::view::{QuickFilter, SortKey};
use crate::domain::window::WindowKind;

const NAMES: [&str; 6] = ["work", "batch", "alice", "lab", "key 10", "key 2"];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn noon() -> DateTime<Utc> {
    at("2026-11-23T12:00:30Z")
}

fn identities(names: &[&str]) -> Vec<Identity> {
    let identity = |(index, name): (usize, &&str)| Identity {
        thresholds: crate::domain::threshold::Thresholds::default(),
        id: CredentialId::new(index),
        labels: vec![(*name).to_owned()],
        key_hint: "cpk_0123".to_owned(),
        account: None,
    };
    names.iter().enumerate().map(identity).collect()
}

fn app_with(names: &[&str]) -> App {
    let setup = Setup {
        identities: identities(names),
        interval: Duration::from_mins(5),
        zone: Zone::Fixed(chrono::FixedOffset::east_opt(3600).unwrap()),
        notices: Vec::new(),
        demo: false,
        masked: false,
        key_file: None,
    };
    App::new(setup)
}

/// Six credentials: plus, pro low, base used up, pro custom, failed, not answered yet.
fn app() -> App {
    let mut app = app_with(&NAMES);
    for (index, limit, used) in [(0, 2000, 1262.3), (1, 5000, 4321.7), (2, 300, 300.9), (3, 5001, 512.0)] {
        answer(&mut app, index, limit, used, noon());
    }
    let failure = Failure::new(FailureKind::Unauthorized, "secret words of the server").with_status(401);
    report(&mut app, 4, Err(failure), noon());
    app
}

fn answer(app: &mut App, index: usize, limit: u64, used: f64, now: DateTime<Utc>) {
    let usage = QuotaUsage::new(Quota::Finite(limit), Some(used));
    report(app, index, Ok(Snapshot::new(usage, now, now)), now);
}

fn report(app: &mut App, index: usize, result: Result<Snapshot, Failure>, now: DateTime<Utc>) {
    let id = CredentialId::new(index);
    let update = Update::Answered { id, result, at: now, next_refresh: None, interval: Duration::from_mins(5) };
    assert_eq!(app.update(Message::Update(update), now), Effect::None);
}

/// The key events of a script: letters are themselves, others stand in `<>`: `jj<Enter>`, `<C-r>`.
fn keys(script: &str) -> Vec<KeyEvent> {
    let mut events = Vec::new();
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        let (name, after) = match rest.strip_prefix('<').and_then(|inside| inside.split_once('>')) {
            Some(named) => named,
            None => rest.split_at(first.len_utf8()),
        };
        rest = after;
        let code = match name {
            "Enter" => KeyCode::Enter,
            "Esc" => KeyCode::Esc,
            "Up" => KeyCode::Up,
            "Down" => KeyCode::Down,
            "Left" => KeyCode::Left,
            "Right" => KeyCode::Right,
            "PgUp" => KeyCode::PageUp,
            "PgDn" => KeyCode::PageDown,
            "Home" => KeyCode::Home,
            "End" => KeyCode::End,
            "Back" => KeyCode::Backspace,
            "F1" => KeyCode::F(1),
            "Tab" => KeyCode::Tab,
            other => KeyCode::Char(other.chars().last().unwrap()),
        };
        let modifiers = if name.starts_with("C-") { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
        events.push(KeyEvent::new(code, modifiers));
    }
    events
}

/// Presses the keys at noon, and gives the last effect.
fn press(app: &mut App, script: &str) -> Effect {
    keys(script).into_iter().map(|key| app.update(Message::Key(key), noon())).last().unwrap_or(Effect::None)
}

fn resize(app: &mut App, columns: u16, rows: u16) {
    assert_eq!(app.update(Message::Resized(columns, rows), noon()), Effect::None);
}

fn row_names(app: &App) -> Vec<String> {
    app.rows().iter().map(|id| app.usage().get(*id).unwrap().identity().name()).collect()
}

fn selected_name(app: &App) -> Option<String> {
    app.selected().map(|id| app.name(id))
}

#[rstest]
#[case("q", Effect::Quit)]
#[case("<C-c>", Effect::Quit)]
#[case("?q", Effect::Quit)]
#[case("<Enter>q", Effect::Quit)]
#[case("/<C-c>", Effect::Quit)]
#[case("/q", Effect::None)]
#[case("<Esc><Esc><Esc>", Effect::None)]
#[case("r", Effect::Refresh(CredentialId::new(0)))]
#[case("jr", Effect::Refresh(CredentialId::new(1)))]
#[case("<Enter><Right>r", Effect::Refresh(CredentialId::new(1)))]
#[case::nothing_selected("/zzz<Enter>r", Effect::None)]
#[case::nothing_to_copy("/zzz<Enter>y", Effect::None)]
#[case("R", Effect::RefreshAll)]
#[case("<C-r>", Effect::RefreshAll)]
#[case("p", Effect::SetPaused(true))]
#[case("pp", Effect::SetPaused(false))]
#[case("+", Effect::SetInterval(Duration::from_mins(10)))]
#[case("=", Effect::SetInterval(Duration::from_mins(10)))]
#[case("-", Effect::SetInterval(Duration::from_mins(2)))]
#[case::floor("----", Effect::None)]
#[case("<C-l>", Effect::Redraw)]
#[case("/<C-l>", Effect::Redraw)]
#[case("<C-z>", Effect::Suspend)]
#[case::welcome_only("d", Effect::None)]
fn keys_have_effects(#[case] script: &str, #[case] effect: Effect) {
    assert_eq!(press(&mut app(), script), effect);
}

#[rstest]
#[case("", Screen::Dashboard, Mode::List)]
#[case("<Enter>", Screen::Details, Mode::Details)]
#[case("<Enter><Esc>", Screen::Dashboard, Mode::List)]
#[case("?", Screen::Dashboard, Mode::Help)]
#[case("??", Screen::Dashboard, Mode::List)]
#[case("<F1>", Screen::Dashboard, Mode::Help)]
#[case("<Enter>?", Screen::Details, Mode::Help)]
#[case("<Enter>?<Esc>", Screen::Details, Mode::Details)]
#[case("<Enter>?<Esc><Esc>", Screen::Dashboard, Mode::List)]
#[case("/", Screen::Dashboard, Mode::Filter)]
#[case("/?", Screen::Dashboard, Mode::Filter)]
#[case("/<F1>", Screen::Dashboard, Mode::Help)]
#[case::editing_goes_on_after_the_help("/<F1><Esc>", Screen::Dashboard, Mode::Filter)]
#[case("/a<Enter>", Screen::Dashboard, Mode::List)]
#[case("/a<Esc>", Screen::Dashboard, Mode::List)]
#[case::no_row("/zzz<Enter><Enter>", Screen::Dashboard, Mode::List)]
fn keys_lead_to_screens(#[case] script: &str, #[case] screen: Screen, #[case] mode: Mode) {
    let mut app = app();
    let _effect = press(&mut app, script);
    assert_eq!((app.screen(), app.mode()), (screen, mode));
}

#[test]
fn escape_undoes_one_thing_at_a_time() {
    let mut app = app();
    let _effect = press(&mut app, "/a<Enter>f<Esc>");
    assert!(!app.filter().is_active());
    let _effect = press(&mut app, "f/a<Esc>");
    assert_eq!((app.filter().text(), app.filter().quick()), ("", QuickFilter::Low));
}

#[rstest]
#[case("", "work")]
#[case("j", "batch")]
#[case("<Down><Down>k", "batch")]
#[case("k", "work")]
#[case("G", "key 2")]
#[case("Gj", "key 2")]
#[case("<End><Home>", "work")]
#[case("Gg", "work")]
#[case("<PgDn>", "key 2")]
#[case("<PgDn><PgUp>", "work")]
#[case("<Enter><Right><Right><Left><Esc>", "batch")]
#[case::while_editing("/<Down>", "batch")]
fn the_selection_moves(#[case] script: &str, #[case] name: &str) {
    let mut app = app();
    let _effect = press(&mut app, script);
    assert_eq!(selected_name(&app).as_deref(), Some(name));
}

#[rstest]
#[case("s", "alice batch key_2 key_10 lab work", SortKey::Name)]
#[case("ss", "alice work batch lab key_10 key_2", SortKey::Tier)]
#[case("sss", "alice batch work lab key_10 key_2", SortKey::Left)]
#[case("sssS", "lab work batch alice key_10 key_2", SortKey::Left)]
#[case("ssss", "work batch alice lab key_10 key_2", SortKey::Age)]
#[case("sssss", "work batch alice lab key_10 key_2", SortKey::Configured)]
#[case("S", "key_2 key_10 lab alice batch work", SortKey::Configured)]
#[case("SS", "work batch alice lab key_10 key_2", SortKey::Configured)]
fn rows_are_sorted_and_the_unknown_come_last(#[case] script: &str, #[case] order: &str, #[case] key: SortKey) {
    let mut app = app();
    let _effect = press(&mut app, script);
    let names: Vec<String> = order.split(' ').map(|name| name.replace('_', " ")).collect();
    assert_eq!((row_names(&app), app.sort().key), (names, key));
    assert_eq!(selected_name(&app).as_deref(), Some("work"), "the selection stays with its credential");
}

#[rstest]
#[case("f", "batch")]
#[case("ff", "alice")]
#[case("fff", "key_10")]
#[case("ffff", "work batch alice lab key_10 key_2")]
#[case("/is:low", "batch")]
#[case("/IS:Exhausted", "alice")]
#[case("/is:error", "key_10")]
#[case("/!is:error !is:low", "work alice lab key_2")]
#[case("/PRO", "batch lab")]
#[case("/tier:pro", "batch lab")]
#[case("/tier:pro !tier:custom", "batch")]
#[case("/tier:custom", "lab")]
#[case("/tier:pl", "work")]
#[case("/tier:unknown", "key_10 key_2")]
#[case("/tier:payg", "")]
#[case("/key 2", "key_2")]
#[case("/a b", "batch alice lab")]
#[case::quick_and_text("f/a l", "")]
#[case::incomplete("/is:lo", "work batch alice lab key_10 key_2")]
#[case::incomplete("/is:", "work batch alice lab key_10 key_2")]
#[case::incomplete("/tier:", "work batch alice lab key_10 key_2")]
#[case::incomplete("/!", "work batch alice lab key_10 key_2")]
#[case::unknown("/is:lowish", "")]
#[case::unknown("/!is:lowish", "")]
#[case::unknown("/tier:gold", "")]
#[case::taken_back("/zz<Back><Back>", "work batch alice lab key_10 key_2")]
#[case::cleared("/lab<Esc>", "work batch alice lab key_10 key_2")]
#[case::kept("/lab<Enter>", "lab")]
fn the_filter_decides_what_is_shown(#[case] script: &str, #[case] shown: &str) {
    let mut app = app();
    let _effect = press(&mut app, script);
    let names: Vec<String> = shown.split_whitespace().map(|name| name.replace('_', " ")).collect();
    assert_eq!(row_names(&app), names);
    assert_eq!(app.hidden_rows(), NAMES.len() - names.len());
}

#[rstest]
#[case("/is:lowish", Some("unknown filter word: is:lowish"))]
#[case("/is:lo", None)]
#[case("/is:lo<Enter>", Some("incomplete filter word, left out: is:lo"))]
#[case("/is:low<Enter>", None)]
fn a_word_without_meaning_is_pointed_out(#[case] script: &str, #[case] hint: Option<&str>) {
    let mut app = app();
    let _effect = press(&mut app, script);
    assert_eq!(app.filter().hint().as_deref(), hint);
}

#[test]
fn stale_rows_can_be_filtered() {
    let mut app = app();
    let later = noon() + chrono::TimeDelta::minutes(8);
    answer(&mut app, 0, 2000, 1.0, later);
    for key in keys("/is:stale") {
        let _effect = app.update(Message::Key(key), later);
    }
    assert_eq!(row_names(&app), ["batch", "alice", "lab"]);
}

#[test]
fn an_answer_moves_no_row_and_hides_none() {
    let mut app = app();
    let _effect = press(&mut app, "sss");
    let before = app.rows().to_vec();
    answer(&mut app, 0, 2000, 2000.0, noon());
    assert_eq!(app.rows(), before);

    let _effect = press(&mut app, "f");
    assert_eq!(row_names(&app), ["batch"]);
    answer(&mut app, 1, 5000, 0.0, noon());
    answer(&mut app, 3, 5000, 4900.0, noon());
    assert_eq!(row_names(&app), ["batch"]);
    let _effect = press(&mut app, "ffff");
    assert_eq!(row_names(&app), ["lab"]);
}

#[test]
fn the_selection_survives_a_filter_that_nothing_matches() {
    let mut app = app();
    let _effect = press(&mut app, "jjj/zzz");
    assert_eq!((app.selected(), app.selected_row()), (None, None));
    let _effect = press(&mut app, "<Esc>");
    assert_eq!(selected_name(&app).as_deref(), Some("lab"));
}

#[test]
fn a_hidden_selection_goes_to_the_next_row_shown() {
    let mut app = app();
    let _effect = press(&mut app, "j/lab");
    assert_eq!(selected_name(&app).as_deref(), Some("lab"));
    let _effect = press(&mut app, "<Esc>");
    assert_eq!(selected_name(&app).as_deref(), Some("lab"));
}

#[test]
fn the_list_scrolls_only_when_the_selection_leaves_the_page() {
    let names: Vec<String> = (0..100).map(|index| format!("k{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut app = app_with(&names);
    resize(&mut app, 40, 10);
    let page = usize::from(app.layout().unwrap().list);
    assert_eq!(page, 8);
    for (script, row, first) in [
        ("jjjjjjj", 7, 0),
        ("j", 8, 1),
        ("kkkkkkk", 1, 1),
        ("k", 0, 0),
        ("<PgDn>", 8, 1),
        ("G", 99, 92),
        ("<PgUp>", 91, 91),
    ] {
        let _effect = press(&mut app, script);
        assert_eq!((app.selected_row(), app.first_row()), (Some(row), first), "{script}");
    }
    let _effect = press(&mut app, "G");
    resize(&mut app, 40, 30);
    let page = usize::from(app.layout().unwrap().list);
    assert_eq!(app.first_row(), 100 - page, "a larger page is filled");
    resize(&mut app, 10, 1);
    assert_eq!(app.first_row(), 100 - page, "nothing scrolls where nothing is shown");
}

#[test]
fn typed_and_pasted_controls_do_not_reach_the_filter() {
    let mut app = app();
    let _effect = app.update(Message::Paste(Typed::new("ignored".to_owned())), noon());
    let _effect = press(&mut app, "/a<\u{202e}><\u{7}>");
    let _effect = app.update(Message::Paste(Typed::new("\u{1b}[31ml\u{200b}i\r\nc".to_owned())), noon());
    assert_eq!((app.filter().text(), app.filter().cursor()), ("ali c", 5));
    let _effect = app.update(Message::Paste(Typed::new("é".repeat(500))), noon());
    assert_eq!(app.filter().text().chars().count(), filter::LIMIT);
    let _effect = press(&mut app, "x");
    assert_eq!(app.filter().text().chars().count(), filter::LIMIT);
    let _effect = press(&mut app, "<C-u><C-y><C-y>");
    assert_eq!(app.filter().text().chars().count(), filter::LIMIT);
}

#[test]
fn the_cursor_is_in_columns() {
    let mut app = app();
    let _effect = press(&mut app, "/日本x<Left>");
    assert_eq!(app.filter().cursor(), 4);
}

#[test]
fn every_character_is_text_while_the_filter_is_edited() {
    for c in ' '..='~' {
        let mut app = app();
        assert_eq!(press(&mut app, &format!("/{c}")), Effect::None);
        assert_eq!(app.filter().text(), c.to_string());
    }
}

#[test]
fn modifiers_are_taken_as_every_terminal_sends_them() {
    let shift_r = KeyEvent::new(KeyCode::Char('R'), KeyModifiers::SHIFT);
    let shift_small_r = KeyEvent::new(KeyCode::Char('r'), KeyModifiers::SHIFT);
    let ctrl_shift_c = KeyEvent::new(KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT);
    let alt_q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT);
    let alt_gr_q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::CONTROL | KeyModifiers::ALT);
    let released = KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
    let repeated = KeyEvent::new_with_kind(KeyCode::Char('j'), KeyModifiers::NONE, KeyEventKind::Repeat);
    let mut app = app();
    for (key, effect) in [
        (shift_r, Effect::RefreshAll),
        (shift_small_r, Effect::RefreshAll),
        (ctrl_shift_c, Effect::Quit),
        (alt_q, Effect::None),
        (alt_gr_q, Effect::None),
        (released, Effect::None),
        (repeated, Effect::None),
    ] {
        assert_eq!(app.update(Message::Key(key), noon()), effect, "{key:?}");
    }
    assert_eq!(app.selected_row(), Some(1), "only the repeated key moved");
}

#[test]
fn the_interval_is_held_to_what_is_allowed() {
    let mut app = app();
    let _effect = press(&mut app, "--");
    assert_eq!((app.interval().as_secs(), app.flash()), (60, Some("polling every 1m")));
    let _effect = press(&mut app, "--");
    assert_eq!((app.interval().as_secs(), app.flash()), (30, Some("30s is the shortest interval")));
    let _effect = press(&mut app, &"+".repeat(20));
    assert_eq!((app.interval().as_secs(), app.flash()), (86_400, Some("24h is the longest interval")));
    let _effect = press(&mut app, "j");
    assert_eq!(app.flash(), None, "the next key clears the line");
}

#[test]
fn switches_go_on_and_off() {
    let mut app = app();
    let _effect = press(&mut app, "ucxp");
    assert!(app.shows_remaining() && app.shows_clock() && app.is_masked() && app.is_paused());
    let _effect = press(&mut app, "<Enter>ucxp");
    assert!(!app.shows_remaining() && !app.shows_clock() && !app.is_masked() && !app.is_paused());
}

#[rstest]
#[case("y", "work · plus · 1,262.3 / 2,000 · 36 % left · resets 2026-11-24 01:00 · as of 2026-11-23 13:00")]
#[case("xy", "key 1 · plus · 1,262.3 / 2,000 · 36 % left · resets 2026-11-24 01:00 · as of 2026-11-23 13:00")]
#[case("jjjjy", "key 10 · ? · unknown, revoked or restricted key (401)")]
#[case("Gy", "key 2 · ? · not read yet")]
fn a_copied_row_has_nothing_of_the_key(#[case] script: &str, #[case] text: &str) {
    let mut app = app();
    assert_eq!(press(&mut app, script), Effect::Copy(text.to_owned()));
    assert_eq!(app.flash(), Some("sent to the clipboard (OSC 52)"));
}

#[test]
fn a_copied_row_names_the_window_that_binds() {
    let mut app = app();
    learn_caps(&mut app, 3);
    let Effect::Copy(text) = press(&mut app, "jjjy") else { panic!("nothing was copied") };
    assert!(text.ends_with(" · binding: 4h, $3.30 / $8.33, 60 % left"), "{text}");
}

#[test]
fn a_copied_row_tells_when_each_of_its_numbers_was_read() {
    let mut app = app();
    learn_caps(&mut app, 3);
    answer(&mut app, 3, 5001, 512.0, noon() + TimeDelta::minutes(20));
    let Effect::Copy(text) = press(&mut app, "jjjy") else { panic!("nothing was copied") };
    assert!(text.contains(" · as of 2026-11-23 13:20 · "), "{text}");
    assert!(text.ends_with("60 % left, as of 2026-11-23 13:00"), "{text}");
    let account = PartAnswer::Account(Account::new(None, None, Some(7.35), 0));
    let at = noon() - TimeDelta::hours(2);
    let paid = Update::Part { id: CredentialId::new(2), result: Ok(account), at };
    assert_eq!(app.update(Message::Update(paid), noon()), Effect::None);
    let Effect::Copy(text) = press(&mut app, "ky") else { panic!("nothing was copied") };
    assert!(text.ends_with(" · as of 2026-11-23 13:00 · balance $7.35, as of 2026-11-23 11:00"), "{text}");
    let Effect::Copy(text) = press(&mut app, "xy") else { panic!("nothing was copied") };
    assert!(!text.contains("7.35"), "{text}");
}

#[test]
fn a_row_copied_after_the_reset_has_no_numbers_of_the_day_before() {
    let mut app = app();
    let key = keys("y").remove(0);
    let effect = app.update(Message::Key(key), at("2026-11-24T00:00:00Z"));
    assert_eq!(effect, Effect::Copy("work · plus · reset, not read since".to_owned()));
}

#[test]
fn the_demo_starts_from_the_welcome_screen() {
    let (mut app, script) = (app_with(&[]), "d");
    assert_eq!(app.screen(), Screen::Welcome);
    assert_eq!(press(&mut app, script), Effect::StartDemo);
    assert_eq!(press(&mut app, script), Effect::None, "once is enough");
    let _effect = app.update(Message::Notice("no room for a demo".to_owned()), noon());
    assert_eq!(press(&mut app, script), Effect::StartDemo, "it may be tried again");
    let _effect = app.update(Message::DemoStarted(identities(&["a", "b"])), noon());
    assert_eq!((app.screen(), app.is_demo(), app.rows().len()), (Screen::Dashboard, true, 2));
    assert_eq!(selected_name(&app).as_deref(), Some("a"));
}

#[test]
fn the_demo_replaces_what_there_was() {
    let mut app = app();
    let _effect = press(&mut app, "GS/key<Enter><Enter>?");
    let _effect = app.update(Message::DemoStarted(identities(&["a", "b"])), noon());
    assert_eq!((app.mode(), row_names(&app), app.selected_row()), (Mode::List, vec!["a".into(), "b".into()], Some(0)));
    assert!(app.usage().credentials().iter().all(|entry| entry.baseline().is_none()));
}

#[test]
fn notices_are_kept_but_not_for_ever() {
    let mut app = app();
    for count in 0..60 {
        let _effect = app.update(Message::Notice(format!("notice {count}")), noon());
    }
    assert_eq!(app.notices().len(), NOTICES);
    assert_eq!(app.notices().last().map(String::as_str), Some("notice 59"));
    assert_eq!(app.flash(), Some("notice 59"));
}

#[test]
fn the_help_scrolls_to_its_last_line_and_no_further() {
    let mut app = app();
    let _effect = app.update(Message::Notice("word ".repeat(30)), noon());
    resize(&mut app, 40, 10);
    let _effect = press(&mut app, "?");
    assert_eq!(app.scroll(), 0);
    let end = u16::try_from(app.help_rows().len()).unwrap() - app.layout().unwrap().panel();
    let _effect = press(&mut app, "Gj<PgDn>");
    assert_eq!(app.scroll(), end);
    let _effect = press(&mut app, "k");
    assert_eq!(app.scroll(), end - 1);
    let _effect = press(&mut app, "G");
    resize(&mut app, 120, 200);
    assert_eq!(app.scroll(), 0);
    resize(&mut app, 40, 10);
    let _effect = press(&mut app, "G?");
    assert_eq!(app.scroll(), 0);
    assert_eq!(app.selected_row(), Some(0), "the list stayed where it was");
}

fn query(index: usize, kind: WindowKind, span: Span) -> PastQuery {
    PastQuery { id: CredentialId::new(index), kind, span }
}

fn past(query: PastQuery) -> Past {
    Past { query, until: noon(), samples: Vec::new(), hours: Vec::new(), shares: Vec::new() }
}

#[test]
fn details_ask_for_the_past_and_ask_again_when_it_went_on() {
    let mut app = app();
    learn_caps(&mut app, 0);
    let day = |span| Effect::ShowPast(query(0, WindowKind::Daily, span));
    assert_eq!(press(&mut app, "<Enter>"), day(Span::Day));
    assert_eq!(press(&mut app, "w"), day(Span::Week));
    assert_eq!(press(&mut app, "ww"), day(Span::FourHours));
    let four_hours = query(0, WindowKind::FourHour, Span::FourHours);
    assert_eq!(press(&mut app, "<Tab>"), Effect::ShowPast(four_hours.clone()));
    let usage = QuotaUsage::new(Quota::Finite(2000), Some(1300.0));
    let told = |index: usize| {
        let result = Ok(Snapshot::new(usage, noon(), noon()));
        let id = CredentialId::new(index);
        Update::Answered { id, result, at: noon(), next_refresh: None, interval: Duration::from_mins(5) }
    };
    assert_eq!(app.update(Message::Update(told(0)), noon()), Effect::ShowPast(four_hours));
    assert_eq!(app.update(Message::Update(told(1)), noon()), Effect::None, "of another account");
    let neighbour = Effect::ShowPast(query(1, WindowKind::Daily, Span::FourHours));
    assert_eq!(press(&mut app, "<Right>"), neighbour, "the span stays");
    assert_eq!(press(&mut app, "<Esc>"), Effect::None);
    assert_eq!(app.update(Message::Update(told(1)), noon()), Effect::None, "details are closed");
}

#[test]
fn a_past_that_is_no_longer_looked_at_is_not_shown() {
    let mut app = app();
    let _effect = press(&mut app, "<Enter>");
    assert!(app.past().is_none());
    let of_the_day = past(query(0, WindowKind::Daily, Span::Day));
    let _effect = app.update(Message::Past(Box::new(of_the_day.clone())), noon());
    assert_eq!(app.past(), Some(&of_the_day));
    let _effect = press(&mut app, "w");
    assert!(app.past().is_none(), "it is of another span");
    let _effect = app.update(Message::Past(Box::new(of_the_day)), noon());
    assert!(app.past().is_none());
    let _effect = press(&mut app, "<Esc>");
    let _effect = app.update(Message::Past(Box::new(past(query(0, WindowKind::Daily, Span::Week)))), noon());
    assert!(app.past().is_none(), "details are closed");
}

#[test]
fn a_notice_of_the_worker_is_kept() {
    let mut app = app();
    let notice = Update::Notice("the history was set aside".to_owned());
    assert_eq!(app.update(Message::Update(notice), noon()), Effect::None);
    assert_eq!(app.notices(), ["the history was set aside"]);
    assert_eq!(app.flash(), Some("the history was set aside"));
}

/// A second window: a cap on four hours.
fn learn_caps(app: &mut App, index: usize) {
    let cap = Cap { usage: 3.3, cap: 8.33, reset_at: Some(at("2026-11-23T16:00:00Z")) };
    let subscription = Subscription {
        price: Some(10.0),
        custom: None,
        anchor: None,
        four_hour: Capping::Capped(cap),
        monthly: Capping::Uncapped,
        renews_at: None,
    };
    let result = Ok(PartAnswer::Caps(Some(subscription)));
    let _effect =
        app.update(Message::Update(Update::Part { id: CredentialId::new(index), result, at: noon() }), noon());
}

/// Everything a key could change.
fn state_of(app: &App) -> String {
    format!("{app:?} {:?}", app.key_entry().map(super::first_run::KeyEntry::len))
}

#[test]
fn every_key_of_the_table_does_something() {
    for binding in BINDINGS {
        for mode in binding.modes {
            for chord in binding.chords {
                let modifiers = if chord.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                let event = KeyEvent::new(chord.code, modifiers);
                assert_eq!(keymap::action(*mode, event), Some(binding.action));
                // In the middle of things, so that every movement is one.
                let mut app = if matches!(mode, Mode::Welcome | Mode::Key) { app_with(&[]) } else { app() };
                resize(&mut app, 40, 6);
                if *mode == Mode::Details {
                    learn_caps(&mut app, 2);
                }
                let script = match mode {
                    Mode::Welcome => "",
                    Mode::Key => "<Enter>x",
                    Mode::List if binding.action == Action::Back => "f",
                    Mode::List => "jj",
                    Mode::Details => "jj<Enter>j",
                    Mode::Help => "?j",
                    Mode::Filter => "jj/",
                };
                let _effect = press(&mut app, script);
                assert_eq!(app.mode(), *mode);
                let before = state_of(&app);
                let effect = app.update(Message::Key(event), noon());
                let changed = effect != Effect::None || state_of(&app) != before;
                assert!(changed, "{} in {mode:?}", binding.keys);
            }
        }
    }
}

#[test]
fn no_key_is_bound_twice_in_a_mode_and_each_is_documented() {
    let mut seen = std::collections::HashSet::new();
    for binding in BINDINGS {
        let names: Vec<String> = binding.chords.iter().map(chord_name).collect();
        assert_eq!(names.join(" "), binding.keys);
        assert!(!binding.does.is_empty());
        for mode in binding.modes {
            for chord in binding.chords {
                assert!(seen.insert((*mode, *chord)), "{} twice in {mode:?}", binding.keys);
            }
        }
    }
}

fn chord_name(chord: &keymap::Chord) -> String {
    match chord.code {
        KeyCode::Char(c) if chord.ctrl => format!("Ctrl-{}", c.to_ascii_uppercase()),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        KeyCode::F(number) => format!("F{number}"),
        other => format!("{other:?}"),
    }
}

#[rstest]
#[case::minute("", "2026-11-23T12:00:30Z", Some("2026-11-23T12:01:00.001Z"))]
#[case::near_the_reset("", "2026-11-23T23:55:00.500Z", Some("2026-11-23T23:55:01.001Z"))]
#[case::midnight("", "2026-11-23T23:59:59.500Z", Some("2026-11-24T00:00:00Z"))]
#[case::details("<Enter>", "2026-11-23T12:00:30.200Z", Some("2026-11-23T12:00:31.001Z"))]
#[case::help_over_details("<Enter>?", "2026-11-23T12:00:30Z", Some("2026-11-23T12:01:00.001Z"))]
#[case::paused("p", "2026-11-23T12:00:30Z", Some("2026-11-23T12:01:00.001Z"))]
#[case::turns_stale("", "2026-11-23T12:07:30Z", Some("2026-11-23T12:08:00.001Z"))]
fn it_sleeps_until_the_text_changes(#[case] script: &str, #[case] now: &str, #[case] change: Option<&str>) {
    let mut app = app();
    let _effect = press(&mut app, script);
    assert_eq!(app.next_change(at(now)), change.map(at));
}

#[test]
fn a_number_that_turns_stale_within_the_minute_is_a_change() {
    let mut app = app_with(&["a"]);
    answer(&mut app, 0, 300, 1.0, at("2026-11-23T12:00:10Z"));
    assert_eq!(app.next_change(at("2026-11-23T12:07:20Z")), Some(at("2026-11-23T12:07:40.001Z")));
}

#[test]
fn a_planned_request_that_falls_due_is_a_change() {
    let mut app = app();
    let due = noon() + chrono::TimeDelta::seconds(7);
    let times = vec![(CredentialId::new(0), Some(due)), (CredentialId::new(1), Some(noon()))];
    let _effect = app.update(Message::Update(Update::Scheduled(times)), noon());
    assert_eq!(app.next_change(noon()), Some(due));
    let paused = noon() + chrono::TimeDelta::seconds(3);
    let _effect = app.update(Message::Update(Update::HostPaused(Some(paused))), noon());
    assert_eq!(app.next_change(noon()), Some(paused));
}

#[test]
fn the_seconds_of_a_cap_that_binds_are_counted_down() {
    let mut app = app();
    learn_caps(&mut app, 3);
    let now = at("2026-11-23T15:51:00.5Z");
    answer(&mut app, 3, 5001, 512.0, now);
    assert_eq!(app.next_change(now), Some(at("2026-11-23T15:51:01.001Z")));
}

#[test]
fn nothing_ages_without_credentials_or_room() {
    assert_eq!(app_with(&[]).next_change(noon()), None);
    let mut app = app();
    resize(&mut app, 10, 3);
    assert_eq!(app.next_change(noon()), None);
}

#[rstest]
#[case::countdown("", "2026-11-23T12:00:30Z", Some("2026-11-23T12:01:00.001Z"))]
#[case::no_age_to_turn_but_staleness("c", "2026-11-23T12:00:30Z", Some("2026-11-23T12:08:00.001Z"))]
#[case::seconds("", "2026-11-23T23:55:00.500Z", Some("2026-11-23T23:55:01.001Z"))]
#[case::no_seconds_by_the_clock("c", "2026-11-23T23:55:00.500Z", Some("2026-11-24T00:00:00Z"))]
#[case::details_in_its_place("<Enter>", "2026-11-23T12:00:30.200Z", Some("2026-11-23T12:00:31.001Z"))]
fn the_line_sleeps_until_its_text_changes(#[case] script: &str, #[case] now: &str, #[case] change: Option<&str>) {
    let mut app = app();
    resize(&mut app, 120, 1);
    let _effect = press(&mut app, script);
    assert_eq!(app.next_change(at(now)), change.map(at));
}

#[test]
fn the_line_changes_when_a_number_turns_stale_and_counts_no_cap_down() {
    let mut app = app();
    resize(&mut app, 120, 1);
    let _effect = press(&mut app, "c");
    learn_caps(&mut app, 3);
    let now = at("2026-11-23T15:51:00.5Z");
    answer(&mut app, 3, 5001, 512.0, now);
    assert_eq!(app.next_change(now), Some(now + chrono::TimeDelta::milliseconds(450_001)));
}

#[test]
fn only_the_credential_in_sight_is_counted_down_in_the_big_view() {
    let mut app = app();
    learn_caps(&mut app, 3);
    let now = at("2026-11-23T15:51:00.5Z");
    answer(&mut app, 3, 5001, 512.0, now);
    let _effect = press(&mut app, "vvv");
    assert_eq!(app.next_change(now), Some(at("2026-11-23T15:52:00.001Z")));
    let _effect = press(&mut app, "jjj");
    assert_eq!(app.next_change(now), Some(at("2026-11-23T15:51:01.001Z")));
}

#[test]
fn a_layout_begins_with_the_selection_in_sight() {
    let names: Vec<String> = (0..100).map(|index| format!("k{index}")).collect();
    let mut app = app_with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    resize(&mut app, 80, 10);
    let _effect = press(&mut app, "vvvGv");
    assert_eq!((app.selected_row(), app.first_row()), (Some(99), 93));
    let _effect = press(&mut app, "v");
    assert_eq!(app.first_row(), 92, "a larger page is filled");
}

fn any_key() -> impl Strategy<Value = Message> {
    let code = prop_oneof![
        6 => (0..BINDINGS.len()).prop_map(|index| BINDINGS[index].chords[0].code),
        2 => any::<char>().prop_map(KeyCode::Char),
        1 => Just(KeyCode::Backspace),
        1 => Just(KeyCode::Left),
    ];
    let modifiers =
        prop_oneof![6 => Just(KeyModifiers::NONE), 1 => any::<u8>().prop_map(KeyModifiers::from_bits_truncate)];
    (code, modifiers).prop_map(|(code, modifiers)| Message::Key(KeyEvent::new(code, modifiers)))
}

fn any_update() -> impl Strategy<Value = Message> {
    (0usize..9, any::<u16>(), any::<f64>(), any::<bool>()).prop_map(|(index, limit, used, fails)| {
        let usage = QuotaUsage::new(Quota::Finite(limit.into()), Some(used));
        let snapshot = Snapshot::new(usage, noon(), noon());
        let result = if fails { Err(Failure::new(FailureKind::Timeout, "")) } else { Ok(snapshot) };
        let interval = Duration::from_secs(limit.into());
        let id = CredentialId::new(index);
        Message::Update(Update::Answered { id, result, at: noon(), next_refresh: None, interval })
    })
}

fn any_turn() -> impl Strategy<Value = Message> {
    let kind = prop_oneof![
        Just(MouseEventKind::ScrollUp),
        Just(MouseEventKind::ScrollDown),
        Just(MouseEventKind::Down(MouseButton::Left)),
    ];
    let modifiers = KeyModifiers::NONE;
    (kind, any::<u16>(), 0u16..50)
        .prop_map(move |(kind, column, row)| Message::Mouse(MouseEvent { kind, column, row, modifiers }))
}

fn any_message() -> impl Strategy<Value = Message> {
    prop_oneof![
        12 => any_key(),
        4 => any_update(),
        2 => (0u16..130, 0u16..45).prop_map(|(columns, rows)| Message::Resized(columns, rows)),
        1 => any::<String>().prop_map(|text| Message::Paste(Typed::new(text))),
        2 => any_turn(),
        1 => any::<String>().prop_map(Message::Notice),
        1 => any::<String>().prop_map(Message::KeyRefused),
        1 => (0usize..3).prop_map(|count| Message::KeyTaken(identities(&["a", "b"][..count.min(2)]))),
        1 => (0usize..12).prop_map(|count| Message::DemoStarted(identities(&["demo"; 12][..count]))),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_state_is_sound(
        messages in proptest::collection::vec(any_message(), 0..60),
        count in 0usize..40,
    ) {
        let names: Vec<String> = (0..count).map(|index| format!("key {index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut app = app_with(&names);
        for message in messages {
            let is_update = matches!(message, Message::Update(_));
            let rows = app.rows().to_vec();
            let _effect = app.update(message, noon());

            prop_assert!(!is_update || app.rows() == rows);
            prop_assert_eq!(app.rows().len() + app.hidden_rows(), app.usage().credentials().len());
            prop_assert_eq!(app.selected_row().is_none(), app.rows().is_empty());
            prop_assert_eq!(app.selected(), app.selected_row().map(|row| app.rows()[row]));
            prop_assert!(app.filter().text().chars().count() <= filter::LIMIT);
            prop_assert!(!app.filter().text().chars().any(char::is_control));
            prop_assert!(app.notices().len() <= NOTICES);
            prop_assert!(app.next_change(noon()).is_none_or(|change| change > noon()));
            if let (Some(page), Some(row)) = (app.page(), app.selected_row()) {
                let page = usize::from(page);
                prop_assert!((app.first_row()..app.first_row() + page).contains(&row));
                prop_assert!(app.first_row() <= app.rows().len().saturating_sub(page));
            }
        }
    }
}
