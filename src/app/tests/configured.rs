//! What the configuration says, and what is kept of what was changed.

use chrono::TimeDelta;
use pretty_assertions::assert_eq;
use ratatui::style::Color;

use super::*;
use crate::app::configured::Configured;
use crate::app::themes::Themes;
use crate::domain::quota::Headroom;
use crate::domain::text;
use crate::domain::threshold::{Rules, Threshold, Thresholds};
use crate::domain::usage::Remembered;
use crate::domain::view::{Kept, Shape, Sort, View};
use crate::domain::window::WindowKind;
use crate::palette::{Depth, MONOCHROME, Palette, built_in};

fn view(key: SortKey, filter: &str) -> View {
    View { sort: Sort { key, reversed: false }, filter: filter.to_owned(), ..View::default() }
}

fn type_in(app: &mut App, script: &str) {
    let _not_looked_at = press(app, script);
}

#[test]
fn at_the_start_rows_find_their_places_and_then_they_stay() {
    let mut app = app_with(&["a", "b", "c"]).starting_with(&view(SortKey::Left, "!is:exhausted"), noon());
    assert_eq!(row_names(&app), ["a", "b", "c"]);
    answer(&mut app, 2, 100, 90.0, noon());
    assert_eq!(row_names(&app), ["c", "a", "b"]);
    answer(&mut app, 1, 100, 100.0, noon());
    answer(&mut app, 0, 100, 50.0, noon());
    assert_eq!(row_names(&app), ["c", "a"]);
    answer(&mut app, 0, 100, 99.0, noon());
    answer(&mut app, 2, 100, 100.0, noon());
    assert_eq!(row_names(&app), ["c", "a"]);
}

#[test]
fn who_sorts_or_filters_at_the_start_is_not_overruled() {
    let mut app = app_with(&["a", "b"]).starting_with(&view(SortKey::Left, ""), noon());
    type_in(&mut app, "S");
    answer(&mut app, 1, 100, 50.0, noon());
    assert_eq!(row_names(&app), ["a", "b"]);
}

#[test]
fn without_a_view_nothing_moves_and_the_selection_stays() {
    let mut app = app_with(&["a", "b"]).starting_with(&View::default(), noon());
    type_in(&mut app, "j");
    answer(&mut app, 1, 100, 50.0, noon());
    assert_eq!((row_names(&app), app.selected_row()), (vec!["a".to_owned(), "b".to_owned()], Some(1)));
    assert_eq!(app.kept(), Kept::default());
}

#[test]
fn only_what_the_user_changed_is_kept() {
    let mut app = app().starting_with(&view(SortKey::Name, "a"), noon());
    assert_eq!(app.kept(), Kept::default());
    type_in(&mut app, "s");
    assert_eq!(app.kept(), Kept { sort: Some(Sort { key: SortKey::Tier, reversed: false }), ..Kept::default() });
    type_in(&mut app, "SSssss+/b<Enter>");
    let filter = Some("ab".to_owned());
    assert_eq!(app.kept(), Kept { interval: Some(Duration::from_mins(10)), filter, ..Kept::default() });
    type_in(&mut app, "-<Esc>");
    assert_eq!(app.kept(), Kept { filter: Some(String::new()), ..Kept::default() });
}

#[test]
fn an_edit_of_the_configuration_changes_what_it_says_and_nothing_else() {
    let mut app = app().starting_with(&View::default(), noon());
    type_in(&mut app, "s+");
    let nothing = app.update(Message::Configured(Configured::default()), noon());
    assert_eq!((nothing, app.sort().key, app.interval()), (Effect::None, SortKey::Name, Duration::from_mins(10)));
    let edit = Configured {
        interval: Some(Duration::from_mins(1)),
        masked: Some(true),
        view: Some(view(SortKey::Configured, "bat")),
        ..Configured::default()
    };
    let effect = app.update(Message::Configured(edit), noon());
    assert_eq!(effect, Effect::SetInterval(Duration::from_mins(1)));
    assert_eq!(app.flash(), Some("configuration: polling every 1m"));
    assert!(app.is_masked());
    assert_eq!(row_names(&app), ["batch"]);
    assert_eq!(app.kept(), Kept::default(), "what the file says is not to be kept beside it");
}

/// The program's themes, and one of the user's.
fn themes(chosen: &str, text: Color) -> Themes {
    let mine = Palette { name: "mine".to_owned(), text, ..Palette::default() };
    Themes::new(built_in().into_iter().chain([mine]).collect(), chosen, Depth::True)
}

#[test]
fn the_key_goes_through_every_theme_and_round() {
    let mut app = app().with_themes(themes("monochrome", Color::Reset));
    assert_eq!((app.palette().name.as_str(), app.kept()), (MONOCHROME, Kept::default()));
    type_in(&mut app, "t");
    assert_eq!((app.palette().name.as_str(), app.flash()), ("mine", Some("theme: mine")));
    type_in(&mut app, "?t");
    assert_eq!((app.palette().name.as_str(), app.is_help_open()), ("auto", true));
    assert_eq!(app.kept(), Kept { theme: Some("auto".to_owned()), ..Kept::default() });
    type_in(&mut app, &"t".repeat(built_in().len()));
    assert_eq!(app.palette().name, "mine");
    type_in(&mut app, &"t".repeat(built_in().len()));
    assert_eq!((app.palette().name.as_str(), app.kept()), (MONOCHROME, Kept::default()));
}

#[test]
fn a_theme_that_is_not_to_be_seen_is_said_to_be_so() {
    let mut app = app().with_themes(Themes::new(built_in(), "no such theme", Depth::None));
    type_in(&mut app, "t");
    let expected = "theme: catppuccin-latte, but no colours are wanted here, or there are none";
    assert_eq!(app.flash(), Some(expected));
}

#[test]
fn an_edit_of_a_theme_is_seen_and_one_of_the_choice_too() {
    let mut app = app().with_themes(themes("auto", Color::Reset));
    let edit = |app: &mut App, chosen, text| {
        let themes = Some(themes(chosen, text));
        let _nothing = app.update(Message::Configured(Configured { themes, ..Configured::default() }), noon());
        (app.palette().name.clone(), app.palette().text)
    };
    type_in(&mut app, &"t".repeat(built_in().len()));
    assert_eq!(edit(&mut app, "auto", Color::Blue), ("mine".to_owned(), Color::Blue));
    assert_eq!(app.kept().theme.as_deref(), Some("mine"));
    let nord = edit(&mut app, "nord", Color::Blue);
    assert_eq!((nord.0.as_str(), app.kept()), ("nord", Kept::default()));
}

#[test]
fn a_layout_is_kept_and_an_edit_of_something_else_leaves_it() {
    let mut app = app().starting_with(&View { shape: Shape::Compact, ..View::default() }, noon());
    assert_eq!((app.shape(), app.kept()), (Shape::Compact, Kept::default()));
    type_in(&mut app, "vv");
    assert_eq!((app.shape(), app.kept().shape), (Shape::Big, Some(Shape::Big)));
    let mut edit = |view: View| {
        let configured = Configured { view: Some(view), ..Configured::default() };
        let _nothing = app.update(Message::Configured(configured), noon());
        app.shape()
    };
    assert_eq!(edit(View { filter: "a".to_owned(), shape: Shape::Compact, ..View::default() }), Shape::Big);
    assert_eq!(edit(View { shape: Shape::Line, ..View::default() }), Shape::Line);
    assert_eq!(app.kept(), Kept::default());
}

#[test]
fn other_credentials_take_nothing_from_those_that_stay() {
    let mut app = app_with(&["a", "b", "c"]);
    answer(&mut app, 0, 100, 10.0, noon());
    answer(&mut app, 2, 100, 30.0, noon());
    type_in(&mut app, "G");
    let exchange = |app: &mut App, names: &[&str], before: &[Option<usize>]| {
        let before = before.iter().map(|place| place.map(CredentialId::new)).collect();
        let effect = app.update(Message::Exchanged { identities: identities(names), before }, noon());
        assert_eq!(effect, Effect::None);
    };
    exchange(&mut app, &["c2", "new", "a"], &[Some(2), None, Some(0)]);
    assert_eq!(row_names(&app), ["c2", "new", "a"]);
    let used: Vec<_> = app.usage().credentials().iter().map(|entry| entry.usage(noon())?.used()).collect();
    assert_eq!(used, [Some(30.0), None, Some(10.0)]);
    assert_eq!(app.selected(), Some(CredentialId::new(0)), "it goes with its credential");
    exchange(&mut app, &["a"], &[Some(2)]);
    assert_eq!((row_names(&app), app.selected_row()), (vec!["a".to_owned()], Some(0)));
}

/// For `own` and for all others.
fn rules(own: &str, all: &str) -> Rules {
    let low = |text| Thresholds::said(Some(Threshold::parse(text).unwrap()), None);
    Rules::new(low(all), [("A".to_owned(), low(own))])
}

#[test]
fn other_thresholds_judge_what_is_known_and_who_comes_later() {
    let mut app = app_with(&["a", "b"]).judging_by(rules("20%", "20%"));
    (0..2).for_each(|id| answer(&mut app, id, 100, 50.0, noon()));
    type_in(&mut app, "/is:low<Enter>");
    let levels =
        |app: &App| -> Vec<Headroom> { app.usage().credentials().iter().map(|entry| entry.headroom(noon())).collect() };
    assert_eq!((levels(&app), app.rows().len()), (vec![Headroom::Ok, Headroom::Ok], 0));
    let configured = Configured { rules: Some(rules("60%", "20%")), ..Configured::default() };
    assert_eq!(app.update(Message::Configured(configured), noon()), Effect::None);
    assert_eq!((levels(&app), row_names(&app)), (vec![Headroom::Low, Headroom::Ok], vec!["a".to_owned()]));
    let before = vec![Some(CredentialId::new(1)), Some(CredentialId::new(0))];
    let _nothing = app.update(Message::Exchanged { identities: identities(&["b", "a"]), before }, noon());
    assert_eq!(levels(&app), [Headroom::Ok, Headroom::Low], "those who are exchanged bring none of their own");
    let _nothing = app.update(Message::DemoStarted(identities(&["a"])), noon());
    answer(&mut app, 0, 100, 50.0, noon());
    assert_eq!(levels(&app), [Headroom::Low], "in the demo too");
}

/// With the clock in the place of the countdown nothing else would wake the line.
#[test]
fn the_line_changes_when_the_time_to_empty_makes_a_credential_low_and_then_on_the_minute() {
    let mut app = app_with(&["a"]).judging_by(rules("3h", "20%"));
    resize(&mut app, 120, 1);
    type_in(&mut app, "c");
    answer(&mut app, 0, 1000, 600.0, noon());
    let readings = (0..=24).map(|half: i32| {
        (at("2026-11-23T00:00:00Z") + TimeDelta::minutes(30 * i64::from(half)), 25.0 * f64::from(half))
    });
    let samples = vec![(WindowKind::Daily, readings.collect())];
    let remembered = Remembered {
        id: CredentialId::new(0),
        snapshot: None,
        interval: Duration::from_mins(5),
        answers: vec![],
        samples,
    };
    let _effect = app.update(Message::Update(Update::Remembered(Box::new(remembered))), noon());
    let level = |app: &App, now| app.usage().credentials()[0].headroom(now);
    let mut now = noon();
    for _ in 0..3 {
        if level(&app, now) == Headroom::Ok {
            now = app.next_change(now).unwrap();
        }
    }
    assert_eq!((level(&app, now - TimeDelta::milliseconds(2)), level(&app, now)), (Headroom::Ok, Headroom::Low));
    assert_eq!(app.next_change(now), Some(text::next_minute(now)));
}
