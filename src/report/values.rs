//! Values as the reports for scripts have them.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use crate::domain::failure::Failure;

/// `2026-11-23T17:38:21Z`: UTC, whole seconds, rounded down.
pub(super) struct Time(pub(super) DateTime<Utc>);

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.format("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why something could not be read.
#[derive(Serialize)]
pub(super) struct Reason<'a> {
    /// What kind of failure.
    pub(super) kind: &'static str,
    /// What was said.
    pub(super) message: &'a str,
    /// The HTTP status, when there was one.
    pub(super) http_status: Option<u16>,
}

impl<'a> From<&'a Failure> for Reason<'a> {
    fn from(failure: &'a Failure) -> Self {
        Self { kind: failure.kind.as_str(), message: &failure.message, http_status: failure.http_status }
    }
}

/// Requests are rounded to a millionth: the server counts in tenths.
pub(super) const REQUESTS: f64 = 1e6;
/// A fraction of the limit, to a billionth.
pub(super) const FRACTIONS: f64 = 1e9;
/// Dollars, to a billionth: a request can cost less than a millionth.
pub(super) const DOLLARS: f64 = 1e9;

/// `number` without the noise of binary arithmetic: to one part in `scale`. A number so small that it would vanish, or
/// so large that a float has no such digits, stays as it is.
pub(super) fn tidy(number: f64, scale: f64) -> f64 {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let scaled = (number * scale).round();
    if scaled.abs() < 1.0 || scaled.abs() > EXACT { number + 0.0 } else { scaled / scale }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::sum(0.1 + 0.2, "0.3")]
    #[case::difference(100.0 - 80.1, "19.9")]
    #[case::whole(120.0, "120.0")]
    #[case::nothing(-0.0, "0.0")]
    #[case::negative(-5.000_000_000_1, "-5.0")]
    #[case::tiny(1e-9, "1e-9")]
    #[case::huge(1e300, "1e+300")]
    fn noise_goes_and_numbers_stay(#[case] number: f64, #[case] text: &str) {
        assert_eq!(serde_json::to_string(&tidy(number, REQUESTS)).unwrap(), text);
    }
}
