//! A series of counts, cut into UTC days.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chutes_top::domain::forecast::{Bucket, Sample};

use crate::traces::{FIRST_DAY, Trace};

/// Narrower buckets than this are put together: no forecast asks for more.
const NARROWEST: TimeDelta = TimeDelta::minutes(5);

/// A series to replay.
pub(crate) struct Series {
    /// What the table calls it.
    pub(crate) name: String,
    /// The days that have any row, in order.
    pub(crate) days: Vec<Day>,
}

/// One UTC day of a series.
pub(crate) struct Day {
    /// Its midnight.
    pub(crate) start: DateTime<Utc>,
    /// Its buckets, in order, apart from each other. A stretch between two rows, or between a row and
    /// midnight, is a bucket of 0: a counter stands still there. Only before the first row of the series
    /// and after its last nothing is known.
    pub(crate) buckets: Vec<Bucket>,
}

impl Series {
    /// From rows in any order. Rows of the same time are added up.
    pub(crate) fn new(name: String, rows: impl IntoIterator<Item = (DateTime<Utc>, f64)>) -> Self {
        let mut sums: BTreeMap<DateTime<Utc>, f64> = BTreeMap::new();
        for (at, value) in rows {
            *sums.entry(at).or_default() += value;
        }
        let mut width = usual_gap(sums.keys());
        if width < NARROWEST {
            width = NARROWEST;
            sums = widened(&sums);
        }
        let mut days: BTreeMap<DateTime<Utc>, Vec<Bucket>> = BTreeMap::new();
        for (start, used) in sums {
            days.entry(midnight(start)).or_default().push(Bucket { start, width, used });
        }
        let (first, last) = (days.keys().next().copied(), days.keys().next_back().copied());
        let day = |(start, buckets): (DateTime<Utc>, Vec<Bucket>)| {
            let buckets = filled(start, buckets, Some(start) == first, Some(start) == last);
            Day { start, buckets }
        };
        Self { name, days: days.into_iter().map(day).collect() }
    }

    /// A built-in trace.
    pub(crate) fn built_in(trace: Trace) -> Self {
        let start: DateTime<Utc> = FIRST_DAY.parse().unwrap_or_default();
        let width = TimeDelta::minutes(i64::from(trace.minutes));
        let times = std::iter::successors(Some(start), move |at| at.checked_add_signed(width));
        Self::new(trace.name.to_owned(), times.zip(trace.values))
    }
}

impl Day {
    /// Its end, the next midnight.
    pub(crate) fn end(&self) -> DateTime<Utc> {
        self.start + TimeDelta::days(1)
    }

    /// What the counter stands at when it ends.
    pub(crate) fn total(&self) -> f64 {
        self.buckets.iter().map(|bucket| bucket.used).sum()
    }

    /// Whether rows go on until `part` of it has passed.
    pub(crate) fn reaches(&self, part: TimeDelta) -> bool {
        self.buckets.last().is_some_and(|bucket| bucket.start + bucket.width >= self.start + part)
    }

    /// What the counter read at the end of each bucket that had ended by `now`, and at `now`.
    pub(crate) fn samples(&self, now: DateTime<Utc>) -> Vec<Sample> {
        let mut used = 0.0;
        let mut samples: Vec<Sample> = self
            .buckets
            .iter()
            .map(|bucket| (bucket.start + bucket.width, bucket.used))
            .take_while(|(end, _)| *end <= now)
            .map(|(at, more)| {
                used += more;
                Sample { at, used }
            })
            .collect();
        if samples.last().is_none_or(|last| last.at < now) {
            samples.push(Sample { at: now, used });
        }
        samples
    }
}

fn midnight(at: DateTime<Utc>) -> DateTime<Utc> {
    at.date_naive().and_time(NaiveTime::MIN).and_utc()
}

/// The most common distance between two rows that follow each other, at most a day; an hour for a lone row.
fn usual_gap<'a>(times: impl Iterator<Item = &'a DateTime<Utc>> + Clone) -> TimeDelta {
    let mut gaps: BTreeMap<TimeDelta, usize> = BTreeMap::new();
    for (one, next) in times.clone().zip(times.skip(1)) {
        *gaps.entry(*next - *one).or_default() += 1;
    }
    let common = gaps.iter().max_by_key(|(gap, count)| (**count, std::cmp::Reverse(**gap)));
    common.map_or(TimeDelta::hours(1), |(gap, _)| *gap).min(TimeDelta::days(1))
}

/// Rows put together into buckets of the narrowest width.
fn widened(rows: &BTreeMap<DateTime<Utc>, f64>) -> BTreeMap<DateTime<Utc>, f64> {
    let step = NARROWEST.num_milliseconds();
    let mut sums = BTreeMap::new();
    for (at, value) in rows {
        let millis = at.timestamp_millis().div_euclid(step) * step;
        *sums.entry(DateTime::from_timestamp_millis(millis).unwrap_or(*at)).or_default() += value;
    }
    sums
}

/// The rows of a day with the stretches between them.
fn filled(start: DateTime<Utc>, rows: Vec<Bucket>, is_first: bool, is_last: bool) -> Vec<Bucket> {
    let end = start + TimeDelta::days(1);
    let mut known = rows.first().map_or(start, |row| if is_first { row.start } else { start });
    let mut buckets = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while let Some(mut row) = rows.next() {
        if known < row.start {
            buckets.push(Bucket { start: known, width: row.start - known, used: 0.0 });
        }
        let next = rows.peek().map_or(end, |next| next.start);
        row.width = row.width.min(next - row.start);
        known = row.start + row.width;
        buckets.push(row);
    }
    if known < end && !is_last {
        buckets.push(Bucket { start: known, width: end - known, used: 0.0 });
    }
    buckets
}
