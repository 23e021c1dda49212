//! What the requests of the last days went to, as text: by the hour, by the day, or by chute.
//!
//! The server's counts are used where there are any. Other hours are filled from the readings of the daily counter,
//! which has neither dollars nor tokens.

mod csv;
mod json;
mod rows;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::csv::csv;
pub use self::json::json;
pub use self::table::table;

use crate::domain::activity::{Bucket, ChuteId};
use crate::domain::past::PastSample;

/// What a line covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// An hour.
    Hour,
    /// A UTC day.
    Day,
    /// A chute.
    Chute,
}

impl By {
    /// The first instant that a look back from `now` over `span` covers: the start of an hour or a day, so that no line
    /// covers a part of one.
    #[must_use]
    pub fn since(self, now: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
        let width = match self {
            Self::Hour | Self::Chute => rows::HOUR,
            Self::Day => rows::DAY,
        };
        now.checked_sub_signed(span).and_then(|at| rows::floor(at, width)).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The name in JSON.
    fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Chute => "chute",
        }
    }
}

/// What is known of the past of one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The credential that it is told of under.
    pub name: String,
    /// The other credentials of the account.
    pub shares_with: Vec<String>,
    /// What the server said, oldest first.
    pub buckets: Vec<Bucket>,
    /// What the daily counter read, oldest first.
    pub samples: Vec<PastSample>,
}

/// What is to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The accounts, in the order of the configuration.
    pub accounts: Vec<Account>,
    /// The names of chutes.
    pub names: HashMap<ChuteId, String>,
    /// What a line is of.
    pub by: By,
    /// The first instant.
    pub since: DateTime<Utc>,
    /// The last one.
    pub until: DateTime<Utc>,
}

impl History {
    /// The name of a chute, when it is known.
    fn name<'a>(&'a self, chute: &'a ChuteId) -> Option<&'a str> {
        self.names.get(chute).map(String::as_str)
    }

    fn rows(&self, account: &Account) -> Vec<rows::Row> {
        rows::of(account, self.by, self.since)
    }
}
