//! The filter: what is typed and pasted into it.

use chrono::TimeDelta;
use chutes_top::app::filter::LIMIT;
use chutes_top::app::keymap::Mode;
use chutes_top::app::{App, Message};
use chutes_top::domain::credential::{ApiKey, Credential, CredentialId};
use chutes_top::domain::failure::{Failure, FailureKind};
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::typed::Typed;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::screen::{answered, app, draw, is_drawn, press};
use super::{assert_safe, now};

/// Each of these is in another state: well, low, used up, failed, unlimited, not asked.
const LABELS: [&str; 6] = ["work", "batch", "Älice", "old laptop", "frée 模型", "new"];

/// The first two bytes are the size of the screen, the third says how the rest comes in: pasted, typed (control
/// characters are keys that edit), or both. Whatever it is, it ends, is short, and can be drawn.
pub fn filter(data: &[u8]) {
    let [columns, rows, how, text @ ..] = data else { return };
    let size = (u16::from(*columns % 140).max(1), u16::from(*rows % 60).max(1));
    let text = String::from_utf8_lossy(text);
    let mut app = rows_in_each_state(size);
    press(&mut app, KeyCode::Char('/'));
    if how & 1 != 0 {
        let _effect = app.update(Message::Paste(Typed::new(text.clone().into_owned())), now());
        check(&app);
    }
    if how & 2 != 0 {
        for c in text.chars().take(600) {
            let (code, modifiers) = key(c);
            let _effect = app.update(Message::Key(KeyEvent::new(code, modifiers)), now());
        }
        check(&app);
    }
    if is_drawn(data) {
        draw(&app, size, now());
    }
    if app.mode() == Mode::Filter {
        press(&mut app, KeyCode::Enter);
    }
    check(&app);
    if is_drawn(data) {
        draw(&app, size, now() + TimeDelta::hours(1));
    }
    press(&mut app, KeyCode::Esc);
    check(&app);
    press(&mut app, KeyCode::Esc);
    assert!(!app.filter().is_active() && app.rows().len() == LABELS.len(), "it can be cleared");
}

fn check(app: &App) {
    assert_safe(app.filter().text(), LIMIT);
    assert_safe(&app.filter().hint().unwrap_or_default(), 2 * LIMIT + 50);
    assert_eq!(app.rows().len() + app.hidden_rows(), LABELS.len());
    assert!(app.selected().is_none_or(|id| app.rows().contains(&id)));
}

/// A control character stands for a key that edits, but for those that open another screen.
fn key(c: char) -> (KeyCode, KeyModifiers) {
    match c {
        '\u{1}' => (KeyCode::Home, KeyModifiers::NONE),
        '\u{2}' => (KeyCode::Left, KeyModifiers::NONE),
        '\u{5}' => (KeyCode::End, KeyModifiers::NONE),
        '\u{6}' => (KeyCode::Right, KeyModifiers::NONE),
        '\u{4}' => (KeyCode::Delete, KeyModifiers::NONE),
        '\u{8}' => (KeyCode::Backspace, KeyModifiers::NONE),
        '\u{e}' => (KeyCode::Down, KeyModifiers::NONE),
        '\u{10}' => (KeyCode::Up, KeyModifiers::NONE),
        c @ ('\u{b}' | '\u{15}' | '\u{17}' | '\u{19}') => {
            (KeyCode::Char(char::from_u32(u32::from(c) + 96).unwrap()), KeyModifiers::CONTROL)
        }
        c => (KeyCode::Char(c), KeyModifiers::NONE),
    }
}

fn rows_in_each_state(size: (u16, u16)) -> App {
    let credential = |(place, label): (usize, &&str)| {
        let key = ApiKey::new(format!("cpk_{place:032x}.{place:032x}.MadeUp"));
        Credential::new(CredentialId::new(place), vec![(**label).to_owned()], key)
    };
    let credentials: Vec<Credential> = LABELS.iter().enumerate().map(credential).collect();
    let mut app = app(&credentials, size);
    let failure = Failure::new(FailureKind::Timeout, "no answer in 10 s");
    let answers = [
        Ok(QuotaUsage::new(Quota::Finite(2000), Some(12.3))),
        Ok(QuotaUsage::new(Quota::Finite(5000), Some(4321.7))),
        Ok(QuotaUsage::new(Quota::Finite(300), Some(300.9))),
        Err(failure),
        Ok(QuotaUsage::new(Quota::Unlimited, Some(0.0))),
    ];
    for (place, answer) in answers.into_iter().enumerate() {
        let _effect = app.update(Message::Update(answered(place, answer)), now());
    }
    app
}
