//! Text that was typed or pasted, and that may be a key.

use std::fmt;

use zeroize::Zeroizing;

/// The most that is kept of it, in bytes. No key comes near.
const LIMIT: usize = 1024;

/// Text that was typed or pasted, and that may be a key: its memory is zeroed when it is dropped, and its `Debug` shows
/// nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Typed(Zeroizing<String>);

impl Typed {
    /// Takes text over as it is.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the one place that makes a key, or a filter, of it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// How many characters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is longer than any key: what came after that was left out.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() + char::MAX.len_utf8() > LIMIT
    }

    /// Appends a character, if there is room.
    pub fn push(&mut self, c: char) {
        // All the room at once: a text that grows leaves copies behind.
        let room = LIMIT.saturating_sub(self.0.len());
        self.0.reserve_exact(room);
        if !self.is_full() {
            self.0.push(c);
        }
    }

    /// Takes the last character away.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// Puts another text in the place of this one, as far as there is room.
    pub fn replace(&mut self, other: &Self) {
        *self = Self::default();
        other.0.trim().chars().for_each(|c| self.push(c));
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Typed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Typed::new("cpk_secret".to_owned())), "Typed");
    }

    #[test]
    fn it_is_edited_at_its_end_and_never_grows_past_its_room() {
        let mut typed = Typed::default();
        "cpé".chars().for_each(|c| typed.push(c));
        let room = typed.0.capacity();
        typed.pop();
        assert_eq!((typed.expose(), typed.len()), ("cp", 2));
        (0..5000).for_each(|_| typed.push('x'));
        assert!(typed.is_full());
        assert_eq!(typed.0.capacity(), room);
        typed.replace(&Typed::new(" cpk_a\r\n".to_owned()));
        assert_eq!((typed.expose(), typed.is_full()), ("cpk_a", false));
    }
}
