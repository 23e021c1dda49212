//! Quota windows: the periods that a limit counts in, and when they start anew.

use chrono::{DateTime, Days, NaiveTime, Utc};

/// The next daily reset after `now`: the next 00:00 UTC. Exactly at midnight it is the next midnight.
///
/// The server counts under the UTC date (`api/user/schemas.py`), so a new day is a new counter.
#[must_use]
pub fn next_daily_reset(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive()
        .checked_add_days(Days::new(1))
        .map_or(DateTime::<Utc>::MAX_UTC, |day| day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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
    }
}
