//! Simple forecasts of what is still to come today, each right for another habit.
//!
//! An expert looks at the days before in one way (which of them count how much) and at today in another
//! (how much its level so far says about the rest). Which of them to trust is for [`super::blend`].

use super::days::{Day, Days};

/// How many ways there are to weigh the days before.
const VIEWS: usize = 5;
/// How many ways to use today's level.
const LEVELS: usize = 6;
/// All experts: the straight line, the line of the last hours, and each view with each level.
pub(super) const EXPERTS: usize = VIEWS * LEVELS + 2;

/// A day of another kind counts so much in a view that looks at the kind.
const OTHER_KIND: f64 = 0.08;
/// The least weight of a day that went otherwise so far, in the view that looks at that.
const UNLIKE: f64 = 0.02;
/// How far apart two days so far may be, as a difference of logarithms, to be like each other.
const LIKE: f64 = 0.3;

/// What each expert expects of the rest of a day.
pub(super) type Opinions = [f64; EXPERTS];

/// Weighted sums over days.
#[derive(Clone, Copy, Default)]
struct Sums {
    weight: f64,
    so_far: f64,
    recent: f64,
    rest: f64,
}

/// The opinions on the rest of `day`, from the days before it among `days`. `trifle` is a use that
/// hardly matters: it keeps ratios of small numbers near 1.
pub(super) fn opinions(day: &Day, days: &Days, trifle: f64) -> Opinions {
    let mut views = [Sums::default(); VIEWS];
    for past in days.before.iter().filter(|past| past.age > day.age) {
        for (sums, weight) in views.iter_mut().zip(weights(day, past, trifle)) {
            sums.weight += weight;
            sums.so_far += weight * past.so_far;
            sums.recent += weight * past.recent;
            sums.rest += weight * past.rest;
        }
    }
    let lines = lines(day, days);
    let mut all = [0.0; EXPERTS];
    let from_views = views.iter().flat_map(|sums| levels(sums, day, trifle, lines));
    for (place, opinion) in all.iter_mut().zip(lines.into_iter().chain(from_views)) {
        *place = opinion;
    }
    all
}

/// How much `past` counts for `day` in each view: by age alone, slowly and quickly forgotten; working
/// days or weekends; the same weekday; days that went alike so far.
fn weights(day: &Day, past: &Day, trifle: f64) -> [f64; VIEWS] {
    let age = f64::from(past.age - day.age);
    let (slow, quick) = ((-age / 20.0).exp2(), (-age / 2.0).exp2());
    let kind = if past.is_weekend() == day.is_weekend() { 1.0 } else { OTHER_KIND };
    let weekday = if past.weekday == day.weekday { 1.0 } else { OTHER_KIND / 2.0 };
    let apart = ((past.so_far + trifle) / (day.so_far + trifle)).ln() / LIKE;
    let alike = UNLIKE + (-0.5 * apart * apart).exp();
    [slow, quick, (-age / 10.0).exp2() * kind, slow * weekday, slow * alike]
}

/// The usual rest, by today's level: as usual, half and wholly by the day so far, half and wholly by the
/// last hours, by both.
fn levels(sums: &Sums, day: &Day, trifle: f64, [line, _]: [f64; 2]) -> [f64; LEVELS] {
    if sums.weight <= 0.0 {
        return [line; LEVELS];
    }
    let mean = |sum: f64| sum / sums.weight;
    let rest = mean(sums.rest);
    let so_far = (day.so_far + trifle) / (mean(sums.so_far) + trifle);
    let recent = (day.recent + trifle) / (mean(sums.recent) + trifle);
    [rest, rest * so_far.sqrt(), rest * so_far, rest * recent.sqrt(), rest * recent, rest * (so_far * recent).sqrt()]
}

/// The straight lines through the window's start and through the last hours.
fn lines(day: &Day, days: &Days) -> [f64; 2] {
    let line = |used: f64, over: f64| if over > 0.0 { used / over * days.left } else { 0.0 };
    [line(day.so_far, days.elapsed), line(day.recent, days.recent)]
}
