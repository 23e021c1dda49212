//! How little may be left before a monitor is to say so.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::account::Role;
use crate::domain::quota::Quota;
use crate::domain::usage::CredentialUsage;
use crate::domain::window::{Limit, Window, WindowKind};

/// An error of the calculation: a fifth that is left may be a trace less.
const TRACE: f64 = 1e-9;

/// What a threshold is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Percent of what there is of the window that binds.
    Percent,
    /// Requests of the day.
    Requests,
    /// Dollars of the tightest cap; of the balance where no request is included.
    Dollars,
    /// Seconds until the window that binds is expected to be empty.
    Seconds,
}

/// How little may be left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// What it is in.
    pub unit: Unit,
    /// Less than this is too little.
    pub least: f64,
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

    /// Whether too little is left. What does not apply, such as dollars without a cap, is enough.
    pub(super) fn is_reached(self, entry: &CredentialUsage, now: DateTime<Utc>) -> bool {
        self.unit.left(entry, now).is_some_and(|left| left < self.least - TRACE)
    }
}

impl Unit {
    /// What is left in this unit; `None` when that is not known, or there is no such limit.
    pub(super) fn left(self, entry: &CredentialUsage, now: DateTime<Utc>) -> Option<f64> {
        match self {
            Self::Percent => Some(entry.binding(now)?.window.remaining_fraction()? * 100.0),
            Self::Requests => {
                let daily = entry.windows().iter().find(|state| state.window.kind == WindowKind::Daily)?;
                daily.window.remaining().filter(|_| daily.window.is_current(now) && daily.window.limit.amount() > 0.0)
            }
            Self::Dollars => tightest_cap(entry, now).or_else(|| balance(entry)),
            Self::Seconds => Some(seconds(entry.binding(now)?.empty_at()? - now)),
        }
    }

    /// How much there is at most, in this unit.
    pub(super) fn most(self, entry: &CredentialUsage) -> Option<f64> {
        match self {
            Self::Percent => Some(100.0),
            Self::Requests => entry
                .windows()
                .iter()
                .find(|state| state.window.kind == WindowKind::Daily)
                .map(|state| state.window.limit.amount()),
            Self::Dollars | Self::Seconds => None,
        }
    }
}

fn tightest_cap(entry: &CredentialUsage, now: DateTime<Utc>) -> Option<f64> {
    let caps = entry.windows().iter().map(|state| &state.window);
    let caps = caps.filter(|window| matches!(window.limit, Limit::Dollars(cap) if cap > 0.0) && window.is_current(now));
    caps.filter_map(Window::remaining).min_by(f64::total_cmp)
}

/// The balance, where it is all there is to spend.
fn balance(entry: &CredentialUsage) -> Option<f64> {
    let pays_as_it_goes = entry.baseline()?.usage.quota() == Quota::Finite(0);
    let account = entry.account().value().filter(|account| pays_as_it_goes && account.role == Role::Ordinary)?;
    account.balance.map(|balance| balance.max(0.0))
}

fn seconds(time: TimeDelta) -> f64 {
    time.to_std().map_or(0.0, |time| time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("20%", Unit::Percent, 20.0)]
    #[case(" 2.5 % ", Unit::Percent, 2.5)]
    #[case("100", Unit::Requests, 100.0)]
    #[case("$2.50", Unit::Dollars, 2.5)]
    #[case("2h", Unit::Seconds, 7200.0)]
    #[case("1h 30m", Unit::Seconds, 5400.0)]
    fn the_unit_tells_what_is_judged(#[case] text: &str, #[case] unit: Unit, #[case] least: f64) {
        assert_eq!(Threshold::parse(text), Ok(Threshold { unit, least }));
    }

    #[rstest]
    fn anything_else_is_refused(
        #[values("", "%", "-1%", "101%", "nan", "inf", "-3", "$", "$-2", "soon", "2 h x")] text: &str,
    ) {
        assert!(Threshold::parse(text).is_err());
    }
}
