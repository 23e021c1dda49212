//! Values as the reader sees them: pure (value, now) -> text.
//!
//! Ages and times to the next refresh are differences of clock minutes, so that all of them turn at
//! the same instant, on the minute. `<1m` means within the same clock minute, hence truly less than
//! one; an age of `n` minutes is at least `n - 1` and at most `n + 1`.

use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, TimeDelta, TimeZone, Utc};

use crate::domain::quota::{Quota, QuotaUsage, as_f64};
use crate::domain::window::{Limit, Window};

/// What stands for a number that is not known.
pub const UNKNOWN: &str = "?";

/// A reset nearer than this is counted down in seconds.
const SECONDS_BELOW: TimeDelta = TimeDelta::minutes(10);

/// Where the reader's clock is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The zone of this machine, with its daylight saving rules.
    Local,
    /// A fixed distance from UTC.
    Fixed(FixedOffset),
}

impl Zone {
    /// The time that the reader's clock shows at `at`.
    #[must_use]
    pub fn clock_time(self, at: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Local => Local.from_utc_datetime(&at.naive_utc()).naive_local(),
            Self::Fixed(offset) => at.with_timezone(&offset).naive_local(),
        }
    }
}

/// The time to `until`, rounded down: `2d 5h`, `5h 12m`, `42m`, and under ten minutes `9m 30s`, `8s`.
/// Nothing is negative: once `until` has passed it reads `0s`.
///
/// A reset that is not on the whole minute is taken for the minute before while minutes are shown,
/// and for the second before after that, so that all countdowns turn together.
#[must_use]
pub fn countdown(until: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (floor(until, 1_000) - now).max(TimeDelta::zero()).num_seconds();
    if seconds >= SECONDS_BELOW.num_seconds() {
        let minutes = (floor(until, 60_000) - now).num_minutes();
        return whole_minutes(minutes.max(SECONDS_BELOW.num_minutes()));
    }
    match seconds / 60 {
        0 => format!("{seconds}s"),
        minutes => format!("{minutes}m {}s", seconds % 60),
    }
}

/// How long ago `at` was: `<1m`, `3m`, `1h 5m`, `2d 5h`. A time to come (the clock was set back) has
/// no age: `?`.
#[must_use]
pub fn age(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match clock_minute(now) - clock_minute(at) {
        0 => "<1m".to_owned(),
        minutes if minutes > 0 => whole_minutes(minutes),
        _ => UNKNOWN.to_owned(),
    }
}

/// The age as words: `3m ago`; of a time to come `age not known`.
#[must_use]
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match age(at, now).as_str() {
        UNKNOWN => "age not known".to_owned(),
        age => format!("{age} ago"),
    }
}

/// How long until `at`: `<1m`, `3m`, `1h 5m`. A time that has passed reads `now`.
#[must_use]
pub fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match clock_minute(at) - clock_minute(now) {
        _ if at <= now => "now".to_owned(),
        0 => "<1m".to_owned(),
        minutes => whole_minutes(minutes.max(0)),
    }
}

/// The first instant after `now` at which ages, and countdowns of ten minutes and more, may read
/// differently.
#[must_use]
pub fn next_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    next_multiple(now, 60_000)
}

/// The first instant after `now` at which a text with seconds may read differently.
#[must_use]
pub fn next_second(now: DateTime<Utc>) -> DateTime<Utc> {
    next_multiple(now, 1_000)
}

/// When a countdown to `until` reads differently next: each second when under ten minutes are left,
/// else on the minute. `None` once it has passed.
#[must_use]
pub fn next_countdown_change(until: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let seconds_from = floor(until, 1_000) - SECONDS_BELOW;
    if until <= now {
        None
    } else if seconds_from < now {
        Some(next_second(now))
    } else {
        Some(next_minute(now).min(seconds_from + TimeDelta::milliseconds(1)))
    }
}

/// `at`, rounded down to a multiple of `step` milliseconds.
fn floor(at: DateTime<Utc>, step: i64) -> DateTime<Utc> {
    let millis = at.timestamp_millis().div_euclid(step).saturating_mul(step);
    DateTime::from_timestamp_millis(millis).unwrap_or(at)
}

/// A millisecond past the next whole multiple: a countdown still reads the old value on the dot.
fn next_multiple(now: DateTime<Utc>, step: i64) -> DateTime<Utc> {
    let millis = now.timestamp_millis().saturating_sub(1);
    let next = millis.div_euclid(step).saturating_add(1).saturating_mul(step).saturating_add(1);
    DateTime::from_timestamp_millis(next).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn clock_minute(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}

fn whole_minutes(minutes: i64) -> String {
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{rest}m"),
        (0, _) => format!("{hours}h {rest}m"),
        _ => format!("{days}d {hours}h"),
    }
}

/// An age to the second, for details: `8s ago`, `3m 20s ago`, `1h 5m ago`; of a time to come `age not known`.
#[must_use]
pub fn exact_age(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let age = now - at;
    if age < TimeDelta::zero() {
        return ago(at, now);
    }
    match (age.num_minutes(), age.num_seconds()) {
        (0, seconds) => format!("{seconds}s ago"),
        (minutes, seconds) if minutes < 60 => format!("{minutes}m {}s ago", seconds % 60),
        (minutes, _) => format!("{} ago", whole_minutes(minutes)),
    }
}

/// The reader's clock at `at`: `01:00`, or `Tue 01:00` when that is more than a day from `now`.
#[must_use]
pub fn clock_time(at: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> String {
    let local = zone.clock_time(at);
    let format = if (at - now).abs() < TimeDelta::days(1) { "%H:%M" } else { "%a %H:%M" };
    local.format(format).to_string()
}

/// A date and time in full, for details: `2026-11-24 01:00`.
#[must_use]
pub fn date_time(at: DateTime<Utc>, zone: Zone) -> String {
    zone.clock_time(at).format("%Y-%m-%d %H:%M").to_string()
}

/// A day of the reader's calendar: `Dec 10`.
#[must_use]
pub fn day(at: DateTime<Utc>, zone: Zone) -> String {
    zone.clock_time(at).format("%b %-d").to_string()
}

/// A whole number with thousands apart: `38,900`.
#[must_use]
pub fn count(number: u64) -> String {
    group(&number.to_string())
}

/// A number of requests, to a tenth at most: `12.3`, `2,000`, `-0.5`. What is not nought never reads
/// as `0`: `<0.1`.
#[must_use]
pub fn requests(number: f64) -> String {
    let tenths = format!("{:.1}", number.abs());
    if number > 0.0 && tenths == "0.0" {
        return "<0.1".to_owned();
    }
    let (whole, fraction) = tenths.split_once('.').unwrap_or((&tenths, "0"));
    let sign = if number < 0.0 && tenths != "0.0" { "-" } else { "" };
    let fraction = if fraction == "0" { String::new() } else { format!(".{fraction}") };
    format!("{sign}{}{fraction}", group(whole))
}

/// Counts above this are shortened where a column is narrow.
const LONGEST: f64 = 999_999_999.0;

/// A number of requests for a column: as [`requests`], but `1.23e10` where it is very long.
#[must_use]
pub fn short_requests(number: f64) -> String {
    if number.abs() > LONGEST { format!("{number:.2e}") } else { requests(number) }
}

/// A limit for a column: as [`count`], but `1.23e10` where it is very long.
#[must_use]
pub fn short_limit(limit: u64) -> String {
    if as_f64(limit) > LONGEST { format!("{:.2e}", as_f64(limit)) } else { count(limit) }
}

/// A part that is left, rounded down: what reads `20 %` is at least a fifth, and so is never called low. Something
/// left never reads as nothing, and something gone never as everything: `<1 %`, `>99 %`.
#[must_use]
pub fn percent(fraction: f64) -> String {
    rounded_percent(fraction, |percent| (percent + TRACE).floor())
}

/// A part that is used, rounded up: it agrees with what is left of the same window.
#[must_use]
pub fn percent_used(fraction: f64) -> String {
    rounded_percent(fraction, |percent| (percent - TRACE).ceil())
}

/// So many hundredths are an error of the calculation: 0.29 * 100.0 is a trace less than 29.
const TRACE: f64 = 1e-9;

fn rounded_percent(fraction: f64, round: impl Fn(f64) -> f64) -> String {
    let percent = fraction * 100.0;
    let (rounded, nearest) = (round(percent), percent.round());
    if fraction > 0.0 && rounded.min(nearest) < 1.0 {
        "<1 %".to_owned()
    } else if fraction < 1.0 && rounded.max(nearest) > 99.0 {
        ">99 %".to_owned()
    } else {
        // No minus before a 0.
        format!("{:.0} %", rounded.max(0.0).abs())
    }
}

/// What is used of what: `12.3 / 2,000`, `? / 2,000`, `no daily limit`.
#[must_use]
pub fn used_of_limit(usage: &QuotaUsage) -> String {
    let used = usage.used().map_or_else(|| UNKNOWN.to_owned(), requests);
    match usage.quota() {
        Quota::Finite(limit) => format!("{used} / {}", count(limit)),
        Quota::Unlimited => "no daily limit".to_owned(),
    }
}

/// A number for programs, to a hundredth at most and without thousands apart: `1720`, `19.5`.
#[must_use]
pub fn plain(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Dollars: `$7.35`, `-$0.37`, `$1,234.56`. What is not nought never reads as nothing: `<$0.01`.
#[must_use]
pub fn dollars(amount: f64) -> String {
    let cents = format!("{:.2}", amount.abs());
    if cents == "0.00" {
        let is_trace = amount > 0.0;
        return if is_trace { "<$0.01" } else { "$0.00" }.to_owned();
    }
    let (whole, fraction) = cents.split_once('.').unwrap_or((&cents, "00"));
    let sign = if amount < 0.0 { "-" } else { "" };
    format!("{sign}${}.{fraction}", group(whole))
}

/// A part of a window in its unit: `1,262.3`, `$3.30`; `?` when it is not known.
#[must_use]
pub fn amount(amount: Option<f64>, limit: Limit) -> String {
    match (amount, limit) {
        (None, _) => UNKNOWN.to_owned(),
        (Some(number), Limit::Requests(_)) => requests(number),
        (Some(number), Limit::Dollars(_)) => dollars(number),
    }
}

/// A limit in its unit: `2,000`, `$8.33`.
#[must_use]
pub fn limit(limit: Limit) -> String {
    match limit {
        Limit::Requests(limit) => count(limit),
        Limit::Dollars(limit) => dollars(limit),
    }
}

/// What is used of a window's limit: `1,262.3 / 2,000`, `$3.30 / $8.33`.
#[must_use]
pub fn used_of_window(window: &Window) -> String {
    format!("{} / {}", amount(window.used, window.limit), limit(window.limit))
}

/// A large count in short, for a narrow column: `812`, `12.3k`, `4.5M`, `1.2G`.
#[must_use]
pub fn short_count(number: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    match STEPS.into_iter().find(|(step, _)| number >= *step) {
        Some((step, sign)) => format!("{}.{}{sign}", number / step, number % step / (step / 10)),
        None => number.to_string(),
    }
}

/// `digits` in groups of three.
fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::domain::threshold::Threshold;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[rstest]
    #[case(TimeDelta::hours(53), "2d 5h")]
    #[case(TimeDelta::minutes(312), "5h 12m")]
    #[case(TimeDelta::seconds(312 * 60 + 59), "5h 12m")]
    #[case(TimeDelta::minutes(42), "42m")]
    #[case(TimeDelta::minutes(10), "10m")]
    #[case(TimeDelta::seconds(599), "9m 59s")]
    #[case(TimeDelta::seconds(570), "9m 30s")]
    #[case(TimeDelta::seconds(60), "1m 0s")]
    #[case(TimeDelta::seconds(8), "8s")]
    #[case(TimeDelta::zero(), "0s")]
    #[case(TimeDelta::seconds(-5), "0s")]
    fn countdowns(#[case] left: TimeDelta, #[case] text: &str) {
        let now = at("2026-11-23T10:00:00Z");
        assert_eq!(countdown(now + left, now), text);
    }

    #[rstest]
    #[case("2026-11-23T10:00:00Z", "2026-11-23T10:00:59.9Z", "<1m")]
    #[case("2026-11-23T10:00:50Z", "2026-11-23T10:01:00Z", "1m")]
    #[case("2026-11-23T10:00:50Z", "2026-11-23T10:11:00Z", "11m")]
    #[case("2026-11-23T10:00:00Z", "2026-11-23T11:05:00Z", "1h 5m")]
    #[case::clock_set_back("2026-11-23T10:00:00Z", "2026-11-23T09:00:00Z", "?")]
    fn ages(#[case] then: &str, #[case] now: &str, #[case] text: &str) {
        assert_eq!(age(at(then), at(now)), text);
    }

    #[rstest]
    #[case("2026-11-23T10:00:59Z", "2026-11-23T10:00:00Z", "<1m")]
    #[case("2026-11-23T10:04:00Z", "2026-11-23T10:00:10Z", "4m")]
    #[case("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z", "now")]
    #[case("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z", "now")]
    fn times_to_come(#[case] then: &str, #[case] now: &str, #[case] text: &str) {
        assert_eq!(until(at(then), at(now)), text);
    }

    #[rstest]
    #[case(12.3, "12.3")]
    #[case(1262.3, "1,262.3")]
    #[case(120.0, "120")]
    #[case(0.0, "0")]
    #[case(0.04, "<0.1")]
    #[case(0.1 + 0.2, "0.3")]
    #[case(999.96, "1,000")]
    #[case(1_234_567.0, "1,234,567")]
    #[case(-0.5, "-0.5")]
    #[case(-0.01, "0")]
    fn numbers_of_requests(#[case] number: f64, #[case] text: &str) {
        assert_eq!(requests(number), text);
    }

    #[rstest]
    #[case(0.37, "37 %")]
    #[case(0.0, "0 %")]
    #[case(1.0, "100 %")]
    #[case(0.001, "<1 %")]
    #[case(0.999, ">99 %")]
    #[case(0.99, "99 %")]
    fn percentages(#[case] fraction: f64, #[case] text: &str) {
        assert_eq!(percent(fraction), text);
    }

    #[rstest]
    #[case(0.196, "19 %", "20 %")]
    #[case(0.2, "20 %", "20 %")]
    #[case(0.046, "4 %", "5 %")]
    #[case(0.29, "29 %", "29 %")]
    #[case(0.003, "<1 %", "<1 %")]
    #[case(0.993, "99 %", ">99 %")]
    #[case(0.997, ">99 %", ">99 %")]
    #[case(0.007, "<1 %", "1 %")]
    #[case(0.0, "0 %", "0 %")]
    #[case(1.0, "100 %", "100 %")]
    fn what_is_left_is_rounded_down_and_what_is_used_up(#[case] part: f64, #[case] left: &str, #[case] used: &str) {
        assert_eq!((percent(part).as_str(), percent_used(part).as_str()), (left, used));
    }

    #[test]
    fn used_of_a_limit() {
        assert_eq!(used_of_limit(&QuotaUsage::new(Quota::Finite(2000), Some(12.3))), "12.3 / 2,000");
        assert_eq!(used_of_limit(&QuotaUsage::new(Quota::Finite(2000), None)), "? / 2,000");
        assert_eq!(
            used_of_limit(&QuotaUsage::new(Quota::Finite(9_007_199_254_740_993), Some(0.0))),
            "0 / 9,007,199,254,740,993"
        );
    }

    #[rstest]
    #[case(7.35, "$7.35")]
    #[case(-0.37, "-$0.37")]
    #[case(1234.56, "$1,234.56")]
    #[case(0.004, "<$0.01")]
    #[case(0.0, "$0.00")]
    #[case(-0.004, "$0.00")]
    #[case(8.333_33, "$8.33")]
    fn dollars_and_cents(#[case] amount: f64, #[case] text: &str) {
        assert_eq!(dollars(amount), text);
    }

    #[rstest]
    #[case(0, "0")]
    #[case(999, "999")]
    #[case(1_000, "1.0k")]
    #[case(12_345, "12.3k")]
    #[case(4_560_000, "4.5M")]
    #[case(u64::MAX, "18446744073.7G")]
    fn counts_in_short(#[case] number: u64, #[case] text: &str) {
        assert_eq!(short_count(number), text);
    }

    #[test]
    fn the_reset_is_told_by_the_readers_clock() {
        let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
        let reset = at("2026-11-24T00:00:00Z");
        assert_eq!(clock_time(reset, at("2026-11-23T18:00:00Z"), zone), "01:00");
        assert_eq!(clock_time(reset, at("2026-11-20T18:00:00Z"), zone), "Tue 01:00");
    }

    proptest! {
        /// `20 %` is not low, `19 %` is, and so on, whichever of the two is shown.
        #[test]
        fn a_percentage_agrees_with_its_mark(limit in 1u32..20_000, tenths in 0u32..=1000) {
            let used = f64::from(limit) * f64::from(tenths) / 1000.0;
            let left = (f64::from(limit) - used) / f64::from(limit);
            let read = |text: String| match text.as_str() {
                "<1 %" => 0.5,
                ">99 %" => 99.5,
                text => text.trim_end_matches(" %").parse().unwrap(),
            };
            let shown: f64 = read(percent(left));
            let used: f64 = read(percent_used(1.0 - left));
            for threshold in ["20%", "5%", "37%"].map(|text| Threshold::parse(text).unwrap()) {
                let is_under = threshold.is_above(Some(left * 100.0));
                prop_assert_eq!(threshold.is_above(Some(shown)), is_under);
                prop_assert_eq!(threshold.is_above(Some(100.0 - used)), is_under);
            }
        }

        /// The runtime sleeps until the next change: nothing may read differently before it.
        #[test]
        fn no_text_changes_before_it_is_said_to(offset in 0i64..200_000_000, left in -1_000i64..400_000_000) {
            let now = at("2026-11-23T10:00:00Z") + TimeDelta::milliseconds(offset);
            let reset = now + TimeDelta::milliseconds(left);
            let change = next_countdown_change(reset, now);
            if let Some(change) = change {
                prop_assert!(change > now);
                let before = change - TimeDelta::milliseconds(2);
                if before > now {
                    prop_assert_eq!(countdown(reset, before), countdown(reset, now));
                }
            }
            let before = next_minute(now) - TimeDelta::milliseconds(2);
            if before > now {
                let then = now - TimeDelta::milliseconds(left.max(0));
                prop_assert_eq!(age(then, before), age(then, now));
            }
        }
    }
}
