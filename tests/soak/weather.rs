//! What the server and the network do wrong, and for how long.

use std::time::Duration;

use chutes_top::domain::failure::{Failure, FailureKind};
use fastrand::Rng;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_mins(1);

/// What becomes of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// They are answered; one in two hundred is not.
    Fine,
    /// All of them are answered.
    Clear,
    /// They are refused with this status.
    Refuses(u16),
    /// They are refused with 429, and this `Retry-After`.
    TooMany(Option<Duration>),
    /// Nothing is heard for ten seconds.
    Silent,
    /// Nobody is there.
    Unreachable,
    /// A page of the network's answers (a captive portal).
    Portal,
}

impl Weather {
    /// The weather that follows fine weather, and how long it lasts.
    pub(crate) fn foul(rng: &mut Rng) -> (Self, Duration) {
        let weather = match rng.u8(..10) {
            0 => Self::Refuses(500),
            1 => Self::Refuses(503),
            2 => Self::TooMany(None),
            3 => Self::TooMany(Some(Duration::from_secs(rng.u64(0..900)))),
            4 => Self::Silent,
            5 | 6 => Self::Unreachable,
            7 => Self::Portal,
            8 => Self::Refuses(402),
            _ => Self::Refuses(404),
        };
        let minutes = if rng.u8(..5) == 0 { rng.u32(60..600) } else { rng.u32(1..45) };
        (weather, MINUTE * minutes)
    }

    /// How long fine weather lasts.
    pub(crate) fn fine(rng: &mut Rng) -> Duration {
        MINUTE * rng.u32(60..720)
    }

    /// How long an answer takes.
    pub(crate) fn latency(self, rng: &mut Rng) -> Duration {
        match self {
            Self::Silent => Duration::from_secs(10),
            Self::Unreachable => Duration::from_millis(5),
            _ => Duration::from_millis(rng.u64(30..800)),
        }
    }

    /// What a request fails with.
    pub(crate) fn failure(self, rng: &mut Rng) -> Option<Failure> {
        let failure = match self {
            Self::Fine if rng.u8(..200) == 0 => Failure::new(FailureKind::Connect, "closed before an answer"),
            Self::Fine | Self::Clear => return None,
            Self::Refuses(status) => refusal(status),
            Self::TooMany(wait) => Failure { retry_after: wait, ..refusal(429) },
            Self::Silent => Failure::new(FailureKind::Timeout, "no answer in 10 s"),
            Self::Unreachable => Failure::new(FailureKind::Connect, "connection refused"),
            Self::Portal => Failure::new(FailureKind::InvalidResponse, "the answer is a web page").with_status(200),
        };
        Some(failure)
    }
}

pub(crate) fn refusal(status: u16) -> Failure {
    Failure::new(FailureKind::from_status(status), "no").with_status(status)
}

/// Something that lasts until then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spell {
    pub(crate) weather: Weather,
    pub(crate) until: Instant,
}
