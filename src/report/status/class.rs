//! How bad it is, with its signs.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::quota::Headroom;
use crate::domain::usage::{Beyond, CredentialUsage};

/// How bad it is, as the class of a bar. The order is by badness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Class {
    Ok,
    Unknown,
    Low,
    NearlyOut,
    Exhausted,
}

impl Class {
    pub(super) fn of(entry: &CredentialUsage, now: DateTime<Utc>) -> Self {
        match entry.headroom(now) {
            // Every request is refused, as when all is used up.
            Headroom::NoQuota if entry.beyond() == Beyond::Refused => Self::Exhausted,
            Headroom::Ok | Headroom::Unlimited | Headroom::NoQuota => Self::Ok,
            Headroom::Unknown => Self::Unknown,
            Headroom::Low => Self::Low,
            Headroom::NearlyOut => Self::NearlyOut,
            Headroom::Exhausted => Self::Exhausted,
        }
    }

    /// The name of the class in a style sheet.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Low => "low",
            Self::NearlyOut => "nearly_out",
            Self::Exhausted => "exhausted",
        }
    }

    /// The dashboard's sign for it.
    pub(super) fn mark(self, ascii: bool) -> &'static str {
        match (self, ascii) {
            (Self::Ok, false) => "●",
            (Self::Unknown, _) => "?",
            (Self::Low, false) => "▲",
            (Self::NearlyOut, false) => "‼",
            (Self::Exhausted, false) => "■",
            (Self::Ok, true) => "*",
            (Self::Low, true) => "-",
            (Self::NearlyOut, true) => "!",
            (Self::Exhausted, true) => "#",
        }
    }

    pub(super) fn tmux(self) -> &'static str {
        match self {
            Self::Ok | Self::Unknown => "",
            Self::Low => "#[fg=yellow]",
            Self::NearlyOut | Self::Exhausted => "#[fg=red]",
        }
    }
}
