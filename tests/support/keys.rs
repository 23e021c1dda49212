//! Keys as a line of text: `j`, `<enter>`, `<C-c>`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The keys that a line stands for. A character stands for itself, `<...>` for a key with a name, and
/// `<C-x>` for a key pressed with Control.
pub fn parse(line: &str) -> Vec<KeyEvent> {
    let mut keys = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|inner| inner.split_once('>'));
        let (event, after) = match named {
            Some((name, after)) => (key(name), after),
            None => (KeyEvent::new(KeyCode::Char(first), KeyModifiers::NONE), &rest[first.len_utf8()..]),
        };
        keys.push(event);
        rest = after;
    }
    keys
}

fn key(name: &str) -> KeyEvent {
    if let Some(letter) = name.strip_prefix("C-") {
        return KeyEvent::new(KeyCode::Char(letter.chars().next().unwrap()), KeyModifiers::CONTROL);
    }
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "backspace" => KeyCode::Backspace,
        "f1" => KeyCode::F(1),
        other => panic!("no key is called {other}"),
    };
    KeyEvent::new(code, KeyModifiers::NONE)
}
