//! What happens to the dashboard, and what it asks for: past facts in, one effect out.

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::app::configured::Configured;
use crate::domain::credential::{CredentialId, Identity};
use crate::domain::past::{Past, PastQuery};
use crate::domain::usage::Update;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The wheel was turned, or a button pressed.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resized(u16, u16),
    /// The worker reports.
    Update(Update),
    /// The demo runs, with these credentials.
    DemoStarted(Vec<Identity>),
    /// What was asked of the past.
    Past(Box<Past>),
    /// The configuration was changed.
    Configured(Configured),
    /// Something the user should know; listed by the help screen.
    Notice(String),
}

/// What is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Effect {
    /// Nothing but drawing.
    None,
    /// Leave.
    Quit,
    /// Suspend to the shell.
    Suspend,
    /// Clear the terminal and draw anew.
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
}
