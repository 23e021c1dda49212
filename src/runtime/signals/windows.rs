//! What Windows has instead of signals. There are no jobs to stop, and a new size comes with the input.

use std::io;

use futures_util::Stream;
use futures_util::stream;
use tokio::signal::windows::{self, CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown};

use super::Signal;

struct Handlers {
    interrupt: CtrlC,
    terminate: CtrlBreak,
    close: CtrlClose,
    log_off: CtrlLogoff,
    shutdown: CtrlShutdown,
}

/// Begins to listen. From here on none of these events ends the program by itself.
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
        interrupt: windows::ctrl_c()?,
        terminate: windows::ctrl_break()?,
        close: windows::ctrl_close()?,
        log_off: windows::ctrl_logoff()?,
        shutdown: windows::ctrl_shutdown()?,
    };
    Ok(Box::pin(stream::unfold(handlers, async |mut handlers| Some((handlers.next().await, handlers)))))
}

impl Handlers {
    async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            _ = self.close.recv() => Signal::HangUp,
            _ = self.log_off.recv() => Signal::HangUp,
            _ = self.shutdown.recv() => Signal::Terminate,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.interrupt.recv() => Signal::Interrupt,
        }
    }
}

/// Does nothing: there are no jobs.
///
/// # Errors
///
/// None.
pub fn stop_job() -> io::Result<()> {
    Ok(())
}

/// Does nothing.
///
/// # Errors
///
/// None.
pub fn stop_here() -> io::Result<()> {
    Ok(())
}

/// Nothing is there to continue a program that has stopped.
#[must_use]
pub fn can_stop() -> bool {
    false
}
