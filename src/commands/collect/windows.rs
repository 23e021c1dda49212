//! What ends a command that watches, on Windows.

use std::future::pending;
use std::io;

use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

use crate::commands::Outcome;

/// The events that end a command.
pub(super) struct Signals {
    interrupt: CtrlC,
    terminate: CtrlBreak,
    close: CtrlClose,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: ctrl_c()?, terminate: ctrl_break()?, close: ctrl_close()? })
    }

    pub(super) async fn next(&mut self) -> Outcome {
        tokio::select! {
            _ = self.terminate.recv() => Outcome::Terminated,
            _ = self.interrupt.recv() => Outcome::Interrupted,
            _ = self.close.recv() => Outcome::HungUp,
        }
    }
}

/// Waits for ever: that nobody reads any more is learned from the next line.
pub(crate) async fn reader_is_gone() {
    pending::<()>().await;
}
