//! How long a server asks to be left alone.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The longest wait that is taken at its word. The edge bans an address for a day at most
/// (chutesai/chutes issue 15); anything longer is a mistake, and would silence a row for good.
const LONGEST: Duration = Duration::from_hours(24);

/// The wait that a `Retry-After` header asks for at `now`: a number of seconds, or a date. `None`
/// when it is neither. A date that has passed is no wait.
pub(super) fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        value.parse().map_or(LONGEST, Duration::from_secs)
    } else {
        let until = DateTime::<Utc>::from(httpdate::parse_http_date(value).ok()?);
        (until - now).to_std().unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("120", Some(120))]
    #[case(" 0 ", Some(0))]
    #[case("86401", Some(86_400))]
    #[case("99999999999999999999999", Some(86_400))]
    #[case("Mon, 23 Nov 2026 17:40:00 GMT", Some(60))]
    #[case("Monday, 23-Nov-26 17:40:00 GMT", Some(60))]
    #[case("Mon, 23 Nov 2026 17:38:00 GMT", Some(0))]
    #[case("Fri, 31 Dec 9999 23:59:59 GMT", Some(86_400))]
    #[case("", None)]
    #[case("-5", None)]
    #[case("1.5", None)]
    #[case("soon", None)]
    fn seconds_or_a_date(#[case] value: &str, #[case] wait: Option<u64>) {
        let now = Utc.with_ymd_and_hms(2026, 11, 23, 17, 39, 0).unwrap();
        assert_eq!(retry_after(value, now), wait.map(Duration::from_secs));
    }
}
