//! Signals, as facts for the event loop.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use self::unix::{can_stop, listen, stop_here, stop_job};
#[cfg(windows)]
pub use self::windows::{can_stop, listen, stop_here, stop_job};

/// A signal that the program acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGWINCH: the terminal has another size.
    Resized,
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal is gone, or its owner.
    HangUp,
    /// SIGTSTP: go into the background.
    Stop,
    /// SIGCONT: go on.
    Continue,
}
