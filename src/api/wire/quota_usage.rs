//! `GET /users/me/quota_usage/me`: the daily request quota, and what is used of it.

use std::fmt::{self, Write as _};

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::domain::activity::ChuteId;
use crate::domain::quota::{self, Quota, as_f64};

/// `{"quota":2000,"used":12.3}`; a free or invoiced account: `{"quota":"unlimited","used":0}`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct QuotaUsage {
    /// Required.
    quota: Limit,
    /// Requests used today. `null`: the server's counter is not a number; missing means the same.
    #[serde(default, deserialize_with = "used")]
    used: Option<f64>,
}

impl QuotaUsage {
    /// Where it is asked for.
    pub const PATH: &str = "/users/me/quota_usage/me";

    /// Where the quota of one chute is asked for. Its id is escaped: it came from the server, and may hold anything.
    #[must_use]
    pub fn path_of(chute: &ChuteId) -> String {
        let mut path = "/users/me/quota_usage/".to_owned();
        for byte in chute.as_str().bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
                path.push(char::from(byte));
            } else {
                // Also dots: `..` would be taken for the folder above.
                // Writing to a text cannot fail.
                let _ = write!(path, "%{byte:02X}");
            }
        }
        path
    }
}

impl From<QuotaUsage> for quota::QuotaUsage {
    fn from(wire: QuotaUsage) -> Self {
        Self::new(wire.quota.0, wire.used)
    }
}

/// A daily limit: a whole number of 0 or more, kept exactly, or the word `unlimited`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit(Quota);

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LimitVisitor)
    }
}

struct LimitVisitor;

impl Visitor<'_> for LimitVisitor {
    type Value = Limit;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a quota that is a whole number of 0 or more, or \"unlimited\"")
    }

    fn visit_u64<E: de::Error>(self, requests: u64) -> Result<Limit, E> {
        Ok(Limit(Quota::Finite(requests)))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Limit, E> {
        let requests = whole(number).ok_or_else(|| E::invalid_value(de::Unexpected::Float(number), &self))?;
        Ok(Limit(Quota::Finite(requests)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Limit, E> {
        if text == "unlimited" {
            Ok(Limit(Quota::Unlimited))
        } else {
            Err(E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
}

/// The whole number that a float is; `None` if it has a fraction, is below 0, or is so large (2^53) that it is not
/// exact.
fn whole(number: f64) -> Option<u64> {
    const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked here")]
    (number.fract() == 0.0 && (0.0..FIRST_INEXACT).contains(&number)).then_some(number as u64)
}

/// Reads `used`.
fn used<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    deserializer.deserialize_any(UsedVisitor)
}

struct UsedVisitor;

impl Visitor<'_> for UsedVisitor {
    type Value = Option<f64>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number or null for what is used")
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Option<f64>, E> {
        Ok(Some(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Option<f64>, E> {
        Ok(Some(as_f64(number)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Option<f64>, E> {
        let magnitude = as_f64(number.unsigned_abs());
        Ok(Some(if number < 0 { -magnitude } else { magnitude }))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<f64>, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::api::wire::parse_object;

    fn parse(text: &str) -> Result<QuotaUsage, String> {
        parse_object(text.as_bytes())
    }

    #[rstest]
    #[case("aaaaaaaa-0000-4000-8000-00000000000a", "aaaaaaaa-0000-4000-8000-00000000000a")]
    #[case("../me?x=1#y", "%2E%2E%2Fme%3Fx%3D1%23y")]
    #[case("ü", "%C3%BC")]
    fn a_chute_cannot_lead_elsewhere(#[case] id: &str, #[case] escaped: &str) {
        let path = QuotaUsage::path_of(&ChuteId::parse(id).unwrap());
        assert_eq!(path, format!("/users/me/quota_usage/{escaped}"));
    }

    #[rstest]
    #[case(r#"{"quota":2000,"used":12.3}"#, Quota::Finite(2000), Some(12.3))]
    #[case(r#" {"used":0,"quota":"unlimited"} "#, Quota::Unlimited, Some(0.0))]
    #[case(r#"{"quota":9007199254740993,"used":0.0}"#, Quota::Finite(9_007_199_254_740_993), Some(0.0))]
    #[case(r#"{"quota":18446744073709551615,"used":1e3}"#, Quota::Finite(u64::MAX), Some(1000.0))]
    #[case(r#"{"quota":300.0,"used":-5}"#, Quota::Finite(300), Some(-5.0))]
    #[case(r#"{"quota":9007199254740991.0,"used":5}"#, Quota::Finite(9_007_199_254_740_991), Some(5.0))]
    #[case(r#"{"quota":3e2,"used":null}"#, Quota::Finite(300), None)]
    #[case(r#"{"quota":-0.0}"#, Quota::Finite(0), None)]
    #[case(r#"{"quota":0,"used":1e-7,"more":[{"x":1}]}"#, Quota::Finite(0), Some(1e-7))]
    fn what_is_understood(#[case] text: &str, #[case] quota: Quota, #[case] used: Option<f64>) {
        assert_eq!(parse(text), Ok(QuotaUsage { quota: Limit(quota), used }));
    }

    #[rstest]
    #[case::empty("", "empty")]
    #[case::blank(" \n", "empty")]
    #[case::html("<!DOCTYPE html>", "web page")]
    #[case::text("Service Unavailable", "not a JSON object")]
    #[case::null("null", "not a JSON object")]
    #[case::array("[300,12.0]", "not a JSON object")]
    #[case::broken("{quota}", "not JSON")]
    #[case::cut(r#"{"quota":30"#, "stops too soon")]
    #[case::more(r#"{"quota":300}{"quota":300}"#, "not JSON")]
    #[case::nothing("{}", "missing field `quota`")]
    #[case::missing(r#"{"used":1.0}"#, "missing field `quota`")]
    #[case::twice(r#"{"quota":300,"quota":200}"#, "duplicate field `quota`")]
    #[case::fraction(r#"{"quota":300.5}"#, "300.5`, expected a quota that is a whole number")]
    #[case::negative(r#"{"quota":-1}"#, "`-1`, expected a quota")]
    #[case::inexact(r#"{"quota":9007199254740992.0}"#, "expected a quota")]
    #[case::too_long(r#"{"quota":18446744073709551616}"#, "expected a quota")]
    #[case::word(r#"{"quota":"300"}"#, "string \"300\", expected a quota")]
    #[case::case(r#"{"quota":"Unlimited"}"#, "expected a quota")]
    #[case::quota_null(r#"{"quota":null}"#, "null, expected a quota")]
    #[case::quota_bool(r#"{"quota":true}"#, "boolean `true`, expected a quota")]
    #[case::quota_list(r#"{"quota":[300]}"#, "expected a quota")]
    #[case::used_word(r#"{"quota":300,"used":"12"}"#, "expected a number or null for what is used")]
    #[case::used_bool(r#"{"quota":300,"used":false}"#, "expected a number or null for what is used")]
    #[case::used_map(r#"{"quota":300,"used":{}}"#, "expected a number or null for what is used")]
    #[case::used_nan(r#"{"quota":300,"used":NaN}"#, "not JSON")]
    #[case::used_endless(r#"{"quota":300,"used":1e999}"#, "number out of range")]
    fn what_is_not(#[case] text: &str, #[case] reason: &str) {
        let error = parse(text).expect_err("not understood");
        assert!(error.contains(reason), "{error}");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body in any::<Vec<u8>>()) {
            let _either_way = parse_object::<QuotaUsage>(&body);
        }

        #[test]
        fn nothing_json_like_panics(text in "\\{\"quota\":[-+0-9.eE\"a-z\\[\\]{},:]{0,24}\\}") {
            let _either_way = parse(&text);
        }

        #[test]
        fn every_count_is_exact(quota in any::<u64>(), used in any::<f64>()) {
            let text = serde_json::json!({ "quota": quota, "used": used }).to_string();
            let read = parse(&text).unwrap();
            prop_assert_eq!(read.quota, Limit(Quota::Finite(quota)));
            prop_assert_eq!(read.used, Some(used).filter(|used| used.is_finite()));
        }
    }
}
