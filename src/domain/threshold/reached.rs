//! A threshold that is reached, and the number that it is about.

use chrono::{DateTime, Utc};

use super::{Threshold, Unit};
use crate::domain::quota::Headroom;
use crate::domain::text;
use crate::domain::usage::WindowState;

/// A threshold that is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reached<'a> {
    /// Low, or nearly out.
    pub headroom: Headroom,
    /// The threshold.
    pub threshold: Threshold,
    /// So much is left, in its unit.
    pub left: f64,
    /// The window of which so little is left; `None`: it is the balance.
    pub state: Option<&'a WindowState>,
}

impl Reached<'_> {
    /// How much is left, where that is another number than the percentage that is told anyhow: `4,340 requests`, `$1.80`,
    /// `1h 50m`.
    #[must_use]
    pub fn amount(&self, now: DateTime<Utc>) -> Option<String> {
        match self.threshold.unit {
            Unit::Percent => None,
            Unit::Requests => Some(format!("{} requests", text::requests(self.left))),
            Unit::Dollars => Some(text::dollars(self.left)),
            Unit::Seconds => self.state?.empty_at().map(|at| text::until(at, now)),
        }
    }

    /// The same in a few words: `4,340 requests left`, `$1.80 left`, `1h 50m to empty`.
    #[must_use]
    pub fn words(&self, now: DateTime<Utc>) -> Option<String> {
        let what = if self.threshold.unit == Unit::Seconds { "to empty" } else { "left" };
        Some(format!("{} {what}", self.amount(now)?))
    }

    /// In fewer words: `4,340 left`.
    #[must_use]
    pub fn brief(&self, now: DateTime<Utc>) -> Option<String> {
        match self.threshold.unit {
            Unit::Requests => Some(format!("{} left", text::requests(self.left))),
            _ => self.words(now),
        }
    }

    /// [`Reached::words`], and what it is less than: `4,340 requests left (under 5,000)`.
    #[must_use]
    pub fn explained(&self, now: DateTime<Utc>) -> Option<String> {
        let Threshold { unit, least } = self.threshold;
        let under = match unit {
            Unit::Requests => text::requests(least),
            Unit::Dollars => text::dollars(least),
            Unit::Percent | Unit::Seconds => self.threshold.to_string(),
        };
        Some(format!("{} (under {under})", self.words(now)?))
    }
}
