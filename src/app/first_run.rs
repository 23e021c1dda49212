//! From nothing to a row: the demo, or a key that is typed, tested and stored.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::app::list::List;
use crate::app::measure::Measure;
use crate::app::{App, Effect, filter};
use crate::domain::credential::Identity;
use crate::domain::typed::Typed;
use crate::domain::usage::UsageManager;

/// What every key begins with. In a terminal that does not announce a paste, it arrives as typing.
const FIRST: char = 'c';

/// Where the numbers come from, and what is done to have any.
#[derive(Clone, Debug)]
pub(super) struct FirstRun {
    demo: bool,
    /// Whether the demo was asked for and is not there yet.
    pub(super) demo_awaited: bool,
    key_file: Option<String>,
    /// The key that is being typed.
    entry: Option<KeyEntry>,
}

/// A key that is being typed.
#[derive(Clone, Debug, Default)]
pub struct KeyEntry {
    typed: Typed,
    is_tried: bool,
    refused: Option<String>,
}

impl KeyEntry {
    /// How many characters it has: all that may be shown of it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.typed.len()
    }

    /// Whether there are none yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// Whether it is being tested.
    #[must_use]
    pub fn is_tried(&self) -> bool {
        self.is_tried
    }

    /// What was wrong with it, or with the one before.
    #[must_use]
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }
}

impl FirstRun {
    pub(super) fn new(demo: bool, key_file: Option<String>) -> Self {
        Self { demo, demo_awaited: false, key_file, entry: None }
    }

    /// The key that is being typed, unless it is being tested: then it stays as it is.
    fn editable(&mut self) -> Option<&mut KeyEntry> {
        let entry = self.entry.get_or_insert_default();
        (!entry.is_tried).then_some(entry)
    }
}

impl App {
    /// Whether the numbers are simulated.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.first_run.demo
    }

    /// Where keys are kept by default, safe to show; `None` without a home directory.
    #[must_use]
    pub fn key_file(&self) -> Option<&str> {
        self.first_run.key_file.as_deref()
    }

    /// The key that is being typed.
    #[must_use]
    pub fn key_entry(&self) -> Option<&KeyEntry> {
        self.first_run.entry.as_ref()
    }

    /// Adds a typed character to the API key, or deletes the last one.
    pub(super) fn type_key(&mut self, key: KeyEvent) {
        if key.modifiers.intersects(!KeyModifiers::SHIFT) {
            return;
        }
        let is_open = self.first_run.entry.is_some();
        match key.code {
            KeyCode::Char(c) if is_open || c == FIRST => {
                if let Some(entry) = self.first_run.editable() {
                    entry.typed.push(c);
                }
            }
            KeyCode::Backspace if is_open => {
                if let Some(entry) = self.first_run.editable() {
                    entry.typed.pop();
                }
            }
            _ => {}
        }
    }

    /// Replaces what was typed by a pasted key.
    pub(super) fn paste_key(&mut self, text: &Typed) {
        if let Some(entry) = self.first_run.editable() {
            entry.typed.replace(text);
            entry.refused = None;
        }
    }

    /// Begins with nothing typed.
    pub(super) fn type_anew(&mut self) {
        if let Some(entry) = self.first_run.editable() {
            *entry = KeyEntry::default();
        }
    }

    pub(super) fn try_key(&mut self) -> Effect {
        let Some(entry) = self.first_run.editable() else { return Effect::None };
        if entry.typed.is_full() {
            entry.refused = Some("the key is longer than any key".to_owned());
            return Effect::None;
        }
        entry.refused = None;
        entry.is_tried = true;
        Effect::TryKey(entry.typed.clone())
    }

    pub(super) fn drop_key(&mut self) -> Effect {
        let was_tried = self.first_run.entry.take().is_some_and(|entry| entry.is_tried);
        if was_tried { Effect::LetKeyGo } else { Effect::None }
    }

    /// Credentials have come from elsewhere.
    pub(super) fn forget_key_entry(&mut self) {
        self.first_run.entry = None;
        self.first_run.demo_awaited = false;
    }

    /// The typed key stays: the failure may not be its fault.
    pub(super) fn key_refused(&mut self, why: String) {
        if let Some(entry) = &mut self.first_run.entry {
            entry.is_tried = false;
            entry.refused = Some(why);
        }
    }

    pub(super) fn ask_for_demo(&mut self) -> Effect {
        if self.first_run.demo_awaited {
            return Effect::None;
        }
        self.first_run.demo_awaited = true;
        self.flash = Some("starting the demo".to_owned());
        Effect::StartDemo
    }

    /// Forgets the credentials there were, and everything about them.
    pub(super) fn begin_anew(&mut self, identities: Vec<Identity>, demo: bool) {
        self.usage = UsageManager::new(identities);
        self.judge();
        self.names = filter::lower_case_names(&self.usage);
        self.list = List::new(self.usage.credentials());
        self.measure = Measure::of_names(&self.usage);
        self.filter.clear();
        self.close_details();
        self.show_help(false);
        self.flash = None;
        self.first_run = FirstRun { demo, demo_awaited: false, entry: None, key_file: self.first_run.key_file.take() };
    }
}
