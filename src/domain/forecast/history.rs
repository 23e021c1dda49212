//! What an account used before, as buckets of any width with gaps between them.

use chrono::{DateTime, TimeDelta, Utc};

use super::seconds;

/// What was used in one stretch of time. A stretch that no bucket covers is unknown, not unused: who
/// knows that nothing was asked says so with a bucket of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// When it begins.
    pub start: DateTime<Utc>,
    /// How long it is.
    pub width: TimeDelta,
    /// What was used in it, in the window's unit. Negative where a counter stepped down.
    pub used: f64,
}

/// Past use, prepared once so that any stretch of it can be summed quickly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// In order and apart from each other.
    pieces: Vec<Piece>,
}

/// A bucket, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    start: f64,
    end: f64,
    used: f64,
    /// Used and covered in all pieces before this one.
    used_before: f64,
    covered_before: f64,
}

/// What is known of one stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stretch {
    /// Used in the part that is covered.
    pub(super) used: f64,
    /// Seconds of it that are covered.
    pub(super) covered: f64,
}

/// More than any account uses; larger numbers would make sums useless.
const MOST: f64 = 1e15;

impl History {
    /// Puts buckets in order. Of overlapping ones the part that comes second counts only where the first
    /// has ended; what is no number, or has no width, is left out. A negative bucket takes back what was
    /// counted just before it, so that no stretch of time has a negative use.
    pub fn new(buckets: impl IntoIterator<Item = Bucket>) -> Self {
        let mut pieces: Vec<Piece> = buckets.into_iter().filter_map(Piece::of).collect();
        pieces.sort_by(|one, other| one.start.total_cmp(&other.start));
        Self::of_pieces(pieces.len(), pieces)
    }

    /// Of so many pieces, about, in the order in which they begin.
    pub(super) fn of_pieces(count: usize, pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut history = Self { pieces: Vec::with_capacity(count) };
        for piece in pieces {
            history.push(piece);
        }
        history.take_back();
        history.sum();
        history
    }

    fn push(&mut self, mut piece: Piece) {
        let from = self.pieces.last().map_or(piece.start, |last| last.end.max(piece.start));
        if from < piece.end {
            piece.used *= (piece.end - from) / (piece.end - piece.start);
            piece.start = from;
            self.pieces.push(piece);
        }
    }

    /// From the end on, each negative bucket is set off against the ones before it.
    fn take_back(&mut self) {
        let mut debt = 0.0;
        for piece in self.pieces.iter_mut().rev() {
            let left = piece.used - debt;
            piece.used = left.max(0.0);
            debt = (-left).max(0.0);
        }
    }

    fn sum(&mut self) {
        let (mut used, mut covered) = (0.0, 0.0);
        for piece in &mut self.pieces {
            (piece.used_before, piece.covered_before) = (used, covered);
            used += piece.used;
            covered += piece.end - piece.start;
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// When the oldest bucket begins, in seconds.
    pub(super) fn begins(&self) -> Option<f64> {
        self.pieces.first().map(|piece| piece.start)
    }

    /// What was used between two times in seconds. Use within a bucket is taken as even.
    pub(super) fn between(&self, from: f64, to: f64) -> Stretch {
        let (start, end) = (self.up_to(from), self.up_to(to));
        Stretch { used: (end.used - start.used).max(0.0), covered: (end.covered - start.covered).max(0.0) }
    }

    fn up_to(&self, time: f64) -> Stretch {
        let after = self.pieces.partition_point(|piece| piece.start < time);
        let Some(piece) = after.checked_sub(1).and_then(|last| self.pieces.get(last)) else {
            return Stretch::default();
        };
        let covered = (time.min(piece.end) - piece.start).max(0.0);
        let part = covered / (piece.end - piece.start);
        Stretch { used: piece.used_before + piece.used * part, covered: piece.covered_before + covered }
    }
}

impl Piece {
    fn of(bucket: Bucket) -> Option<Self> {
        let start = seconds(bucket.start);
        let end = seconds(bucket.start.checked_add_signed(bucket.width)?);
        Self::new(start, end, bucket.used)
    }

    /// What was used from `start` to `end`; `None` where that is no number or no time.
    pub(super) fn new(start: f64, end: f64, used: f64) -> Option<Self> {
        (end > start && used.abs() <= MOST).then_some(Self { start, end, used, used_before: 0.0, covered_before: 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(hour: i64, used: f64) -> Bucket {
        Bucket { start: DateTime::UNIX_EPOCH + TimeDelta::hours(hour), width: TimeDelta::hours(1), used }
    }

    fn used(history: &History, from: f64, to: f64) -> f64 {
        history.between(from * 3600.0, to * 3600.0).used
    }

    #[test]
    fn a_stretch_is_the_sum_of_its_parts_and_gaps_are_not_covered() {
        let history = History::new([bucket(3, 30.0), bucket(0, 10.0), bucket(1, 20.0)]);
        assert!((used(&history, 0.0, 4.0) - 60.0).abs() < 1e-9);
        assert!((used(&history, 0.5, 1.5) - 15.0).abs() < 1e-9);
        let gap = history.between(1.5 * 3600.0, 3.5 * 3600.0);
        assert!((gap.covered - 3600.0).abs() < 1e-9 && (gap.used - 25.0).abs() < 1e-9);
        assert_eq!(history.between(-9e9, -8e9), Stretch::default());
    }

    #[test]
    fn a_step_down_takes_back_what_came_just_before_and_nothing_turns_negative() {
        let history = History::new([bucket(0, 10.0), bucket(1, 20.0), bucket(2, -25.0), bucket(3, 5.0)]);
        assert!((used(&history, 0.0, 4.0) - 10.0).abs() < 1e-9);
        assert!((used(&history, 0.0, 1.0) - 5.0).abs() < 1e-9);
        assert!(used(&history, 2.0, 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_overlaps_is_counted_once() {
        let history = History::new([bucket(0, 10.0), bucket(0, 12.0), bucket(1, 4.0)]);
        assert!((used(&history, 0.0, 2.0) - 14.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let mut endless = bucket(0, 1.0);
        endless.width = TimeDelta::MAX;
        let mut backwards = bucket(0, 1.0);
        backwards.width = TimeDelta::hours(-1);
        assert!(History::new([bucket(0, f64::NAN), bucket(0, f64::INFINITY), endless, backwards]).is_empty());
    }
}
