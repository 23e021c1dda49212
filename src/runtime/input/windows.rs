//! Waiting for the console, which cannot be waited for together with a pipe.

use std::io::PipeReader;
use std::time::Duration;

use crossterm::event;
use tokio::sync::mpsc;

use super::{Input, Ready};

/// How often to check whether the event loop still listens: the process rarely outlives the dashboard.
const LOOK: Duration = Duration::from_mins(1);

/// Waits, for as long as it takes, until there is something to do.
pub(super) fn wait(_stopped: &PipeReader, sender: &mpsc::Sender<Input>) -> Ready {
    loop {
        match event::poll(LOOK) {
            Ok(true) => return Ready::Input,
            Ok(false) if sender.is_closed() => return Ready::Stopped,
            Ok(false) => {}
            Err(_) => return Ready::Closed,
        }
    }
}
