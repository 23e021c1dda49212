//! The past of a window as columns of equal time.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use crate::domain::activity::HourlyRequests;
use crate::domain::past::{Past, PastSample};
use crate::domain::window::{WindowKind, day_before, next_daily_reset, next_four_hour_reset};

/// What was in one column's time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Column {
    /// What the window's counter read at most; `None`: nothing is known.
    pub(super) used: Option<f64>,
    /// Whether that is not measured here but summed from the server's hourly counts.
    pub(super) is_told: bool,
    /// Whether the window was reset.
    pub(super) is_reset: bool,
}

/// A stretch of time: from its first instant up to the one after its last.
type Stretch = (DateTime<Utc>, DateTime<Utc>);

/// Cuts the span that ends at `past.until` into `count` columns. The hourly counts are whole up to `told_until`.
pub(super) fn columns(past: &Past, told_until: Option<DateTime<Utc>>, count: u16) -> Vec<Column> {
    let stretches = stretches(past, count);
    let patience = patience(&past.samples);
    let resets = resets(past, &stretches);
    let told = Told::of(past, told_until);
    // Once it was watched, a gap is a gap.
    let watched_from = past.samples.first().map_or(past.until, |sample| sample.at);
    (stretches.into_iter())
        .map(|stretch| {
            let measured = measured(&past.samples, stretch, past.until, patience);
            let is_reset = resets.iter().any(|at| (stretch.0..stretch.1).contains(at));
            let used = measured.or_else(|| told.most(stretch).filter(|_| stretch.0 < watched_from));
            Column { used, is_told: measured.is_none() && used.is_some(), is_reset }
        })
        .collect()
}

fn stretches(past: &Past, count: u16) -> Vec<Stretch> {
    let from = past.until - past.query.span.length();
    let width = past.query.span.length() / i32::from(count.max(1));
    (0..i32::from(count)).map(|place| (from + width * place, from + width * (place + 1))).collect()
}

/// How long after a sample its value still holds: three times the usual distance between two.
fn patience(samples: &[PastSample]) -> TimeDelta {
    let mut distances: Vec<TimeDelta> =
        samples.iter().zip(samples.iter().skip(1)).map(|(one, next)| next.at - one.at).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).map_or(TimeDelta::zero(), |usual| *usual * 3)
}

/// What was measured in a stretch, or still held from before it. Nothing holds beyond a reset.
fn measured(samples: &[PastSample], (from, to): Stretch, until: DateTime<Utc>, patience: TimeDelta) -> Option<f64> {
    let (first, next) = (samples.partition_point(|s| s.at < from), samples.partition_point(|s| s.at < to));
    let inside = samples.get(first..next).unwrap_or_default();
    if !inside.is_empty() {
        return inside.iter().filter_map(|sample| sample.used).reduce(f64::max);
    }
    let before = first.checked_sub(1).and_then(|place| samples.get(place))?;
    let after = samples.get(next).map_or(until, |sample| sample.at);
    let stands = after - before.at <= patience && !before.reset_at.is_some_and(|reset| before.at < reset && reset < to);
    before.used.filter(|_| stands)
}

/// When the window was reset, unless that was so often that the marks would hide the chart.
fn resets(past: &Past, stretches: &[Stretch]) -> Vec<DateTime<Utc>> {
    /// Columns between two marks, at the least.
    const APART: usize = 5;
    let from = past.until - past.query.span.length();
    let step = |next: fn(DateTime<Utc>) -> DateTime<Utc>| {
        std::iter::successors(Some(next(from)), |at| Some(next(*at))).take_while(|at| *at < past.until).collect()
    };
    let resets: Vec<DateTime<Utc>> = match past.query.kind {
        WindowKind::Daily | WindowKind::Chute(_) => step(next_daily_reset),
        WindowKind::FourHour => step(next_four_hour_reset),
        WindowKind::Monthly => (past.samples.iter())
            .filter_map(|sample| sample.reset_at.filter(|reset| sample.at < *reset && *reset < past.until))
            .filter(|reset| *reset >= from)
            .collect(),
    };
    let too_many = past.query.kind != WindowKind::Monthly && resets.len() * APART > stretches.len();
    if too_many { Vec::new() } else { resets }
}

/// The daily window by the server's hourly counts.
struct Told<'a> {
    hours: &'a [HourlyRequests],
    /// The days are whole from here,
    from: DateTime<Utc>,
    /// to here.
    until: DateTime<Utc>,
}

impl<'a> Told<'a> {
    fn of(past: &'a Past, until: Option<DateTime<Utc>>) -> Self {
        let hours = if past.query.kind == WindowKind::Daily { past.hours.as_slice() } else { &[] };
        // Of the day of the first hour the hours before it may be missing.
        let from = hours.first().map_or(past.until, |first| match first.hour.time() {
            NaiveTime::MIN => first.hour,
            _ => next_daily_reset(first.hour),
        });
        Self { hours, from, until: until.unwrap_or(past.until).min(past.until) }
    }

    /// The most that the day's count can have read within a stretch: at its end, or just before a midnight.
    fn most(&self, (from, to): Stretch) -> Option<f64> {
        let end = self.at(to - TimeDelta::milliseconds(1));
        let midnight = Some(next_daily_reset(from)).filter(|at| *at < to);
        let before = midnight.and_then(|at| self.at(at - TimeDelta::milliseconds(1)));
        [end, before].into_iter().flatten().reduce(f64::max)
    }

    /// The requests of the day up to an instant; those of an hour are spread over it evenly.
    fn at(&self, at: DateTime<Utc>) -> Option<f64> {
        let start = day_before(next_daily_reset(at))?;
        if self.hours.is_empty() || start < self.from || at >= self.until {
            return None;
        }
        let first = self.hours.partition_point(|hour| hour.hour < start);
        let next = self.hours.partition_point(|hour| hour.hour <= at);
        let hours = self.hours.get(first..next)?;
        Some(hours.iter().map(|hour| hour.requests * part_passed(hour.hour, at.min(self.until), self.until)).sum())
    }
}

/// The part of an hour that had passed at `at`; an hour that was reported before its end counts as ended then.
fn part_passed(hour: DateTime<Utc>, at: DateTime<Utc>, until: DateTime<Utc>) -> f64 {
    let whole = (until - hour).min(TimeDelta::hours(1)).as_seconds_f64();
    if whole > 0.0 { ((at - hour).as_seconds_f64() / whole).clamp(0.0, 1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::domain::credential::CredentialId;
    use crate::domain::past::{PastQuery, Span};
    use crate::domain::window::Limit;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// The four hours about a midnight.
    fn past(samples: &[(&str, f64)], hours: &[(&str, f64)]) -> Past {
        let sample = |(time, used): &(&str, f64)| PastSample {
            at: at(time),
            used: Some(*used),
            limit: Limit::Requests(100),
            reset_at: Some(next_daily_reset(at(time))),
        };
        Past {
            query: PastQuery { id: CredentialId::new(0), kind: WindowKind::Daily, span: Span::FourHours },
            until: at("2026-11-24T02:00:00Z"),
            samples: samples.iter().map(sample).collect(),
            hours: hours
                .iter()
                .map(|(hour, requests)| HourlyRequests { hour: at(hour), requests: *requests })
                .collect(),
            shares: Vec::new(),
        }
    }

    /// In whole requests.
    fn used(columns: &[Column]) -> Vec<Option<f64>> {
        columns.iter().map(|column| column.used.map(f64::round)).collect()
    }

    #[test]
    fn gaps_stay_gaps_and_nothing_stands_beyond_a_reset() {
        let past = past(
            &[
                ("2026-11-23T22:10:00Z", 10.0),
                ("2026-11-23T22:30:00Z", 20.0),
                ("2026-11-23T23:50:00Z", 40.0),
                ("2026-11-24T00:40:00Z", 1.0),
                ("2026-11-24T01:00:00Z", 2.0),
                ("2026-11-24T01:20:00Z", 3.0),
            ],
            &[],
        );
        let columns = columns(&past, None, 8);
        let expected = [Some(10.0), Some(20.0), None, Some(40.0), None, Some(1.0), Some(3.0), Some(3.0)];
        assert_eq!(used(&columns), expected);
        let resets = |columns: &[Column]| -> Vec<usize> {
            (0..columns.len()).filter(|place| columns[*place].is_reset).collect()
        };
        assert_eq!(resets(&columns), [4]);
        assert_eq!(resets(&super::columns(&past, None, 40)), [20]);
        assert_eq!(resets(&super::columns(&past, None, 4)), [0; 0], "a mark in four columns would hide them");
    }

    #[test]
    fn the_hours_tell_what_was_not_measured() {
        let hours = [("2026-11-23T00:00:00Z", 5.0), ("2026-11-23T22:00:00Z", 10.0), ("2026-11-24T00:00:00Z", 4.0)];
        let past = past(&[("2026-11-24T00:10:00Z", 1.0)], &hours);
        let columns = columns(&past, Some(at("2026-11-24T01:00:00Z")), 8);
        let expected = [Some(10.0), Some(15.0), Some(15.0), Some(15.0), Some(1.0), None, None, None];
        assert_eq!(used(&columns), expected, "what was not told is not known once it was watched");
        assert!(columns[3].is_told && !columns[4].is_told);
    }

    #[test]
    fn a_day_of_which_the_beginning_may_be_missing_is_not_told() {
        let past = past(&[], &[("2026-11-23T22:00:00Z", 10.0), ("2026-11-24T00:00:00Z", 4.0)]);
        assert_eq!(used(&columns(&past, None, 4)), [None, None, Some(4.0), Some(4.0)]);
    }
}
