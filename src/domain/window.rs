//! Quota windows: the periods that a limit counts in, and when they start anew.

use chrono::{DateTime, Days, Months, NaiveTime, TimeDelta, Utc};

use crate::domain::activity::ChuteId;
use crate::domain::quota::as_f64;

/// A period with a limit: what is used of it, and when it starts anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Which window.
    pub kind: WindowKind,
    /// What is used, in the unit of the limit; `None` is unknown. It may pass the limit.
    pub used: Option<f64>,
    /// How much there is.
    pub limit: Limit,
    /// When it started, as far as is known.
    pub start: Option<DateTime<Utc>>,
    /// When it starts anew; `None` is unknown.
    pub reset_at: Option<DateTime<Utc>>,
    /// Who says so.
    pub reset_source: ResetSource,
    /// When the numbers were read.
    pub fetched_at: DateTime<Utc>,
}

/// The windows, in the order in which they are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowKind {
    /// Requests a UTC day.
    Daily,
    /// Dollars in a fixed block of four hours: 00, 04, 08, 12, 16, 20 UTC (`api/invocation/util.py`).
    FourHour,
    /// Dollars in a month from the plan's anchor.
    Monthly,
    /// Requests a UTC day to one chute that has a quota of its own.
    Chute(ChuteId),
}

/// How much there is of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// So many requests.
    Requests(u64),
    /// So many dollars, at pay-as-you-go prices.
    Dollars(f64),
}

/// Who says when a window starts anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetSource {
    /// The server's answer.
    Server,
    /// A rule: 00:00 UTC.
    Computed,
}

impl Limit {
    /// The limit as a float, for arithmetic.
    #[must_use]
    pub fn amount(self) -> f64 {
        match self {
            Self::Requests(requests) => as_f64(requests),
            Self::Dollars(dollars) => dollars,
        }
    }

    /// The unit in JSON: `requests` or `dollars`.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Requests(_) => "requests",
            Self::Dollars(_) => "dollars",
        }
    }
}

impl WindowKind {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::FourHour => "four_hour",
            Self::Monthly => "monthly",
            Self::Chute(_) => "chute",
        }
    }
}

impl Window {
    /// What is left, held to 0..=limit. `None` is unknown.
    #[must_use]
    pub fn remaining(&self) -> Option<f64> {
        let limit = self.limit.amount().max(0.0);
        Some((limit - self.used?).clamp(0.0, limit))
    }

    /// The part left, within 0.0..=1.0; 0 when the limit is 0. `None` is unknown.
    #[must_use]
    pub fn remaining_fraction(&self) -> Option<f64> {
        let limit = self.limit.amount();
        let remaining = self.remaining()?;
        Some(if limit > 0.0 { (remaining / limit).clamp(0.0, 1.0) } else { 0.0 })
    }

    /// Whether it starts anew at each 00:00 UTC.
    #[must_use]
    pub fn resets_daily(&self) -> bool {
        matches!(self.kind, WindowKind::Daily | WindowKind::Chute(_))
    }

    /// Whether the window has been reset since its numbers were read: they are not of this window.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.reset_at.is_some_and(|reset_at| now >= reset_at)
    }

    /// Whether the server's own answer already named a reset that had passed: the plan's renewal has
    /// not been recorded yet, and the use runs on (`api/invocation/util.py`: the anchor does not roll).
    #[must_use]
    pub fn is_renewal_pending(&self) -> bool {
        self.reset_source == ResetSource::Server
            && self.kind == WindowKind::Monthly
            && self.reset_at.is_some_and(|reset_at| reset_at <= self.fetched_at)
    }

    /// Whether its numbers can be shown as those of the running window.
    #[must_use]
    pub fn is_current(&self, now: DateTime<Utc>) -> bool {
        !self.is_over(now) || self.is_renewal_pending()
    }

    /// When it is reset next, and who says so. After a reset the next one follows from the rule where there
    /// is one; a month that the server has not begun yet keeps the date that it stated.
    #[must_use]
    pub fn next_reset(&self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, ResetSource) {
        match self.kind {
            WindowKind::Daily | WindowKind::Chute(_) if self.is_over(now) => {
                (Some(next_daily_reset(now)), ResetSource::Computed)
            }
            WindowKind::FourHour if self.is_over(now) => (Some(next_four_hour_reset(now)), ResetSource::Computed),
            _ => (self.reset_at, self.reset_source),
        }
    }

    /// Whether it is a chute's own, which counts requests to that chute alone.
    #[must_use]
    pub fn is_of_chute(&self) -> bool {
        matches!(self.kind, WindowKind::Chute(_))
    }

    /// Whether nothing is left of it. A limit of 0 never had anything, so it is not exhausted.
    #[must_use]
    pub fn is_exhausted(&self, now: DateTime<Utc>) -> bool {
        self.is_current(now) && self.limit.amount() > 0.0 && self.remaining().is_some_and(|left| left <= 0.0)
    }
}

/// The next daily reset after `now`: the next 00:00 UTC. Exactly at midnight it is the next midnight.
///
/// The server counts under the UTC date (`api/user/schemas.py`), so a new day is a new counter.
#[must_use]
pub fn next_daily_reset(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive()
        .checked_add_days(Days::new(1))
        .map_or(DateTime::<Utc>::MAX_UTC, |day| day.and_time(NaiveTime::MIN).and_utc())
}

/// The next reset of the four-hour window after `now`: the next of 00, 04, 08, 12, 16, 20 UTC, the blocks
/// being counted from the Unix epoch (`api/invocation/util.py`).
#[must_use]
pub fn next_four_hour_reset(now: DateTime<Utc>) -> DateTime<Utc> {
    const BLOCK: i64 = 4 * 60 * 60;
    let next = now.timestamp().div_euclid(BLOCK).saturating_add(1).saturating_mul(BLOCK);
    DateTime::from_timestamp(next, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// One day before `reset_at`.
#[must_use]
pub fn day_before(reset_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    reset_at.checked_sub_days(Days::new(1))
}

/// Four hours before `reset_at`.
#[must_use]
pub fn four_hours_before(reset_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    reset_at.checked_sub_signed(TimeDelta::hours(4))
}

/// One month before `reset_at`, the day held to the month's last.
#[must_use]
pub fn month_before(reset_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    reset_at.checked_sub_months(Months::new(1))
}

/// One month after `anchor`, the day held to the month's last, as the server counts
/// (`api/invocation/util.py`): Jan 31 gives Feb 28 or 29, Oct 31 gives Nov 30.
#[must_use]
pub fn month_after(anchor: DateTime<Utc>) -> Option<DateTime<Utc>> {
    anchor.checked_add_months(Months::new(1))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn dollars(used: Option<f64>, limit: f64, reset_at: &str) -> Window {
        Window {
            kind: WindowKind::Monthly,
            used,
            limit: Limit::Dollars(limit),
            start: None,
            reset_at: Some(at(reset_at)),
            reset_source: ResetSource::Server,
            fetched_at: at("2026-11-23T17:38:21Z"),
        }
    }

    #[rstest]
    #[case("2026-11-23T17:38:21Z", "2026-11-24T00:00:00Z")]
    #[case("2026-11-23T23:59:59.999Z", "2026-11-24T00:00:00Z")]
    #[case::at_midnight("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")]
    #[case::month_end("2026-11-30T12:00:00Z", "2026-12-01T00:00:00Z")]
    #[case::leap_day("2028-02-28T12:00:00Z", "2028-02-29T00:00:00Z")]
    fn the_daily_reset_is_the_next_utc_midnight(#[case] now: DateTime<Utc>, #[case] reset: DateTime<Utc>) {
        assert_eq!(next_daily_reset(now), reset);
    }

    #[test]
    fn the_end_of_time_does_not_panic() {
        assert_eq!(next_daily_reset(DateTime::<Utc>::MAX_UTC), DateTime::<Utc>::MAX_UTC);
        assert_eq!(month_after(DateTime::<Utc>::MAX_UTC), None);
        assert_eq!(day_before(DateTime::<Utc>::MIN_UTC), None);
    }

    #[rstest]
    #[case("2026-11-23T17:38:21Z", "2026-11-23T20:00:00Z")]
    #[case::at_a_reset("2026-11-23T20:00:00Z", "2026-11-24T00:00:00Z")]
    fn the_four_hour_blocks_are_fixed(#[case] now: &str, #[case] reset: &str) {
        assert_eq!(next_four_hour_reset(at(now)), at(reset));
    }

    #[rstest]
    #[case("2026-10-31T09:00:00Z", "2026-11-30T09:00:00Z")]
    #[case("2027-01-29T09:00:00Z", "2027-02-28T09:00:00Z")]
    #[case("2028-01-31T09:00:00Z", "2028-02-29T09:00:00Z")]
    #[case("2026-11-10T09:30:15.25Z", "2026-12-10T09:30:15.25Z")]
    fn a_month_is_held_to_the_months_last_day(#[case] anchor: &str, #[case] renewal: &str) {
        assert_eq!(month_after(at(anchor)), Some(at(renewal)));
    }

    #[test]
    fn a_renewal_that_the_server_has_not_recorded_is_pending() {
        let window = dollars(Some(5.0), 100.0, "2026-10-05T06:07:08.9Z");
        let now = at("2026-11-23T17:40:00Z");
        assert!(window.is_renewal_pending() && window.is_current(now));
    }

    #[test]
    fn use_beyond_the_cap_leaves_nothing() {
        let window = dollars(Some(16.0), 15.0, "2026-12-10T09:30:15Z");
        let now = at("2026-11-23T17:40:00Z");
        assert_eq!((window.remaining(), window.remaining_fraction()), (Some(0.0), Some(0.0)));
        assert!(window.is_exhausted(now));
        assert!(!Window { limit: Limit::Dollars(0.0), ..window }.is_exhausted(now), "nothing to exhaust");
    }
}
