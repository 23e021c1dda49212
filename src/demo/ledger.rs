//! What an account has used by a given instant: requests, dollars, hourly buckets.

use chrono::{DateTime, Datelike, Months, NaiveTime, TimeDelta, Utc};

use crate::demo::accounts::{Account, OwnRow, Quota};
use crate::demo::chutes::{CHUTES, Chute, Mix};
use crate::demo::shape::{Load, day_and_ms};
use crate::domain::quota::as_f64;

/// How far back the hourly buckets reach.
const DAYS_KEPT: i64 = 35;
const HOUR_MS: u64 = 3_600_000;

/// Requests to one chute within one hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// When the hour began.
    pub(super) hour: DateTime<Utc>,
    /// Where they went.
    pub(super) chute: &'static Chute,
    /// How many; a repeated one counts whole here.
    pub(super) count: u64,
    /// What was charged for them, in millionths of a dollar: 0 for what a quota includes.
    pub(super) micros: u64,
}

/// Requests that count against one quota.
#[derive(Clone, Copy)]
struct Stream {
    load: &'static Load,
    mix: Mix,
    quota: Option<u64>,
}

impl Stream {
    fn used_at(&self, now: DateTime<Utc>) -> f64 {
        let (day, ms) = day_and_ms(now);
        as_f64(self.load.tenths(self.load.day(day, self.quota).requests_by(ms))) / 10.0
    }

    /// What the first `requests` of a day are worth, in millionths of a dollar.
    fn micros(&self, requests: u64) -> u64 {
        (0..CHUTES.len()).map(|chute| sent_to(self.mix, chute, requests) * price(chute)).sum()
    }

    /// What the requests from `from` to `to` are worth.
    fn micros_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
        let ((first, _), (last, _)) = (day_and_ms(from), day_and_ms(to));
        let whole: u64 = (first..last).map(|day| self.micros(self.load.requests_of_day(day, self.quota))).sum();
        (whole + self.micros_by(to)).saturating_sub(self.micros_by(from))
    }

    /// What the requests of the day of `now` are worth that were made by then.
    fn micros_by(&self, now: DateTime<Utc>) -> u64 {
        let (day, ms) = day_and_ms(now);
        self.micros(self.load.day(day, self.quota).requests_by(ms))
    }

    /// The buckets of the day that began at `midnight`, up to `ms` milliseconds into it, oldest first.
    fn buckets(&self, midnight: DateTime<Utc>, ms: u64, charged: bool) -> Vec<Bucket> {
        let day = self.load.day(day_and_ms(midnight).0, self.quota);
        let mut buckets = Vec::new();
        for (hours, start) in (0..24_i64).zip((0..ms).step_by(3_600_000)) {
            let since = day.requests_by(start);
            let until = day.requests_by(ms.min(start + HOUR_MS));
            for (index, chute) in CHUTES.iter().enumerate() {
                let count = sent_to(self.mix, index, until) - sent_to(self.mix, index, since);
                if count > 0 {
                    let micros = if charged { count * chute.micros } else { 0 };
                    buckets.push(Bucket { hour: midnight + TimeDelta::hours(hours), chute, count, micros });
                }
            }
        }
        buckets
    }
}

/// How many of the first `requests` of a day go to one chute. Never falls as `requests` grows.
fn sent_to(mix: Mix, chute: usize, requests: u64) -> u64 {
    let length = mix.len().max(1);
    let share = |mix: &[usize]| mix.iter().filter(|place| **place == chute).count() as u64;
    let begun = usize::try_from(requests % length as u64).unwrap_or(0);
    requests / length as u64 * share(mix) + share(mix.get(..begun).unwrap_or_default())
}

fn price(chute: usize) -> u64 {
    CHUTES.get(chute).map_or(0, |chute| chute.micros)
}

/// Millionths of a dollar as dollars.
pub(super) fn dollars(micros: u64) -> f64 {
    as_f64(micros) / 1e6
}

impl OwnRow {
    fn stream(&'static self) -> Stream {
        Stream { load: &self.load, mix: self.chute, quota: Some(self.quota) }
    }

    /// Requests used of this row's quota on the day of `now`.
    pub(super) fn used_at(&'static self, now: DateTime<Utc>) -> f64 {
        self.stream().used_at(now)
    }
}

impl Account {
    fn shared(&'static self) -> Stream {
        let quota = match self.quota {
            Quota::Row(quota) => Some(quota),
            Quota::NoRow | Quota::Free | Quota::Invoiced => None,
        };
        Stream { load: &self.load, mix: self.mix, quota }
    }

    fn streams(&'static self) -> impl Iterator<Item = Stream> {
        std::iter::once(self.shared()).chain(self.own_rows.iter().map(OwnRow::stream))
    }

    /// Requests used of the shared quota on the day of `now`: in tenths, never falling until the reset at midnight
    /// (UTC). What is paid for does not count.
    pub(super) fn used_at(&'static self, now: DateTime<Utc>) -> f64 {
        match self.quota {
            Quota::Row(_) => self.shared().used_at(now),
            Quota::NoRow | Quota::Free | Quota::Invoiced => 0.0,
        }
    }

    /// What the requests from `from` to `to` are worth at pay-as-you-go prices, in millionths of a dollar.
    pub(super) fn micros_between(&'static self, from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
        self.streams().map(|stream| stream.micros_between(from, to)).sum()
    }

    /// Dollars left. A pay-as-you-go account is topped up on the first of the month.
    pub(super) fn balance_at(&'static self, now: DateTime<Utc>) -> f64 {
        if self.is_charged() {
            self.balance - dollars(self.micros_between(day_of_month(now, 1, NaiveTime::MIN), now))
        } else {
            self.balance
        }
    }

    /// Whether each request is paid for, since none is included.
    fn is_charged(&self) -> bool {
        matches!(self.quota, Quota::NoRow | Quota::Invoiced)
    }

    /// When the plan was last paid for.
    pub(super) fn anchor_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let time = NaiveTime::from_hms_micro_opt(9, 30, 15, 250_000).unwrap_or_default();
        let this_month = day_of_month(now, self.renewal.day_of_month, time);
        let months = self.renewal.months_overdue + u32::from(this_month > now);
        this_month.checked_sub_months(Months::new(months)).unwrap_or(this_month)
    }

    /// Hourly buckets per chute of the last 35 days, newest first.
    pub(super) fn buckets_at(&'static self, now: DateTime<Utc>) -> Vec<Bucket> {
        let (_, ms) = day_and_ms(now);
        let today = now.date_naive().and_time(NaiveTime::MIN).and_utc();
        let charged = self.is_charged();
        let mut buckets = Vec::new();
        for days in 0..DAYS_KEPT {
            let until = if days == 0 { ms } else { 24 * HOUR_MS };
            let midnight = today - TimeDelta::days(days);
            buckets.extend(self.streams().flat_map(|stream| stream.buckets(midnight, until, charged)));
        }
        buckets.sort_by(|a, b| b.hour.cmp(&a.hour).then_with(|| a.chute.id.cmp(b.chute.id)));
        buckets
    }
}

/// This day of the month of `now`, at `time`.
fn day_of_month(now: DateTime<Utc>, day: u32, time: NaiveTime) -> DateTime<Utc> {
    now.date_naive().with_day(day).unwrap_or(now.date_naive()).and_time(time).and_utc()
}
