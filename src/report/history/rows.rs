//! From buckets and samples to lines.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Account, By};
use crate::domain::activity::{Bucket, ChuteId};
use crate::domain::past::PastSample;
use crate::domain::window::day_before;

/// One hour, in milliseconds.
pub(super) const HOUR: i64 = 60 * 60 * 1_000;
/// One UTC day, in milliseconds.
pub(super) const DAY: i64 = 24 * HOUR;

/// Readings further apart than this do not show in which hour the requests were sent.
const GAP: TimeDelta = TimeDelta::hours(1);

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The server, by the hour and chute.
    Server,
    /// The daily counter, as it was read: requests only.
    Measured,
    /// Both, for different hours of a day: dollars and tokens are those of the server's hours.
    Both,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// The start of the hour or the day; `None` for a chute.
    pub(super) start: Option<DateTime<Utc>>,
    /// The chute; `None` for an hour or a day, and where the server did not say.
    pub(super) chute: Option<ChuteId>,
    /// Requests. The counter counts a repeated request a tenth, the server's buckets in full.
    pub(super) requests: f64,
    /// Dollars and tokens; `None` when only the counter is known.
    pub(super) spent: Option<Spent>,
    /// Who says so.
    pub(super) source: Source,
}

/// What the server knows beyond the number of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spent {
    pub(super) dollars: f64,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
}

impl Source {
    /// The name in JSON and CSV.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Measured => "measured",
            Self::Both => "both",
        }
    }
}

/// The sum of some buckets.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    requests: f64,
    spent: Spent,
}

impl Sum {
    fn add(&mut self, bucket: &Bucket) {
        self.requests += bucket.requests;
        self.spent.dollars += bucket.dollars;
        self.spent.input_tokens = self.spent.input_tokens.saturating_add(bucket.input_tokens);
        self.spent.output_tokens = self.spent.output_tokens.saturating_add(bucket.output_tokens);
    }

    fn row(self, start: Option<DateTime<Utc>>, chute: Option<ChuteId>) -> Row {
        Row { start, chute, requests: self.requests, spent: Some(self.spent), source: Source::Server }
    }
}

/// The lines of an account from `since` on: hours and days in their order and only those of which something is
/// known, chutes with the most requests first.
pub(super) fn of(account: &Account, by: By, since: DateTime<Utc>) -> Vec<Row> {
    let buckets: Vec<&Bucket> = account.buckets.iter().filter(|bucket| bucket.hour >= since).collect();
    match by {
        By::Chute => by_chute(&buckets),
        By::Hour => by_hour(&buckets, &account.samples, since),
        By::Day => by_day(&buckets, &account.samples, since),
    }
}

fn by_chute(buckets: &[&Bucket]) -> Vec<Row> {
    let mut sums: BTreeMap<Option<&ChuteId>, Sum> = BTreeMap::new();
    for bucket in buckets {
        sums.entry(bucket.chute.as_ref()).or_default().add(bucket);
    }
    let mut rows: Vec<Row> = sums.into_iter().map(|(chute, sum)| sum.row(None, chute.cloned())).collect();
    rows.sort_by(|a, b| b.requests.total_cmp(&a.requests));
    rows
}

fn by_hour(buckets: &[&Bucket], samples: &[PastSample], since: DateTime<Utc>) -> Vec<Row> {
    let mut rows: BTreeMap<DateTime<Utc>, Row> = told(buckets, HOUR);
    for (hour, requests) in untold(buckets, samples, since) {
        rows.entry(hour).or_insert_with(|| measured(hour, requests));
    }
    rows.into_values().collect()
}

/// A day for which the server has some hours is filled up with what was measured in the others. A day for which it has
/// none takes the last reading of the counter, which includes the hours in which no instance ran.
fn by_day(buckets: &[&Bucket], samples: &[PastSample], since: DateTime<Utc>) -> Vec<Row> {
    let mut rows = told(buckets, DAY);
    for (hour, requests) in untold(buckets, samples, since) {
        if let Some(row) = floor(hour, DAY).and_then(|day| rows.get_mut(&day)) {
            row.requests += requests;
            row.source = Source::Both;
        }
    }
    for (reset_at, readings) in windows(samples) {
        let Some(day) = day_before(reset_at).filter(|day| *day >= since) else { continue };
        let most = readings.iter().map(|(_, used)| *used).fold(0.0, f64::max);
        if most > 0.0 && !rows.contains_key(&day) && !is_told(buckets, day) {
            rows.insert(day, measured(day, most));
        }
    }
    rows.into_values().collect()
}

fn measured(start: DateTime<Utc>, requests: f64) -> Row {
    Row { start: Some(start), chute: None, requests, spent: None, source: Source::Measured }
}

/// The server's counts, summed over spans of `width` milliseconds.
fn told(buckets: &[&Bucket], width: i64) -> BTreeMap<DateTime<Utc>, Row> {
    let mut sums: BTreeMap<DateTime<Utc>, Sum> = BTreeMap::new();
    for bucket in buckets {
        sums.entry(floor(bucket.hour, width).unwrap_or(bucket.hour)).or_default().add(bucket);
    }
    sums.into_iter().map(|(start, sum)| (start, sum.row(Some(start), None))).collect()
}

/// Whether the server has reported an hour, if only by leaving it out: buckets are fetched without gaps, and an hour
/// without requests has none.
fn is_told(buckets: &[&Bucket], hour: DateTime<Utc>) -> bool {
    let (first, last) = (buckets.first(), buckets.last());
    first.is_some_and(|first| first.hour <= hour) && last.is_some_and(|last| hour <= last.hour)
}

/// The requests measured in each hour that the server has not reported.
fn untold(buckets: &[&Bucket], samples: &[PastSample], since: DateTime<Utc>) -> BTreeMap<DateTime<Utc>, f64> {
    let mut hours = BTreeMap::new();
    for (reset_at, readings) in windows(samples) {
        let Some(start) = day_before(reset_at) else { continue };
        let (mut before, mut most) = (start, 0.0);
        for (at, used) in readings {
            // Counters lag and can step down: what was counted once is not counted again.
            let grown = (used - most).max(0.0);
            if grown > 0.0 && at > before && at - before <= GAP {
                spread(grown, before, at, &mut hours);
            }
            before = at;
            most = used.max(most);
        }
    }
    hours.retain(|hour, requests| *hour >= since && *requests > 0.0 && !is_told(buckets, *hour));
    hours
}

/// Adds `requests`, sent evenly from `from` to `to`, to the hours that they were sent in: two at most.
fn spread(requests: f64, from: DateTime<Utc>, to: DateTime<Utc>, hours: &mut BTreeMap<DateTime<Utc>, f64>) {
    let (Some(first), Some(last)) = (floor(from, HOUR), floor(to, HOUR)) else { return };
    let after = if first == last { 1.0 } else { seconds(to - last) / seconds(to - from) };
    *hours.entry(last).or_default() += requests * after;
    *hours.entry(first).or_default() += requests * (1.0 - after);
}

fn seconds(span: TimeDelta) -> f64 {
    span.as_seconds_f64()
}

/// The known readings of each daily window, by its reset.
fn windows(samples: &[PastSample]) -> BTreeMap<DateTime<Utc>, Vec<(DateTime<Utc>, f64)>> {
    let mut windows: BTreeMap<DateTime<Utc>, Vec<(DateTime<Utc>, f64)>> = BTreeMap::new();
    for sample in samples {
        if let (Some(reset_at), Some(used)) = (sample.reset_at, sample.used) {
            windows.entry(reset_at).or_default().push((sample.at, used));
        }
    }
    windows
}

/// `at`, rounded down to a multiple of `width` milliseconds since 1970.
pub(super) fn floor(at: DateTime<Utc>, width: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(at.timestamp_millis().div_euclid(width).checked_mul(width)?)
}
