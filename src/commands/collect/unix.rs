//! What ends a command that watches, on Unix.

use std::future::pending;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::commands::Outcome;

/// The signals that end a command.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    pub(super) async fn next(&mut self) -> Outcome {
        tokio::select! {
            _ = self.terminate.recv() => Outcome::Terminated,
            _ = self.interrupt.recv() => Outcome::Interrupted,
            _ = self.hang_up.recv() => Outcome::HungUp,
        }
    }
}

/// Waits until nobody reads standard output any more: a pipe says so before anything is written to it. For ever
/// where it is no pipe.
pub(crate) async fn reader_is_gone() {
    if let Ok(out) = standard_output()
        && out.ready(Interest::ERROR).await.is_ok()
    {
        return;
    }
    pending::<()>().await;
}

/// A handle of standard output that the runtime watches.
#[expect(
    deprecated,
    reason = "its successor is unsafe, for owners that swap their descriptor; an `OwnedFd` never does"
)]
fn standard_output() -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(io::stdout().as_fd().try_clone_to_owned()?, Interest::ERROR)
}
