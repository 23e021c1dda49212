//! `GET /users/me/usage?per_chute=true`: what the requests went to, hour by hour.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::api::wire::timestamp;
use crate::api::{UsagePage, UsageQuery};
use crate::domain::activity::{Bucket, ChuteId};

/// A page, newest first.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Usage {
    total: u64,
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Item {
    #[serde(deserialize_with = "timestamp::required")]
    bucket: DateTime<Utc>,
    chute_id: Option<String>,
    amount: Option<f64>,
    count: f64,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

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
}

impl From<Usage> for UsagePage {
    fn from(wire: Usage) -> Self {
        Self { total: wire.total, buckets: wire.items.into_iter().map(Into::into).collect() }
    }
}

impl From<Item> for Bucket {
    fn from(item: Item) -> Self {
        Self {
            hour: item.bucket,
            chute: item.chute_id.as_deref().and_then(ChuteId::parse),
            requests: item.count.max(0.0),
            dollars: item.amount.unwrap_or_default(),
            input_tokens: item.input_tokens.unwrap_or_default(),
            output_tokens: item.output_tokens.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::wire::parse_object;

    #[test]
    fn a_page_is_asked_for_by_naive_times() {
        let hour = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let query = UsageQuery {
            since: hour("2026-11-16T05:00:00Z"),
            until: hour("2026-11-23T17:38:21.25Z"),
            page: 2,
            limit: 500,
        };
        assert_eq!(
            Usage::path(query),
            "/users/me/usage?per_chute=true&page=2&limit=500&start_date=2026-11-16T05:00:00&end_date=2026-11-23T17:38:21"
        );
    }

    #[test]
    fn what_may_be_missing_is_nothing_and_what_must_not_is_an_error() {
        let page: UsagePage =
            parse_object::<Usage>(br#"{"total":1,"items":[{"bucket":"2026-11-16T05:00:00","count":3}]}"#)
                .unwrap()
                .into();
        assert_eq!(page.buckets.first().map(|bucket| (bucket.requests, bucket.chute.clone())), Some((3.0, None)));
        for body in [
            r#"{"total":1}"#,
            r#"{"total":1,"items":[{"count":3}]}"#,
            r#"{"total":1,"items":[{"bucket":"x","count":3}]}"#,
        ] {
            assert!(parse_object::<Usage>(body.as_bytes()).is_err(), "{body}");
        }
    }
}
