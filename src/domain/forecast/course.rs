//! How use spreads over what is left of a window: at which time so much of it will be used.

use super::days::{DAY, Days};
use super::history::History;

/// In how many steps the rest of the window is looked at.
const STEPS: u8 = 24;
/// Evenly spread use counts as so many days of history.
const EVEN: f64 = 0.5;

/// The part of the rest that is used by each time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Course {
    /// Time in seconds and part, both rising, from (now, 0) to (end, 1).
    points: Vec<(f64, f64)>,
}

impl Course {
    /// Evenly used.
    pub(super) fn straight(now: f64, end: f64) -> Self {
        Self { points: vec![(now, 0.0), (end, 1.0)] }
    }

    /// Used over the hours as on the days before, the younger ones and those of today's kind most.
    pub(super) fn usual(now: f64, end: f64, days: &Days, history: &History) -> Self {
        let weighted: Vec<(f64, f64)> = days
            .before
            .iter()
            .map(|day| {
                let kind = if day.is_weekend() == days.today.is_weekend() { 1.0 } else { 0.2 };
                (f64::from(day.age) * DAY, kind * (-f64::from(day.age) / 10.0).exp2())
            })
            .collect();
        let used_by = |time: f64| -> f64 {
            let used = |back: f64| history.between(now - back, time - back).used;
            weighted.iter().map(|(back, weight)| weight * used(*back)).sum()
        };
        let weight: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let all = used_by(end);
        if all <= 0.0 {
            return Self::straight(now, end);
        }
        let point = |step: u8| {
            let part = f64::from(step) / f64::from(STEPS);
            let time = now + part * (end - now);
            (time, (weight * used_by(time) / all + EVEN * part) / (weight + EVEN))
        };
        Self { points: (0..=STEPS).map(point).collect() }
    }

    /// When this part of the rest, from 0 to 1, is used.
    pub(super) fn when(&self, part: f64) -> Option<f64> {
        let mut before = self.points.first().copied()?;
        for &(time, by) in &self.points {
            if by >= part {
                let within = ((part - before.1) / (by - before.1).max(1e-12)).clamp(0.0, 1.0);
                return Some(before.0 + within * (time - before.0));
            }
            before = (time, by);
        }
        Some(before.0)
    }
}
