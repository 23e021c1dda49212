//! The samples of the running windows: what each counter read, and when.

use chrono::{DateTime, Utc};

use crate::domain::forecast::Sample;
use crate::domain::window::{Window, WindowKind};

/// Samples kept of one window. When there are more, every second one goes: the line keeps its shape.
const KEPT: usize = 128;

/// The samples of one credential's running windows, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series(Vec<(WindowKind, Vec<Sample>)>);

impl Series {
    /// The samples of a window.
    pub(super) fn of(&self, kind: &WindowKind) -> &[Sample] {
        self.0.iter().find(|(known, _)| known == kind).map_or(&[], |(_, samples)| samples)
    }

    /// Takes a sample, in its place by time; one of the same instant is there already.
    pub(super) fn add(&mut self, kind: &WindowKind, at: DateTime<Utc>, used: f64) {
        if self.of(kind).is_empty() {
            self.0.retain(|(known, _)| known != kind);
            self.0.push((kind.clone(), Vec::new()));
        }
        let Some((_, samples)) = self.0.iter_mut().find(|(known, _)| known == kind) else { return };
        let place = samples.partition_point(|sample| sample.at < at);
        if samples.get(place).is_some_and(|sample| sample.at == at) {
            return;
        }
        samples.insert(place, Sample { at, used });
        if samples.len() > KEPT {
            thin(samples);
        }
    }

    /// Drops what is not of these windows' running periods.
    pub(super) fn keep(&mut self, windows: &[Window]) {
        self.0.retain_mut(|(kind, samples)| {
            let Some(window) = windows.iter().find(|window| window.kind == *kind) else { return false };
            if let Some(start) = window.start.filter(|_| window.reset_at.is_some_and(|reset| reset > window.fetched_at))
            {
                samples.retain(|sample| sample.at >= start);
            }
            true
        });
    }
}

/// Drops every second sample, but not the last.
fn thin(samples: &mut Vec<Sample>) {
    let last = samples.len().saturating_sub(1);
    let mut place = 0;
    samples.retain(|_| {
        let keep = place % 2 == 0 || place == last;
        place += 1;
        keep
    });
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn samples_are_bounded_and_keep_their_order_and_their_end() {
        let begin: DateTime<Utc> = "2026-11-23T00:00:00Z".parse().unwrap();
        let mut series = Series::default();
        for minute in 0..10_000 {
            series.add(&WindowKind::Daily, begin + TimeDelta::minutes(minute), 1.0);
        }
        series.add(&WindowKind::Daily, begin, 1.0);
        let samples = series.of(&WindowKind::Daily);
        assert!(samples.len() <= KEPT && samples.len() > KEPT / 4);
        assert!(samples.is_sorted_by_key(|sample| sample.at));
        assert_eq!(samples.last().unwrap().at, begin + TimeDelta::minutes(9_999));
    }
}
