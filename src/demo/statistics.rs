//! The bodies of the answers about what requests went to: hourly buckets, and models.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use crate::demo::accounts::Account;
use crate::demo::answers::naive;
use crate::demo::chutes::CHUTES;
use crate::demo::ledger::{Bucket, dollars};
use crate::demo::query::UsageQuery;
use crate::demo::shape::{day_and_ms, noise, within};
use crate::domain::quota::as_f64;

/// `/users/me/usage`.
#[derive(Serialize)]
pub(super) struct Usage {
    total: usize,
    page: usize,
    limit: usize,
    items: Vec<UsageItem>,
}

/// An hour, of one chute or of all.
#[derive(Serialize)]
struct UsageItem {
    bucket: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    chute_id: Option<&'static str>,
    amount: f64,
    count: u64,
    input_tokens: u64,
    output_tokens: u64,
}

/// The hourly buckets that were asked for, newest first.
pub(super) fn usage(account: &'static Account, query: &UsageQuery, now: DateTime<Utc>) -> Usage {
    let mut buckets = account.buckets_at(now);
    buckets.retain(|bucket| {
        let hour = bucket.hour.naive_utc();
        query.start.is_none_or(|start| hour >= start)
            && query.end.is_none_or(|end| hour <= end)
            && query.chute_id.as_deref().is_none_or(|id| bucket.chute.id == id)
    });
    let all: Vec<_> = if query.per_chute {
        buckets.iter().map(|bucket| item(std::slice::from_ref(bucket), Some(bucket.chute.id))).collect()
    } else {
        buckets.chunk_by(|a, b| a.hour == b.hour).map(|hour| item(hour, None)).collect()
    };
    let total = all.len();
    let items = all.into_iter().skip(query.page.saturating_mul(query.limit)).take(query.limit).collect();
    Usage { total, page: query.page, limit: query.limit, items }
}

fn item(buckets: &[Bucket], chute_id: Option<&'static str>) -> UsageItem {
    let sum = |of: fn(&Bucket) -> u64| buckets.iter().map(of).sum();
    UsageItem {
        bucket: buckets.first().map_or_else(String::new, |bucket| naive(bucket.hour)),
        chute_id,
        amount: dollars(sum(|bucket| bucket.micros)),
        count: sum(|bucket| bucket.count),
        input_tokens: sum(|bucket| bucket.count * bucket.chute.input_tokens * varied(bucket, 1) / 100),
        output_tokens: sum(|bucket| bucket.count * bucket.chute.output_tokens * varied(bucket, 2) / 100),
    }
}

/// A percentage around 100, the same whenever the bucket is asked for.
fn varied(bucket: &Bucket, what: u64) -> u64 {
    within(80, 120, noise(bucket.chute.micros + what, bucket.hour.timestamp(), what))
}

/// An item of `/invocations/stats/llm`: a chute on one day, over all users.
#[derive(Serialize)]
pub(super) struct ModelStats {
    chute_id: &'static str,
    name: &'static str,
    date: NaiveDate,
    total_requests: u64,
    total_input_tokens: u64,
    total_output_tokens: u64,
    average_tps: f64,
    average_ttft: f64,
}

impl ModelStats {
    /// Whether a parameter of the query lets it through. Dates are inclusive.
    pub(super) fn matches(&self, name: &str, value: &str) -> bool {
        let date = || value.parse::<NaiveDate>().ok();
        match name {
            "chute_id" => self.chute_id == value,
            "start_date" => date().is_none_or(|start| self.date >= start),
            "end_date" => date().is_none_or(|end| self.date <= end),
            _ => true,
        }
    }
}

/// The last seven days of every chute, newest first. Which model a chute runs is what a client
/// reads this for; the figures are noise.
pub(super) fn model_stats(now: DateTime<Utc>) -> Vec<ModelStats> {
    let (today, _) = day_and_ms(now);
    (0..7_i64)
        .flat_map(|ago| CHUTES.iter().map(move |chute| (ago, chute)))
        .map(|(ago, chute)| {
            let figure = |item, low, high| within(low, high, noise(chute.micros, today - ago, item));
            let requests = figure(1, 40_000, 90_000);
            ModelStats {
                chute_id: chute.id,
                name: chute.name,
                date: now.date_naive() - TimeDelta::days(ago),
                total_requests: requests,
                total_input_tokens: requests * chute.input_tokens,
                total_output_tokens: requests * chute.output_tokens,
                average_tps: as_f64(figure(2, 200, 900)) / 7.0,
                average_ttft: as_f64(figure(3, 200, 900)) / 700.0,
            }
        })
        .collect()
}
