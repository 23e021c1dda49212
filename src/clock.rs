//! The time: the only place that asks for it, and that knows how to wait for it without waking up in between.

use std::fmt::Debug;
use std::pin::Pin;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

#[cfg(target_os = "linux")]
mod alarm;

/// A wait for an instant.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where the time comes from. Injected, so that a test decides what time it is.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The wall-clock time. It may jump: the user sets it, the network corrects it, the machine sleeps.
    fn now(&self) -> DateTime<Utc>;

    /// Waits until `deadline`, or until about then: it may be early after the machine has slept, so look at
    /// the time again.
    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Box::pin(tokio::time::sleep_until(deadline))
    }
}

/// The time of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    #[cfg(target_os = "linux")]
    fn sleep_until(&self, deadline: Instant) -> Sleep {
        Box::pin(alarm::sleep_until(deadline))
    }
}
