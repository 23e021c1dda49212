//! How little may be left of a quota before it is low, and before it is critical: what the screen, the alerts and the
//! monitor go by.

mod reached;
mod rules;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::quota::Headroom;
use crate::domain::usage::{CredentialUsage, WindowState};
use crate::domain::window::{Limit, WindowKind};
pub use reached::Reached;
pub use rules::Rules;

/// An error of the calculation: a fifth that is left may be a trace less.
const TRACE: f64 = 1e-9;

/// What a threshold is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Percent of what there is of the window that binds.
    Percent,
    /// Requests of the day.
    Requests,
    /// Dollars of the tightest cap; of the balance where requests are paid from it.
    Dollars,
    /// Seconds until the window that binds is expected to be empty.
    Seconds,
}

/// How little may be left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    unit: Unit,
    least: f64,
}

/// The amount is never NaN.
impl Eq for Threshold {}

/// What counts as low and what as critical, for one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Less than this is low.
    pub low: Threshold,
    /// Less than this is critical: nearly out.
    pub critical: Threshold,
}

impl Default for Thresholds {
    /// A fifth, and a twentieth.
    fn default() -> Self {
        let percent = |least| Threshold { unit: Unit::Percent, least };
        Self { low: percent(20.0), critical: percent(5.0) }
    }
}

impl Thresholds {
    /// What is said of them. Of two percentages the one that is not said follows the other where the default would not
    /// be low before it is critical.
    #[must_use]
    pub fn said(low: Option<Threshold>, critical: Option<Threshold>) -> Self {
        let default = Self::default();
        let following = |default: Threshold, said: Option<Threshold>, pick: fn(f64, f64) -> f64| {
            let least = said.filter(|said| said.unit == default.unit).map_or(default.least, |said| said.least);
            Threshold { least: pick(default.least, least), ..default }
        };
        Self {
            low: low.unwrap_or_else(|| following(default.low, critical, f64::max)),
            critical: critical.unwrap_or_else(|| following(default.critical, low, f64::min)),
        }
    }

    /// How close to empty a window is; `Ok` also where a threshold is in a unit that the window is not in.
    #[must_use]
    pub fn headroom(self, state: &WindowState, now: DateTime<Utc>) -> Headroom {
        let Some(left) = state.window.remaining_fraction() else { return Headroom::Unknown };
        level(left, self.reached_by(state, now))
    }

    /// How close to empty a credential is, of whose window that binds this part is left.
    pub(super) fn of_credential(self, left: f64, entry: &CredentialUsage, now: DateTime<Utc>) -> Headroom {
        level(left, self.reached(entry, now))
    }

    /// The threshold that a credential has come down to: the worse one, if it is both.
    #[must_use]
    pub fn reached(self, entry: &CredentialUsage, now: DateTime<Utc>) -> Option<Reached<'_>> {
        self.worst(|unit| unit.left_in(entry, now))
    }

    /// The threshold that a window has come down to.
    #[must_use]
    pub fn reached_by(self, state: &WindowState, now: DateTime<Utc>) -> Option<Reached<'_>> {
        self.worst(|unit| Some((unit.left_of(state, now)?, Some(state))))
    }

    /// The threshold in dollars that a balance of which one lives has come down to.
    #[must_use]
    pub fn reached_by_balance(self, balance: f64) -> Option<Reached<'static>> {
        self.worst(|unit| (unit == Unit::Dollars).then_some((balance, None)))
    }

    /// Whether one of them is in dollars, and so about the balance where one lives on that.
    #[must_use]
    pub fn judge_balance(self) -> bool {
        [self.low, self.critical].iter().any(|threshold| threshold.unit == Unit::Dollars)
    }

    fn worst<'a>(self, left: impl Fn(Unit) -> Option<(f64, Option<&'a WindowState>)>) -> Option<Reached<'a>> {
        [(Headroom::NearlyOut, self.critical), (Headroom::Low, self.low)].into_iter().find_map(
            |(headroom, threshold)| {
                let (left, state) = left(threshold.unit).filter(|(left, _)| threshold.is_above(Some(*left)))?;
                Some(Reached { headroom, threshold, left, state })
            },
        )
    }

    /// These, but for what is given. Where only one is given and is beyond the other, that gives way: nothing but used up
    /// is critical then, or low is no more than critical.
    #[must_use]
    pub fn with(self, low: Option<Threshold>, critical: Option<Threshold>) -> Self {
        let all = Self { low: low.unwrap_or(self.low), critical: critical.unwrap_or(self.critical) };
        match (low, critical) {
            (Some(low), None) if all.is_upside_down() => Self { critical: Threshold { least: 0.0, ..low }, ..all },
            (None, Some(critical)) if all.is_upside_down() => Self { low: critical, ..all },
            _ => all,
        }
    }

    /// Whether one of them goes by a forecast, which wavers.
    #[must_use]
    pub fn foresee(self) -> bool {
        [self.low, self.critical].iter().any(|threshold| threshold.unit == Unit::Seconds)
    }

    /// The first instants at which a window will be as low as that by the time to its end alone.
    pub(super) fn crossed_at(self, state: &WindowState) -> impl Iterator<Item = DateTime<Utc>> {
        let empty_at = state.empty_at();
        let in_time = [self.low, self.critical].into_iter().filter(|threshold| threshold.unit == Unit::Seconds);
        in_time.filter_map(move |threshold| {
            let time = TimeDelta::from_std(Duration::try_from_secs_f64(threshold.least).ok()?).ok()?;
            empty_at?.checked_sub_signed(time)?.checked_add_signed(TimeDelta::milliseconds(1))
        })
    }

    /// Whether critical is above low, which makes no sense; of different units nobody can tell.
    #[must_use]
    pub fn is_upside_down(self) -> bool {
        self.low.unit == self.critical.unit && self.critical.least > self.low.least
    }
}

impl Threshold {
    /// Reads `20%`, `100` (requests), `$2` or `2h`.
    ///
    /// # Errors
    ///
    /// What was expected. The text is not repeated: it might be a key.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str =
            "expected what is left at least, such as 20%, 100 (requests), $2, or 2h (the time to empty)";
        let text = text.trim();
        let number = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
        let read = if let Some(percent) = text.strip_suffix('%') {
            number(percent).filter(|percent| *percent <= 100.0).map(|least| (Unit::Percent, least))
        } else if let Some(dollars) = text.strip_prefix('$') {
            number(dollars).map(|least| (Unit::Dollars, least))
        } else {
            let duration = || humantime::parse_duration(text).ok().map(|time| (Unit::Seconds, time.as_secs_f64()));
            number(text).map(|least| (Unit::Requests, least)).or_else(duration)
        };
        read.map(|(unit, least)| Self { unit, least }).ok_or(EXPECTED)
    }

    /// What it is in.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// Less than this is too little.
    #[must_use]
    pub fn least(self) -> f64 {
        self.least
    }

    /// Whether it is above what is left; of what is not known it is not.
    pub(super) fn is_above(self, left: Option<f64>) -> bool {
        left.is_some_and(|left| left < self.least - TRACE)
    }
}

impl fmt::Display for Threshold {
    /// As it is read.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, least } = *self;
        match unit {
            Unit::Percent => write!(formatter, "{least}%"),
            Unit::Requests => write!(formatter, "{least}"),
            Unit::Dollars => write!(formatter, "${least}"),
            Unit::Seconds => {
                let time = Duration::try_from_secs_f64(least).unwrap_or(Duration::MAX);
                humantime::format_duration(time).fmt(formatter)
            }
        }
    }
}

impl Unit {
    /// What is left of a credential in this unit; `None` when that is not known, or there is no such limit.
    #[must_use]
    pub fn left(self, entry: &CredentialUsage, now: DateTime<Utc>) -> Option<f64> {
        self.left_in(entry, now).map(|(left, _)| left)
    }

    /// The same, and the window that it is left of; `None` in its place: it is the balance.
    fn left_in(self, entry: &CredentialUsage, now: DateTime<Utc>) -> Option<(f64, Option<&WindowState>)> {
        let of = |state| Some((self.left_of(state, now)?, Some(state)));
        match self {
            Self::Percent | Self::Seconds => of(entry.binding(now)?),
            Self::Requests => of(daily(entry)?),
            Self::Dollars => match entry.lives_on(now) {
                Some(balance) => Some((balance.max(0.0), None)),
                None => entry.windows().iter().filter_map(of).min_by(|(a, _), (b, _)| a.total_cmp(b)),
            },
        }
    }

    /// What is left of one window in this unit; `None` when that is not known, or the window is of another unit.
    fn left_of(self, state: &WindowState, now: DateTime<Utc>) -> Option<f64> {
        let window = &state.window;
        let is_there = window.is_current(now) && window.limit.amount() > 0.0;
        match (self, window.limit) {
            (Self::Percent, _) => Some(window.remaining_fraction()? * 100.0),
            (Self::Seconds, _) => Some(seconds(state.empty_at()? - now)),
            (Self::Requests, Limit::Requests(_)) if window.kind == WindowKind::Daily => {
                window.remaining().filter(|_| is_there)
            }
            (Self::Dollars, Limit::Dollars(_)) => window.remaining().filter(|_| is_there),
            (Self::Requests | Self::Dollars, _) => None,
        }
    }

    /// How much there is at most, in this unit.
    #[must_use]
    pub fn most(self, entry: &CredentialUsage) -> Option<f64> {
        match self {
            Self::Percent => Some(100.0),
            Self::Requests => daily(entry).map(|state| state.window.limit.amount()),
            Self::Dollars | Self::Seconds => None,
        }
    }
}

fn level(left: f64, reached: Option<Reached<'_>>) -> Headroom {
    if left <= 0.0 { Headroom::Exhausted } else { reached.map_or(Headroom::Ok, |reached| reached.headroom) }
}

fn daily(entry: &CredentialUsage) -> Option<&WindowState> {
    entry.windows().iter().find(|state| state.window.kind == WindowKind::Daily)
}

fn seconds(time: TimeDelta) -> f64 {
    time.to_std().map_or(0.0, |time| time.as_secs_f64())
}

#[cfg(test)]
mod tests;
