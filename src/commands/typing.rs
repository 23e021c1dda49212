//! A key as it is typed at the terminal, which shows nothing of it.

use std::io::{self, Write};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::domain::typed::Typed;

/// While it is there, the terminal shows nothing of what is typed.
struct Hidden;

impl Hidden {
    fn begin() -> io::Result<Self> {
        enable_raw_mode().map(|()| Self)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone need not show anything again.
        let _done = disable_raw_mode();
    }
}

/// Asks for a key; `None`: the user gave up.
///
/// # Errors
///
/// When the terminal cannot be read, does not let the key be hidden, or is given more than any key.
pub(super) fn ask(question: &str, out: &mut dyn Write) -> io::Result<Option<Typed>> {
    let typed = ask_with(question, out, Hidden::begin, event::read);
    writeln!(out)?;
    typed
}

/// The key, where nothing was left out of it.
///
/// # Errors
///
/// When it is longer than any key.
pub(super) fn whole(typed: Typed) -> io::Result<Typed> {
    if typed.is_full() { Err(io::Error::other("it is longer than any key")) } else { Ok(typed) }
}

fn ask_with<H>(
    question: &str,
    out: &mut dyn Write,
    hide: impl FnOnce() -> io::Result<H>,
    mut next: impl FnMut() -> io::Result<Event>,
) -> io::Result<Option<Typed>> {
    // Before the question: whoever reads that types, and nothing of it is to be seen.
    let _hidden = hide()?;
    write!(out, "{question}")?;
    out.flush()?;
    let mut typed = Typed::default();
    loop {
        let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press | KeyEventKind::Repeat, .. }) = next()?
        else {
            continue;
        };
        match (code, modifiers.contains(KeyModifiers::CONTROL)) {
            (KeyCode::Enter, _) | (KeyCode::Char('d' | 'j' | 'm'), true) => return whole(typed).map(Some),
            (KeyCode::Char('c'), true) => return Ok(None),
            (KeyCode::Char('u'), true) => typed = Typed::default(),
            (KeyCode::Backspace, _) | (KeyCode::Char('h'), true) => typed.pop(),
            (KeyCode::Char(c), false) => typed.push(c),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use pretty_assertions::assert_eq;
    use rstest::rstest;

    use super::*;

    /// A terminal that takes nothing while it would show what is typed.
    struct Screen(Rc<Cell<bool>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            assert!(self.0.get(), "the question comes before the key is hidden");
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Shows what is typed again when it is dropped.
    struct Hiding(Rc<Cell<bool>>);

    impl Drop for Hiding {
        fn drop(&mut self) {
            self.0.set(false);
        }
    }

    #[rstest]
    #[case::enter("key\r", Some("key"))]
    #[case::end_of_input("key\u{4}", Some("key"))]
    #[case::nothing("\u{4}", Some(""))]
    #[case::given_up("key\u{3}", None)]
    #[case::mended("kex\u{8}y\r", Some("key"))]
    #[case::begun_anew("kex\u{15}key\r", Some("key"))]
    #[case::the_terminal_ends("key", None)]
    #[case::no_key_is_so_long(&("k".repeat(2000) + "\r"), None)]
    fn what_is_typed_is_hidden_from_before_the_question_to_the_end(#[case] keys: &str, #[case] expected: Option<&str>) {
        let is_hidden = Rc::new(Cell::new(false));
        let hide = || {
            is_hidden.set(true);
            Ok(Hiding(is_hidden.clone()))
        };
        let key = |c: char| match c {
            '\r' => KeyEvent::from(KeyCode::Enter),
            c if c.is_control() => KeyEvent::new(KeyCode::Char(char::from(c as u8 + b'`')), KeyModifiers::CONTROL),
            c => KeyEvent::from(KeyCode::Char(c)),
        };
        let mut keys = keys.chars().map(key);
        let next = || keys.next().map(Event::Key).ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
        let typed = ask_with("Key: ", &mut Screen(is_hidden.clone()), hide, next);
        assert_eq!(typed.ok().flatten().as_ref().map(Typed::expose), expected);
        assert!(!is_hidden.get(), "it is still hidden");
    }
}
