//! The dollars of the past. The server tells only the requests of each hour, and what was spent of a month so far:
//! put together they tell what was spent when.

use chrono::{DateTime, TimeDelta, Utc};

use super::history::Piece;
use super::{History, Sample, seconds};
use crate::domain::activity::HourlyRequests;

/// Dollars and requests are compared over at least so much time, ...
const LEAST_TIME: TimeDelta = TimeDelta::days(1);
/// ... and so many requests: with fewer, what a request costs on average is anybody's guess.
const LEAST_REQUESTS: f64 = 20.0;
/// The hours that are looked at: 35 days.
const MOST_HOURS: usize = 35 * 24;
/// An hour, in seconds.
const HOUR: f64 = 3_600.0;

impl History {
    /// What was spent in each hour before `known_until`, if a request costs what it did on average between the first
    /// and the last of the `samples` of a counter of dollars, in order, of which the requests are known as well. An hour
    /// that is missing between the others had no requests. Empty where too little is known to compare the two.
    #[must_use]
    pub fn of_spending(hours: &[HourlyRequests], known_until: DateTime<Utc>, samples: &[Sample]) -> Self {
        let Some(begin) = hours.first().map(|hour| hour.hour) else { return Self::default() };
        let mut known = samples.iter().filter(|sample| (begin..=known_until).contains(&sample.at));
        let (Some(first), Some(last)) = (known.next(), known.next_back()) else { return Self::default() };
        let within = hours.iter().filter(|hour| (first.at..last.at).contains(&hour.hour));
        let requests: f64 = within.map(|hour| hour.requests).sum();
        let each = (last.used - first.used) / requests;
        if last.at - first.at < LEAST_TIME || requests < LEAST_REQUESTS || each.is_nan() || each <= 0.0 {
            return Self::default();
        }
        Self::of_hours(hours, known_until, each)
    }

    /// The requests of each whole hour before `until`, each of them counted `each` times.
    pub(crate) fn of_hours(hours: &[HourlyRequests], until: DateTime<Utc>, each: f64) -> Self {
        let until = seconds(until);
        let whole = hours.partition_point(|hour| seconds(hour.hour) + HOUR <= until);
        let hours = hours.get(whole.saturating_sub(MOST_HOURS)..whole).unwrap_or_default();
        let mut known_to = None;
        let pieces = hours.iter().flat_map(|hour| {
            let start = seconds(hour.hour);
            // The server leaves out the hours without requests.
            let idle = known_to.replace(start + HOUR).and_then(|end| Piece::new(end, start, 0.0));
            idle.into_iter().chain(Piece::new(start, start + HOUR, hour.requests * each))
        });
        let running = (until / HOUR).floor() * HOUR;
        let idle = hours.last().and_then(|last| Piece::new(seconds(last.hour) + HOUR, running, 0.0));
        Self::of_pieces(hours.len() + 1, pieces.chain(idle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(480_000 + hour)
    }

    fn hours(from: i64, to: i64) -> Vec<HourlyRequests> {
        // Nothing in every third hour: the server leaves those out.
        let asked = (from..to).filter(|hour| hour % 3 != 0);
        asked.map(|hour| HourlyRequests { hour: at(hour), requests: 10.0 }).collect()
    }

    fn spent(history: &History, from: i64, to: i64) -> f64 {
        history.between(seconds(at(from)), seconds(at(to))).used
    }

    #[test]
    fn a_request_costs_what_it_did_on_average() {
        // Two dollars in 30 hours of 200 requests.
        let samples = [Sample { at: at(10), used: 5.0 }, Sample { at: at(40), used: 7.0 }];
        let history = History::of_spending(&hours(1, 60), at(60), &samples);
        assert!((spent(&history, 1, 3) - 0.2).abs() < 1e-9);
        assert!((spent(&history, 1, 60) - 4.0).abs() < 1e-9);
        let idle = history.between(seconds(at(3)), seconds(at(4)));
        assert!(idle.used.abs() < 1e-9 && (idle.covered - 3600.0).abs() < 1e-9, "{idle:?}");
    }

    #[test]
    fn samples_of_which_the_requests_are_not_known_do_not_count() {
        let samples = [(0, 0.0), (10, 5.0), (40, 7.0), (90, 99.0)].map(|(hour, used)| Sample { at: at(hour), used });
        let history = History::of_spending(&hours(7, 60), at(60), &samples);
        assert!((spent(&history, 1, 60) - 3.6).abs() < 1e-9);
        assert!(spent(&history, 60, 100).abs() < 1e-9, "nor is anything known beyond");
    }

    #[test]
    fn with_too_little_to_compare_nothing_is_known() {
        let two = |used: f64, to: i64| [Sample { at: at(10), used: 5.0 }, Sample { at: at(to), used }];
        for samples in [&two(7.0, 20)[..], &two(5.0, 40), &two(4.0, 40), &two(7.0, 40)[..1], &[]] {
            assert!(History::of_spending(&hours(1, 60), at(60), samples).is_empty(), "{samples:?}");
        }
        assert!(History::of_spending(&[], at(60), &two(7.0, 40)).is_empty());
        let few = [HourlyRequests { hour: at(1), requests: 1.0 }, HourlyRequests { hour: at(30), requests: 1.0 }];
        assert!(History::of_spending(&few, at(60), &two(7.0, 40)).is_empty());
    }
}
