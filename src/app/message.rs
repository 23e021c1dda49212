//! What happens to the dashboard, and what it asks for: facts in, one effect out.

use std::fmt;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};

use crate::app::configured::Configured;
use crate::domain::credential::{CredentialId, Identity};
use crate::domain::past::{Past, PastQuery};
use crate::domain::typed::Typed;
use crate::domain::usage::Update;

/// What happened. `Debug` hides typed and pasted characters: they may be part of a key.
#[derive(Clone, PartialEq)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The wheel was turned, or a button pressed.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(Typed),
    /// The terminal has this many columns and rows.
    Resized(u16, u16),
    /// The details that are drawn can be scrolled so many lines down.
    ScrollEnd(u16),
    /// The worker reports.
    Update(Update),
    /// The demo runs, with these credentials.
    DemoStarted(Vec<Identity>),
    /// The key that was typed is good and kept; these are the credentials now.
    KeyTaken(Vec<Identity>),
    /// Other credentials are asked for.
    Exchanged {
        /// The credentials now.
        identities: Vec<Identity>,
        /// The earlier id of each; `None`: it is new.
        before: Vec<Option<CredentialId>>,
    },
    /// The typed key is not usable, or could not be tested or stored: a line that says why.
    KeyRefused(String),
    /// What was asked of the past.
    Past(Box<Past>),
    /// The configuration was changed.
    Configured(Configured),
    /// Something the user should know; listed by the help screen.
    Notice(String),
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Effect {
    /// Nothing but drawing.
    None,
    /// Leave.
    Quit,
    /// Suspend to the shell.
    Suspend,
    /// Clear the terminal and redraw.
    Redraw,
    /// Ask for one credential now.
    Refresh(CredentialId),
    /// Ask for every credential now.
    RefreshAll,
    /// Poll this often.
    SetInterval(Duration),
    /// Pause polling (true) or resume it.
    SetPaused(bool),
    /// Put this on the clipboard.
    Copy(String),
    /// Tell of the past of a credential: [`Message::Past`] answers.
    ShowPast(PastQuery),
    /// Start the simulated server and show its credentials.
    StartDemo,
    /// Test this key, keep it and ask for it: [`Message::KeyTaken`] or [`Message::KeyRefused`] answers.
    TryKey(Typed),
    /// Give that up.
    LetKeyGo,
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, told): (&str, &dyn fmt::Debug) = match self {
            Self::Key(key) if matches!(key.code, KeyCode::Char(_)) => ("Key", &"a character"),
            Self::Key(key) => ("Key", &key.code),
            Self::Paste(text) => ("Paste", text),
            Self::Mouse(mouse) => ("Mouse", mouse),
            Self::ScrollEnd(end) => ("ScrollEnd", end),
            Self::Resized(columns, rows) => ("Resized", &(columns, rows)),
            Self::Update(update) => ("Update", update),
            Self::DemoStarted(identities) => ("DemoStarted", identities),
            Self::KeyTaken(identities) => ("KeyTaken", identities),
            Self::Exchanged { identities, .. } => ("Exchanged", identities),
            Self::KeyRefused(why) => ("KeyRefused", why),
            Self::Past(past) => ("Past", past),
            Self::Configured(configured) => ("Configured", configured),
            Self::Notice(notice) => ("Notice", notice),
        };
        formatter.debug_tuple(name).field(told).finish()
    }
}
