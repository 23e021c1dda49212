//! How far a forecast may be off: as far as it would have been on the days before.

/// The range leaves out so much on either side, so that it holds four outcomes in five.
const TAIL: f64 = 0.1;
/// So many deviations on either side of a normal mean hold as much.
const NORMAL: f64 = 1.2816;
/// A pair of assumed misses, one to each side, counts as so many days that were not seen: ...
const ASSUMED: f64 = 1.0;
/// ... so many times the typical miss; ...
const ASSUMED_MISS: f64 = 2.0;
/// ... if none was seen, such a part of what is expected, times the root of the part of the window left.
const UNSEEN_MISS: f64 = 0.9;
/// With one day seen the range is wider by half of this, with two by a third, and so on: trust was given
/// to whoever did best on these very days.
const WIDER: f64 = 0.6;

/// How far one forecast of the rest of a day was off, as a part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Miss {
    by: f64,
    weight: f64,
}

impl Miss {
    /// The miss of a forecast that `expected` what turned out as `came`.
    pub(super) fn of(came: f64, expected: f64, trifle: f64, weight: f64) -> Self {
        Self { by: (came - expected) / (expected + trifle), weight }
    }
}

/// A range around an expectation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    low: f64,
    high: f64,
    trifle: f64,
}

impl Spread {
    /// From the misses of days before. `left` is the part of the window still to come; the more, the
    /// further off a forecast without experience may be.
    pub(super) fn learned(mut misses: Vec<Miss>, left: f64, trifle: f64) -> Self {
        let (seen, count) = misses.iter().fold((0.0, 0.0), |(seen, count), miss| (seen + miss.weight, count + 1.0));
        let far = if seen > 0.0 { ASSUMED_MISS * typical(&misses) } else { UNSEEN_MISS * left.sqrt() };
        let assumed = if seen > 0.0 { ASSUMED * seen / count } else { ASSUMED };
        misses.extend([-far, far].map(|by| Miss { by: by.max(-1.0), weight: assumed / 2.0 }));
        misses.sort_by(|one, other| one.by.total_cmp(&other.by));
        let wider = 1.0 + WIDER / (count + 1.0);
        let low = (quantile(&misses, TAIL) * wider).max(-1.0);
        Self { low, high: quantile(&misses, 1.0 - TAIL) * wider, trifle }
    }

    /// Of several days to come, from the days before and `own`, the mean day of the window so far.
    pub(super) fn of_days(before: &[f64], own: f64, days_left: f64) -> Self {
        let count = before.iter().map(|_| 1.0).sum::<f64>();
        let mean = (before.iter().sum::<f64>() + own) / (count + 1.0);
        let squares: f64 = before.iter().map(|used| (used - mean).powi(2)).sum();
        // A lone window is given the deviation that people's days tend to have.
        let deviation = ((squares + 2.0 * (0.6 * mean).powi(2)) / (count + 2.0)).sqrt() / mean.max(1e-9);
        // Days that take after each other say less than as many separate ones, and even out less.
        let separate = separate(before, mean);
        let chance = deviation / (days_left * separate).max(1.0).sqrt();
        let drift = 0.1 + deviation / (count * separate + 1.0).sqrt();
        let far = NORMAL * chance.hypot(drift);
        Self { low: (-far).max(-1.0), high: far, trifle: 0.0 }
    }

    /// The least and most that the rest may be, if `expected` is expected.
    pub(super) fn around(&self, expected: f64) -> (f64, f64) {
        let at = |miss: f64| (expected + miss * (expected + self.trifle)).max(0.0);
        (at(self.low).min(expected), at(self.high).max(expected))
    }
}

/// As how many separate days a day counts, for the mean of several: less than 1 where each takes after the one before
/// it (the variance of the mean of a series with that autocorrelation from one day to the next).
fn separate(before: &[f64], mean: f64) -> f64 {
    const MOST: f64 = 0.9;
    let squares: f64 = before.iter().map(|used| (used - mean).powi(2)).sum();
    let pairs: f64 = before.iter().zip(before.iter().skip(1)).map(|(one, next)| (one - mean) * (next - mean)).sum();
    let alike = if squares > 0.0 { (pairs / squares).clamp(0.0, MOST) } else { 0.0 };
    (1.0 - alike) / (1.0 + alike)
}

/// The mean size of the misses.
fn typical(misses: &[Miss]) -> f64 {
    let weight: f64 = misses.iter().map(|miss| miss.weight).sum();
    misses.iter().map(|miss| miss.weight * miss.by.abs().min(3.0)).sum::<f64>() / weight.max(1e-9)
}

/// The weighted quantile of sorted misses, even between their middles.
fn quantile(misses: &[Miss], part: f64) -> f64 {
    let wanted = part * misses.iter().map(|miss| miss.weight).sum::<f64>();
    let mut before: Option<(f64, f64)> = None;
    let mut sum = 0.0;
    for miss in misses {
        let middle = sum + miss.weight / 2.0;
        if middle >= wanted {
            return before.map_or(miss.by, |(then, by)| {
                by + (miss.by - by) * ((wanted - then) / (middle - then).max(1e-12)).clamp(0.0, 1.0)
            });
        }
        before = Some((middle, miss.by));
        sum += miss.weight;
    }
    before.map_or(0.0, |(_, by)| by)
}
