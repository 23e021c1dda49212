//! Which rows are shown: a text of words, and a quick filter that a key switches.
//!
//! The words are those of [`crate::domain::filter`]. With a word that has no meaning no row is shown, and
//! [`Filter::hint`] says why.
//!
//! Names match even while they are masked: whoever types one knows it.

use chrono::{DateTime, Utc};
use crossterm::event::{Event, KeyEvent};
use tui_input::backend::crossterm::to_input_request;
use tui_input::{Input, InputRequest};

use crate::domain::clean::{clean, is_invisible};
use crate::domain::filter::Query;
use crate::domain::usage::{CredentialUsage, UsageManager};
use crate::domain::view::QuickFilter;

/// The longest text, in characters.
pub const LIMIT: usize = 200;

/// The filter's words and what they hold for, for the help.
pub const WORDS: &[(&str, &str)] = &[
    ("text", "in the name or the tier"),
    ("tier:plus", "of that tier; tier:custom, tier:payg"),
    ("is:low", "low or critical"),
    ("is:exhausted", "nothing left until the reset"),
    ("is:error", "the last refresh failed"),
    ("is:stale", "numbers that are out of date"),
    ("!word", "all others"),
];

/// Which rows are shown.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    input: Input,
    editing: bool,
    quick: QuickFilter,
    query: Query,
}

impl Filter {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Where the cursor is, in columns from the start of the text.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.input.visual_cursor()
    }

    /// Whether the text is being edited.
    #[must_use]
    pub fn is_editing(&self) -> bool {
        self.editing
    }

    /// The quick filter.
    #[must_use]
    pub fn quick(&self) -> QuickFilter {
        self.quick
    }

    /// Whether any row could be hidden.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.quick != QuickFilter::All || !self.text().trim().is_empty()
    }

    /// What is wrong with the text, for the user: a word that means nothing, or one that was left
    /// incomplete.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let unknown = self.query.unknown.as_ref().map(|word| format!("unknown filter word: {word}"));
        let incomplete = self.query.incomplete.as_ref().filter(|_| !self.editing);
        unknown.or_else(|| incomplete.map(|word| format!("incomplete filter word, left out: {word}")))
    }

    /// Whether a credential is shown. `name` is its name in lower case.
    #[must_use]
    pub fn matches(&self, name: &str, entry: &CredentialUsage, now: DateTime<Utc>) -> bool {
        self.quick.state().is_none_or(|state| state.holds(entry, now)) && self.query.holds(name, entry, now)
    }

    /// Starts to edit the text.
    pub(crate) fn edit(&mut self) {
        self.editing = true;
    }

    /// Stops editing and keeps the text.
    pub(crate) fn keep(&mut self) {
        self.editing = false;
    }

    /// Stops editing and clears the text.
    pub(crate) fn clear_text(&mut self) {
        *self = Self { quick: self.quick, ..Self::default() };
    }

    /// Stops editing and clears everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Replaces everything.
    pub(crate) fn set(&mut self, text: &str, quick: QuickFilter) {
        *self = Self { quick, ..Self::default() };
        self.paste(text);
    }

    /// Goes to the next quick filter.
    pub(crate) fn next_quick(&mut self) {
        self.quick = self.quick.next();
    }

    /// Takes a key that edits the text, and gives whether the text changed.
    pub(crate) fn key(&mut self, key: KeyEvent) -> bool {
        match to_input_request(&Event::Key(key)) {
            Some(InputRequest::InsertChar(c)) => self.insert(std::iter::once(c)),
            Some(request) => {
                let changed = self.input.handle(request).is_some_and(|change| change.value);
                if changed {
                    self.take_in();
                }
                changed
            }
            None => false,
        }
    }

    /// Takes pasted text, on one line, and gives whether the text changed.
    pub(crate) fn paste(&mut self, text: &str) -> bool {
        self.insert(clean(text, LIMIT + 1).chars())
    }

    /// Inserts what may be shown and what there is room for.
    fn insert(&mut self, text: impl Iterator<Item = char>) -> bool {
        let room = LIMIT.saturating_sub(self.text().chars().count());
        let mut changed = false;
        for c in text.filter(|c| !is_invisible(*c)).take(room) {
            changed |= self.input.handle(InputRequest::InsertChar(c)).is_some();
        }
        self.take_in();
        changed
    }

    /// Cuts the text (what was deleted can be put back more than once) and reads it.
    fn take_in(&mut self) {
        if self.text().chars().count() > LIMIT {
            let cursor = self.input.cursor();
            let cut = self.text().chars().take(LIMIT).collect();
            self.input = Input::new(cut).with_cursor(cursor);
        }
        self.query = Query::parse(self.text());
    }
}

/// The names that the filter's text looks in, in the order of the configuration.
pub(super) fn lower_case_names(usage: &UsageManager) -> Vec<String> {
    usage.credentials().iter().map(|entry| entry.identity().name().to_lowercase()).collect()
}
