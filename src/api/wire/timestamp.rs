//! Points in time, in the three forms that the server writes.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde::Deserialize;
use serde::de::{self, Deserializer};

/// The years that are accepted: no server means others, and arithmetic with them would overflow the calendar.
const YEARS: RangeInclusive<i32> = 1970..=9999;

/// Reads a time: `2026-11-10T09:30:15.250000` (naive, which means UTC), `...Z`, or with an offset. `null` and
/// missing are unknown.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Option::<String>::deserialize(deserializer)?
        .map(|text| parse(&text).ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), &"a time")))
        .transpose()
}

/// Reads a time that must be there.
pub(super) fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), &"a time"))
}

fn parse(text: &str) -> Option<DateTime<Utc>> {
    let naive = || text.parse::<NaiveDateTime>().map(|naive| naive.and_utc());
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()).or_else(|_| naive()).ok()?;
    YEARS.contains(&time.year()).then_some(time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2026-11-10T09:30:15.250000", Some("2026-11-10T09:30:15.25Z"))]
    #[case("2026-11-02T00:00:00", Some("2026-11-02T00:00:00Z"))]
    #[case("2025-03-14T15:09:26.535897Z", Some("2025-03-14T15:09:26.535897Z"))]
    #[case("2026-11-23T20:00:00+00:00", Some("2026-11-23T20:00:00Z"))]
    #[case("2026-11-23T21:00:00+01:00", Some("2026-11-23T20:00:00Z"))]
    #[case("2026-11-23", None)]
    #[case("", None)]
    #[case("2026-13-01T00:00:00", None)]
    #[case("soon", None)]
    #[case("1970-01-01T00:00:00", Some("1970-01-01T00:00:00Z"))]
    #[case("1969-12-31T23:59:59", None)]
    #[case("0001-01-01T00:00:00Z", None)]
    #[case("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59Z"))]
    #[case("9999-12-31T23:59:59-01:00", None)]
    #[case("+10000-01-01T00:00:00", None)]
    #[case("+262142-12-31T00:00:00", None)]
    #[case("-0001-01-01T00:00:00", None)]
    fn the_three_forms(#[case] text: &str, #[case] time: Option<&str>) {
        assert_eq!(parse(text), time.map(|time| time.parse().unwrap()));
    }
    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), like in "[-+]?[0-9]{1,6}-[0-9]{2}-[0-9]{2}T[0-9:.]{0,16}(Z|[-+][0-9:]{5})?") {
            for text in [text, like] {
                prop_assert!(parse(&text).is_none_or(|time| YEARS.contains(&time.year())));
            }
        }
    }
}
