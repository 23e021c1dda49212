//! The signals of Unix.

use std::io;

use futures_util::Stream;
use futures_util::stream;
use rustix::process::{Signal as Number, getpgrp, getpid, getsid, kill_current_process_group, kill_process};
use tokio::signal::unix::{self, SignalKind, signal};

use super::Signal;

struct Handlers {
    resized: unix::Signal,
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hang_up: unix::Signal,
    stop: unix::Signal,
    go_on: unix::Signal,
}

/// Begins to listen. From here on none of these signals ends or stops the program by itself.
///
/// # Errors
///
/// When a handler cannot be installed.
///
/// # Panics
///
/// Outside a tokio runtime.
pub fn listen() -> io::Result<impl Stream<Item = Signal> + Unpin> {
    let handlers = Handlers {
        resized: signal(SignalKind::window_change())?,
        interrupt: signal(SignalKind::interrupt())?,
        terminate: signal(SignalKind::terminate())?,
        hang_up: signal(SignalKind::hangup())?,
        stop: signal(SignalKind::from_raw(Number::TSTP.as_raw()))?,
        go_on: signal(SignalKind::from_raw(Number::CONT.as_raw()))?,
    };
    Ok(Box::pin(stream::unfold(handlers, async |mut handlers| Some((handlers.next().await, handlers)))))
}

impl Handlers {
    async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            _ = self.hang_up.recv() => Signal::HangUp,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.interrupt.recv() => Signal::Interrupt,
            // A stop before a continue: both are there when a job was stopped and continued at once.
            _ = self.stop.recv() => Signal::Stop,
            _ = self.go_on.recv() => Signal::Continue,
            _ = self.resized.recv() => Signal::Resized,
        }
    }
}

/// Asks the whole job to stop, as the terminal does on Ctrl-Z outside raw mode: also a `cargo run` or a
/// script around the program. It comes back to the program itself as [`Signal::Stop`].
///
/// # Errors
///
/// When the system refuses.
pub fn stop_job() -> io::Result<()> {
    if !can_stop() {
        return Ok(());
    }
    Ok(kill_current_process_group(Number::TSTP)?)
}

/// Stops this process until it is continued. The handler for SIGTSTP has taken the place of the default
/// action, so it is SIGSTOP that stops.
///
/// # Errors
///
/// When the system refuses.
pub fn stop_here() -> io::Result<()> {
    Ok(kill_process(getpid(), Number::STOP)?)
}

/// Whether a shell is there to continue the program once it has stopped. The first job of a session (a
/// terminal window or a tmux pane that runs nothing but this program) has none, and would stop for good.
#[must_use]
pub fn can_stop() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}
