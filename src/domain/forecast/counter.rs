//! Reading a counter that lags, steps down, and starts anew.

use super::{Sample, Window, seconds};

/// How long a lower count must have stood, at least, to be believed. Until then the server that answered
/// may have been one that lags behind the others.
const STANDS: f64 = 1800.0;
/// And over how many readings.
const READINGS: usize = 3;
/// A fall below half within this part of the window is last window's count giving way to this one's.
const RESET_BEFORE: f64 = 0.1;

/// What the samples of a window say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counter {
    /// Time in seconds and count, in order of time; within the window and not after `now`.
    readings: Vec<(f64, f64)>,
}

impl Counter {
    /// The usable samples: within the window, not after `now`, a finite count that is not negative.
    pub(super) fn read(window: &Window, samples: &[Sample], now: f64) -> Self {
        let (start, end) = (seconds(window.start), seconds(window.reset).min(now));
        let mut readings: Vec<(f64, f64)> = samples
            .iter()
            .map(|sample| (seconds(sample.at), sample.used))
            .filter(|(at, used)| (start..=end).contains(at) && (0.0..=1e15).contains(used))
            .collect();
        readings.sort_by(|one, other| one.0.total_cmp(&other.0));
        let early = start + RESET_BEFORE * (seconds(window.reset) - start);
        let fell = |pair: &[(f64, f64)]| match pair {
            [before, after] => after.0 <= early && after.1 < before.1 / 2.0,
            _ => false,
        };
        let begins = readings.windows(2).rposition(fell).map_or(0, |place| place + 1);
        readings.drain(..begins);
        Self { readings }
    }

    /// How many readings there are.
    pub(super) fn len(&self) -> usize {
        self.readings.len()
    }

    /// The time of the last reading, in seconds.
    pub(super) fn last_at(&self) -> Option<f64> {
        self.readings.last().map(|(at, _)| *at)
    }

    /// The count as far as it is believed at `time`: the highest of the readings that a lower one has
    /// not yet outlived. 0 before the first.
    pub(super) fn at(&self, time: f64) -> f64 {
        let upto = self.readings.partition_point(|(at, _)| *at <= time);
        let recent = self.readings.get(..upto).unwrap_or_default();
        let until = recent.last().map_or(time, |(at, _)| *at);
        let standing = |&(place, (at, _)): &(usize, &(f64, f64))| place < READINGS || until - at < STANDS;
        recent.iter().rev().enumerate().take_while(standing).map(|(_, (_, used))| *used).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    /// A day with a reading every ten minutes, the first at `first` minutes.
    fn counter(first: i64, counts: &[f64]) -> Counter {
        let start = DateTime::UNIX_EPOCH;
        let window = Window { start, reset: start + TimeDelta::days(1), limit: None };
        let samples: Vec<Sample> = (0..)
            .zip(counts)
            .map(|(place, used)| Sample { at: start + TimeDelta::minutes(first + 10 * place), used: *used })
            .collect();
        Counter::read(&window, &samples, 86_400.0)
    }

    #[track_caller]
    fn believes(first: i64, counts: &[f64], expected: f64) {
        assert!((counter(first, counts).at(86_400.0) - expected).abs() < 1e-9);
    }

    #[test]
    fn a_dip_is_not_believed_until_it_has_stood() {
        believes(300, &[100.0, 110.0, 60.0], 110.0);
        believes(300, &[100.0, 110.0, 60.0, 112.0], 112.0);
        believes(300, &[100.0, 110.0, 60.0, 61.0, 62.0], 62.0);
    }

    #[test]
    fn the_count_of_the_window_before_is_forgotten_at_once() {
        believes(1, &[1800.0, 1800.0, 3.0], 3.0);
        believes(1, &[f64::NAN, -4.0, f64::INFINITY, 5.0], 5.0);
        believes(1, &[], 0.0);
    }

    #[test]
    fn the_count_of_the_past_is_that_of_the_past() {
        let counter = counter(300, &[10.0, 20.0, 30.0, 40.0]);
        assert!((counter.at(311.0 * 60.0) - 20.0).abs() < 1e-9);
        assert!(counter.at(60.0).abs() < 1e-9);
    }
}
