//! Will it last? What a window's use will be at its reset, and when it runs out if it does.
//!
//! The expected use is what is used so far and what the rest of the window usually takes, by the account's
//! history and by how today went so far; `docs/forecast.md` says how, and how good it is.

mod blend;
mod counter;
mod course;
mod days;
mod experts;
mod history;
mod longer;
mod spending;
mod spread;

use std::cell::LazyCell;

use chrono::{DateTime, Utc};

use blend::Rest;
use counter::Counter;
use course::Course;
use days::{DAY, Days};
pub use history::{Bucket, History};

/// The part of a window that must have passed before anything is said of it.
const EARLIEST: f64 = 0.03;
/// Samples needed when there is no history to judge them by.
const SAMPLES: usize = 2;

/// A longer window than this is judged by whole days, a shorter one by the hours of the day.
const LONGEST_BY_HOURS: f64 = 1.5 * DAY;

/// A period with a limit, as far as its forecast is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// When the counter began at 0.
    pub start: DateTime<Utc>,
    /// When it begins again.
    pub reset: DateTime<Utc>,
    /// What may be used, in the unit of the samples. `None`: as much as one likes.
    pub limit: Option<f64>,
}

/// One reading of the window's counter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it was read.
    pub at: DateTime<Utc>,
    /// What was used since the window's start, as the server said.
    pub used: f64,
}

/// The use expected at the reset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// The expectation; never less than what is used already.
    pub used_at_reset: f64,
    /// In four cases of five it will be this much at least,
    pub low: f64,
    /// and this much at most.
    pub high: f64,
}

/// When nothing will be left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunOut {
    /// The expected time; that of asking when nothing is left already.
    pub empty_at: DateTime<Utc>,
    /// The time if use is at the high end of the range.
    pub earliest: DateTime<Utc>,
    /// The time if it is at the low end; `None` when it lasts then.
    pub latest: Option<DateTime<Utc>>,
}

/// What is to be said of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Forecast {
    /// It is expected to last until its reset.
    Lasts(Outlook),
    /// It is expected to be empty before.
    RunsOut(Outlook, RunOut),
    /// Too little of it has passed, or too little was seen of it, to say anything.
    TooEarly,
    /// There is nothing to go by: no window, no limit above 0, no count.
    Unknown,
}

/// Judges a window at `now`: from the samples taken in it (in any order; what is no number or not of this
/// window is passed over) and from what was used before it began.
#[must_use]
pub fn forecast(window: &Window, samples: &[Sample], history: &History, now: DateTime<Utc>) -> Forecast {
    let (start, reset) = (seconds(window.start), seconds(window.reset));
    let limit = window.limit.unwrap_or(f64::INFINITY);
    if reset <= start || !(start..reset).contains(&seconds(now)) || limit.is_nan() || limit <= 0.0 {
        return Forecast::Unknown;
    }
    let counter = Counter::read(window, samples, seconds(now));
    let Some(at) = counter.last_at() else { return Forecast::Unknown };
    let used = counter.at(at);
    if used >= limit {
        let outlook = Outlook { used_at_reset: used, low: used, high: used };
        return Forecast::RunsOut(outlook, RunOut { empty_at: now, earliest: now, latest: Some(now) });
    }
    if at - start < EARLIEST * (reset - start) {
        return Forecast::TooEarly;
    }
    let days = (reset - start <= LONGEST_BY_HOURS).then(|| Days::cut(start, at, reset, &counter, history));
    if days.as_ref().is_some_and(|days| days.before.is_empty()) && counter.len() < SAMPLES {
        return Forecast::TooEarly;
    }
    let to_come = match &days {
        Some(days) => blend::rest(days),
        None => longer::rest(start, at, reset, used, history),
    };
    // Most windows last, and need none.
    let course = LazyCell::new(|| match &days {
        Some(days) => Course::usual(at, reset, days, history),
        None => Course::straight(at, reset),
    });
    // What is expected goes on from the last reading, which may be some time ago.
    judge(used, limit, &to_come, |part| course.when(part).and_then(time).map(|at| at.clamp(now, window.reset)))
}

/// Compares what is expected with the limit. `when(part)` is when this part of the rest of the window's use is used.
fn judge(used: f64, limit: f64, rest: &Rest, when: impl Fn(f64) -> Option<DateTime<Utc>>) -> Forecast {
    let (low, high) = rest.spread.around(rest.expected);
    let outlook = Outlook { used_at_reset: used + rest.expected, low: used + low, high: used + high };
    let left = limit - used;
    let empty = |rest: f64| if rest > left { when(left / rest) } else { None };
    match empty(rest.expected) {
        Some(empty_at) => {
            let earliest = empty(high).map_or(empty_at, |earliest| earliest.min(empty_at));
            let latest = empty(low).map(|latest| latest.max(empty_at));
            Forecast::RunsOut(outlook, RunOut { empty_at, earliest, latest })
        }
        None => Forecast::Lasts(outlook),
    }
}

impl Forecast {
    /// Its name for programs: `lasts`, `runs_out`, `too_early`, `unknown`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match self {
            Self::Lasts(_) => "lasts",
            Self::RunsOut(..) => "runs_out",
            Self::TooEarly => "too_early",
            Self::Unknown => "unknown",
        }
    }

    /// The use expected at the reset.
    #[must_use]
    pub fn outlook(&self) -> Option<Outlook> {
        match self {
            Self::Lasts(outlook) | Self::RunsOut(outlook, _) => Some(*outlook),
            Self::TooEarly | Self::Unknown => None,
        }
    }

    /// When nothing will be left, if that is expected before the reset.
    #[must_use]
    pub fn empty_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::RunsOut(_, run_out) => Some(run_out.empty_at),
            Self::Lasts(_) | Self::TooEarly | Self::Unknown => None,
        }
    }
}

/// A time as seconds since 1970.
fn seconds(time: DateTime<Utc>) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of any date that chrono knows fit a float well enough"
    )]
    let millis = time.timestamp_millis() as f64;
    millis / 1000.0
}

/// The time of so many seconds since 1970.
fn time(seconds: f64) -> Option<DateTime<Utc>> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float to integer cast saturates, and chrono refuses what is out of range"
    )]
    DateTime::from_timestamp_millis((seconds * 1000.0).floor() as i64)
}

#[cfg(test)]
mod tests;
