//! A key that is typed on the first screen.

use pretty_assertions::assert_eq;

use super::*;
use crate::app::first_run::KeyEntry;

const KEY: &str = "cpk_abc.def.Secret";

fn paste(app: &mut App, text: &str) {
    assert_eq!(app.update(Message::Paste(Typed::new(text.to_owned())), noon()), Effect::None);
}

fn refused(app: &App) -> Option<&str> {
    app.key_entry().and_then(|entry| entry.refused())
}

#[test]
fn a_key_is_typed_in_any_of_three_ways() {
    let tried = Effect::TryKey(Typed::new(KEY.to_owned()));
    let mut app = app_with(&[]);
    assert_eq!(press(&mut app, &format!("{KEY}<Enter>")), tried, "pasted by a terminal that does not say so");
    let mut app = app_with(&[]);
    assert_eq!(press(&mut app, &format!("<Enter>xx<Backspace><C-u>{KEY}<Enter>")), tried);
    let mut app = app_with(&[]);
    paste(&mut app, "not the right one");
    paste(&mut app, &format!("  {KEY}\r\n"));
    assert_eq!(press(&mut app, "<Enter>"), tried);
    assert_eq!(app.key_entry().map(KeyEntry::len), Some(KEY.len()));
}

#[test]
fn every_letter_is_part_of_a_key() {
    let mut app = app_with(&[]);
    let _effect = press(&mut app, "<Enter>qd?");
    assert_eq!((app.mode(), app.key_entry().map(KeyEntry::len)), (Mode::Key, Some(3)));
    assert_eq!(press(&mut app, "<Esc>"), Effect::None);
    assert_eq!(app.mode(), Mode::Welcome);
}

#[test]
fn a_key_that_is_tested_stays_as_it_is_until_it_is_given_up() {
    let mut app = app_with(&[]);
    let _effect = press(&mut app, "cpk_a<Enter>");
    paste(&mut app, KEY);
    assert_eq!(press(&mut app, "bc<Backspace><C-u><Enter>"), Effect::None);
    assert_eq!(app.key_entry().map(KeyEntry::len), Some(5));
    assert_eq!(press(&mut app, "<Esc>"), Effect::LetKeyGo);
    let _effect = app.update(Message::KeyRefused("late".to_owned()), noon());
    assert_eq!(app.mode(), Mode::Welcome);
}

#[test]
fn a_key_that_was_refused_can_be_tried_again() {
    let mut app = app_with(&[]);
    let _effect = press(&mut app, "cpk_a<Enter>");
    let _effect = app.update(Message::KeyRefused("no connection".to_owned()), noon());
    assert_eq!(refused(&app), Some("no connection"));
    assert_eq!(press(&mut app, "<Enter>"), Effect::TryKey(Typed::new("cpk_a".to_owned())));
    assert_eq!(refused(&app), None);
    let mut app = app_with(&[]);
    paste(&mut app, &"x".repeat(5000));
    assert_eq!(press(&mut app, "<Enter>"), Effect::None);
    assert_eq!(refused(&app), Some("the key is longer than any key"));
}

#[test]
fn a_key_that_was_taken_is_the_first_row() {
    let mut app = app_with(&[]);
    let _effect = press(&mut app, "cpk_a<Enter>");
    let _effect = app.update(Message::KeyTaken(identities(&["default"])), noon());
    assert_eq!((app.screen(), app.is_demo(), app.rows().len()), (Screen::Dashboard, false, 1));
    assert!(app.key_entry().is_none());
}

#[test]
fn nothing_that_can_be_logged_holds_a_key() {
    let mut app = app_with(&[]);
    let mut logged = Vec::new();
    for key in keys(&format!("{KEY}<Enter>")) {
        let message = Message::Key(key);
        logged.push(format!("{message:?}"));
        let effect = app.update(message, noon());
        logged.push(format!("{effect:?}{app:?}"));
    }
    logged.push(format!("{:?}", Message::Paste(Typed::new(KEY.to_owned()))));
    let logged = logged.concat();
    for piece in KEY.as_bytes().windows(6) {
        assert!(!logged.contains(std::str::from_utf8(piece).unwrap()));
    }
    assert!(logged.contains(r#"Key("a character")"#), "{logged}");
}
