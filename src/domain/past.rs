//! What was, for the chart and the table in details.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::activity::{ChuteShare, HourlyRequests};
use crate::domain::credential::CredentialId;
use crate::domain::window::{Limit, WindowKind};

/// How far back one looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Span {
    /// Four hours.
    FourHours,
    /// A day.
    #[default]
    Day,
    /// A week.
    Week,
    /// Thirty days.
    Month,
}

impl Span {
    /// How long it is.
    #[must_use]
    pub fn length(self) -> TimeDelta {
        match self {
            Self::FourHours => TimeDelta::hours(4),
            Self::Day => TimeDelta::hours(24),
            Self::Week => TimeDelta::days(7),
            Self::Month => TimeDelta::days(30),
        }
    }

    /// `4h`, `24h`, `7d`, `30d`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::FourHours => "4h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// The next one; after the longest the shortest.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::FourHours => Self::Day,
            Self::Day => Self::Week,
            Self::Week => Self::Month,
            Self::Month => Self::FourHours,
        }
    }
}

/// A question about the past of one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastQuery {
    /// Whose.
    pub id: CredentialId,
    /// Of which window.
    pub kind: WindowKind,
    /// How far back.
    pub span: Span,
}

/// What a window's counter read once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PastSample {
    /// When it was read.
    pub at: DateTime<Utc>,
    /// What it read; `None`: the server did not know.
    pub used: Option<f64>,
    /// The limit then.
    pub limit: Limit,
    /// When the window was to start anew.
    pub reset_at: Option<DateTime<Utc>>,
}

/// The past of one credential.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// What was asked.
    pub query: PastQuery,
    /// When it was asked: the span ends there.
    pub until: DateTime<Utc>,
    /// What the window's counter read, oldest first.
    pub samples: Vec<PastSample>,
    /// The account's requests by the hour, oldest first, as the server tells them.
    pub hours: Vec<HourlyRequests>,
    /// What the account's requests went to within the span, most requests first.
    pub shares: Vec<ChuteShare>,
}
