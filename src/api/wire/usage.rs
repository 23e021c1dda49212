//! `GET /users/me/usage?per_chute=true`: what the requests went to, hour by hour.

use std::fmt;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::api::wire::echo::chute_id;
use crate::api::wire::object::Object;
use crate::api::wire::timestamp;
use crate::api::{UsagePage, UsageQuery};
use crate::domain::activity::Bucket;
use crate::domain::credential::ApiKey;

/// A page, newest first. A bucket that makes no sense costs no other one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Usage {
    total: u64,
    #[serde(deserialize_with = "readable")]
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Item {
    #[serde(deserialize_with = "timestamp::required")]
    bucket: DateTime<Utc>,
    chute_id: Option<String>,
    #[serde(default)]
    amount: Value,
    count: f64,
    #[serde(default)]
    input_tokens: Value,
    #[serde(default)]
    output_tokens: Value,
}

/// Where counts end, and dollars (2^53): no hour has so many, and sums of larger ones would be endless.
const LARGEST: f64 = 9_007_199_254_740_992.0;

impl Usage {
    /// The path and the query of a page. The server takes naive times, which it means as UTC.
    #[must_use]
    pub fn path(query: UsageQuery) -> String {
        const NAIVE: &str = "%Y-%m-%dT%H:%M:%S";
        let UsageQuery { since, until, page, limit } = query;
        format!(
            "/users/me/usage?per_chute=true&page={page}&limit={limit}&start_date={}&end_date={}",
            since.format(NAIVE),
            until.format(NAIVE)
        )
    }

    /// The page that `query` asked for with `key`: without the buckets of other times, for the newest of all
    /// is where the next question begins. The server's clock may run an hour ahead.
    #[must_use]
    pub fn page(self, query: UsageQuery, key: &ApiKey) -> UsagePage {
        let last = query.until.checked_add_signed(TimeDelta::hours(1)).unwrap_or(query.until);
        let buckets = self.items.into_iter().filter_map(|item| item.bucket(key));
        let asked_for = buckets.filter(|bucket| (query.since..=last).contains(&bucket.hour));
        UsagePage { total: self.total, buckets: asked_for.collect() }
    }
}

impl Item {
    /// The bucket, without the fields that cannot be read; `None` if that is the number of its requests, or its hour.
    fn bucket(self, key: &ApiKey) -> Option<Bucket> {
        Some(Bucket {
            hour: self.bucket.duration_trunc(TimeDelta::hours(1)).ok()?,
            chute: self.chute_id.and_then(|id| chute_id(&id, key)),
            requests: Some(self.count.max(0.0)).filter(|count| *count < LARGEST)?,
            dollars: self.amount.as_f64().filter(|amount| amount.abs() < LARGEST).unwrap_or_default(),
            input_tokens: self.input_tokens.as_u64().unwrap_or_default(),
            output_tokens: self.output_tokens.as_u64().unwrap_or_default(),
        })
    }
}

/// Reads the items that can be read. It is an error when none of them can.
fn readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Item>, D::Error> {
    deserializer.deserialize_seq(ItemsVisitor)
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Vec<Item>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of buckets")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Item>, A::Error> {
        let (mut items, mut unread) = (Vec::new(), None);
        while let Some(text) = list.next_element::<&RawValue>()? {
            match serde_json::from_str(text.get()) {
                Ok(Object(item)) => items.push(item),
                Err(error) => unread = unread.or(Some(error)),
            }
        }
        match unread {
            Some(error) if items.is_empty() => Err(de::Error::custom(format!("no bucket can be read: {error}"))),
            _ => Ok(items),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::api::wire::parse_object;
    use crate::domain::activity::ChuteId;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn query() -> UsageQuery {
        UsageQuery { since: at("2026-11-16T05:00:00Z"), until: at("2026-11-23T17:38:21.25Z"), page: 2, limit: 500 }
    }

    fn parse(text: &str) -> Result<UsagePage, String> {
        let key = ApiKey::new("cpk_a.b.S3cretS3cret");
        parse_object::<Usage>(text.as_bytes()).map(|usage| usage.page(query(), &key))
    }

    /// What is read of one item beside a good one.
    fn beside(item: &str) -> Vec<Bucket> {
        let good = r#"{"bucket":"2026-11-20T00:00:00","count":1}"#;
        parse(&format!(r#"{{"total":2,"items":[{item},{good}]}}"#)).unwrap().buckets
    }

    #[test]
    fn a_page_is_asked_for_by_naive_times() {
        assert_eq!(
            Usage::path(query()),
            "/users/me/usage?per_chute=true&page=2&limit=500&start_date=2026-11-16T05:00:00&end_date=2026-11-23T17:38:21"
        );
    }

    #[rstest]
    #[case("2026-11-16T04:59:59", None)]
    #[case("2026-11-16T05:00:00", Some("2026-11-16T05:00:00Z"))]
    #[case("2026-11-20T05:59:59.5", Some("2026-11-20T05:00:00Z"))]
    #[case::ahead("2026-11-23T18:00:00", Some("2026-11-23T18:00:00Z"))]
    #[case::far_ahead("2026-11-23T19:00:00", None)]
    #[case("2099-01-01T00:00:00", None)]
    #[case("9999-12-31T23:00:00", None)]
    #[case("+99999-01-01T00:00:00", None)]
    #[case("0001-01-01T00:00:00", None)]
    fn only_what_was_asked_for_counts(#[case] bucket: &str, #[case] hour: Option<&str>) {
        let buckets = beside(&format!(r#"{{"bucket":"{bucket}","count":3}}"#));
        let hours: Vec<_> = buckets.iter().filter(|bucket| bucket.requests > 2.0).map(|bucket| bucket.hour).collect();
        assert_eq!((hours, buckets.len()), (hour.map(at).into_iter().collect(), 1 + usize::from(hour.is_some())));
    }

    #[rstest]
    #[case::negative(r#""input_tokens":-1,"output_tokens":2"#, (0.0, 0, 2))]
    #[case::odd(r#""input_tokens":"many","output_tokens":[[]],"amount":{}"#, (0.0, 0, 0))]
    #[case::fraction(r#""input_tokens":1.5,"output_tokens":2,"amount":0.25"#, (0.25, 0, 2))]
    #[case::null(r#""input_tokens":null,"output_tokens":null,"amount":null"#, (0.0, 0, 0))]
    #[case::huge(r#""input_tokens":18446744073709551616,"output_tokens":18446744073709551615,"amount":1e300"#, (0.0, 0, u64::MAX))]
    fn an_odd_field_costs_only_itself(#[case] fields: &str, #[case] expected: (f64, u64, u64)) {
        let buckets = beside(&format!(r#"{{"bucket":"2026-11-17T00:00:00","count":3,{fields}}}"#));
        let odd = buckets.first().unwrap();
        assert_eq!((odd.dollars, odd.input_tokens, odd.output_tokens), expected);
        assert_eq!((odd.requests, buckets.len()), (3.0, 2));
    }

    #[rstest]
    #[case(r#"{"bucket":"2026-11-17T00:00:00"}"#)]
    #[case(r#"{"bucket":"2026-11-17T00:00:00","count":"3"}"#)]
    #[case(r#"{"bucket":"2026-11-17T00:00:00","count":1e300}"#)]
    #[case(r#"{"bucket":"2026-11-17T00:00:00","count":1e999}"#)]
    #[case(r#"{"bucket":"yesterday","count":3}"#)]
    #[case(r#"["2026-11-17T00:00:00",null,0.0,3.0,1,1]"#)]
    #[case("null")]
    #[case("7")]
    fn an_odd_bucket_costs_only_itself(#[case] item: &str) {
        assert_eq!(beside(item).len(), 1);
    }

    #[rstest]
    #[case(r#""chute-a""#, Some("chute-a"))]
    #[case("null", None)]
    #[case(r#""chute\u001b[1m-a""#, None)]
    #[case(r#""S3cretS3cret""#, None)]
    fn a_chute_is_one_that_can_be_shown(#[case] id: &str, #[case] chute: Option<&str>) {
        let buckets = beside(&format!(r#"{{"bucket":"2026-11-17T00:00:00","count":3,"chute_id":{id}}}"#));
        assert_eq!(buckets.first().unwrap().chute.as_ref().map(ChuteId::as_str), chute);
    }

    #[rstest]
    #[case(r#"{"total":1}"#, "missing field `items`")]
    #[case(r#"{"total":-1,"items":[]}"#, "expected u64")]
    #[case(r#"{"total":1,"items":{}}"#, "expected a list of buckets")]
    #[case(r#"{"total":1,"items":[{"count":3}]}"#, "no bucket can be read: missing field `bucket`")]
    #[case(r#"{"total":1,"items":[{"bucket":"x","count":3}]}"#, "no bucket can be read: invalid value")]
    #[case(r#"{"total":1,"items":[[],[]]}"#, "no bucket can be read")]
    #[case("[1,[]]", "not a JSON object")]
    #[case(r#"{"detail":"Not now"}"#, "an error instead: Not now")]
    fn what_is_not_understood(#[case] text: &str, #[case] reason: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }

    proptest! {
        #[test]
        fn nothing_panics(body in any::<Vec<u8>>(), count in any::<f64>(), tokens in any::<i64>(), year in 0..300_000) {
            let _either_way = parse_object::<Usage>(&body);
            let item = serde_json::json!({ "bucket": format!("{year:+05}-06-07T08:09:10"), "count": count,
                "amount": count, "input_tokens": tokens, "output_tokens": count });
            let text = serde_json::json!({ "total": 1, "items": [item] }).to_string();
            if let Ok(page) = parse(&text) {
                prop_assert!(page.buckets.iter().all(|bucket| bucket.hour <= at("2026-11-23T19:00:00Z")));
            }
        }
    }
}
