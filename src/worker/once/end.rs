//! Why a look at everything ends before all is learned.

use chrono::{DateTime, Utc};

use crate::domain::failure::{Failure, FailureKind};
use crate::worker::once::Look;

/// Why nothing more is asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// The server answered 429.
    Refused,
    /// It did so to another instance, and is left alone until then.
    Paused(DateTime<Utc>),
    /// The time is over.
    TimedOut,
}

impl End {
    /// What this means for a credential that was being asked.
    pub(super) fn of_asked(self, look: Look) -> Failure {
        match self {
            Self::Refused | Self::Paused(_) => self.failure("let go: the server answered 429 to another request"),
            Self::TimedOut => self.failure(format!("no answer within the {} s of --timeout", look.timeout.as_secs())),
        }
    }

    /// What this means for a credential that was not asked.
    pub(super) fn of_waiting(self, look: Look) -> Failure {
        match self {
            Self::Refused => self.failure("not asked: the server answered 429 before"),
            Self::Paused(until) => {
                let until = until.format("%H:%M:%S UTC");
                self.failure(format!("not asked: the server answered 429, and is left alone until {until}"))
            }
            Self::TimedOut => {
                let seconds = look.timeout.as_secs();
                self.failure(format!("not asked within the {seconds} s of --timeout: the budget of requests is spent"))
            }
        }
    }

    fn failure(self, message: impl AsRef<str>) -> Failure {
        let kind = match self {
            Self::Refused | Self::Paused(_) => FailureKind::RateLimited,
            Self::TimedOut => FailureKind::Timeout,
        };
        Failure::new(kind, message)
    }
}
