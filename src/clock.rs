//! The time. The only place that asks for it.

use std::fmt::Debug;

use chrono::{DateTime, Utc};

/// Where the time comes from. Injected, so that a test decides what time it is.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The wall-clock time. It may jump: the user sets it, the network corrects it, the machine sleeps.
    fn now(&self) -> DateTime<Utc>;
}

/// The time of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
