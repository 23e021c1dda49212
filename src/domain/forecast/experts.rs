//! Simple forecasts of what is still to come today, each right for another habit.
//!
//! An expert looks at the days before in one way (which of them count how much) and at today in another
//! (how much its level so far says about the rest). Which of them to trust is for [`super::blend`].

use super::days::{Day, Days};

/// How many ways there are to weigh the days before.
const VIEWS: usize = 5;
/// How many ways to use today's level.
const LEVELS: usize = 6;
/// The experts that look at no level: two lines and two medians.
const OTHERS: usize = 4;
/// All experts.
pub(super) const EXPERTS: usize = OTHERS + VIEWS * LEVELS;
/// Which expert is the straight line.
pub(super) const LINE: usize = 0;

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

/// The days before as the experts look at them. Each of them is asked about many days: what that has in common is
/// reckoned once.
pub(super) struct Known<'a> {
    days: &'a Days,
    trifle: f64,
    /// The days before and their levels, in the order of what came after the cut.
    by_rest: Vec<(&'a Day, f64)>,
}

impl<'a> Known<'a> {
    /// What is known of `days`. `trifle` is a use that hardly matters: it keeps ratios of small numbers near 1.
    pub(super) fn of(days: &'a Days, trifle: f64) -> Self {
        let mut by_rest: Vec<_> = days.before.iter().map(|day| (day, level(day, trifle))).collect();
        by_rest.sort_by(|(one, _), (other, _)| one.rest.total_cmp(&other.rest));
        Self { days, trifle, by_rest }
    }
}

/// The day so far, as a logarithm.
fn level(day: &Day, trifle: f64) -> f64 {
    (day.so_far + trifle).ln()
}

/// The opinions on the rest of `day`, from the days before it.
pub(super) fn opinions(day: &Day, known: &Known<'_>) -> Opinions {
    let Known { days, trifle, by_rest } = known;
    let mut views = [Sums::default(); VIEWS];
    let mut rests = Vec::with_capacity(by_rest.len());
    let today = level(day, *trifle);
    for (past, level) in by_rest.iter().filter(|(past, _)| past.age > day.age) {
        let weights = weights(day, past, level - today);
        let [slow, .., alike] = weights;
        rests.push(Rest { used: past.rest, slow, alike });
        for (sums, weight) in views.iter_mut().zip(weights) {
            sums.weight += weight;
            sums.so_far += weight * past.so_far;
            sums.recent += weight * past.recent;
            sums.rest += weight * past.rest;
        }
    }
    let lines = [line(day, days), recent_line(day, days)];
    let medians = [|rest: &Rest| rest.slow, |rest: &Rest| rest.alike].map(|weight| median(&rests, weight, &lines));
    let levels = views.iter().flat_map(|sums| levels(sums, day, *trifle, &lines));
    let mut all = [0.0; EXPERTS];
    for (place, opinion) in all.iter_mut().zip(lines.into_iter().chain(medians).chain(levels)) {
        *place = opinion;
    }
    all
}

/// What the rest of a day took, and how much it counts in two of the views.
struct Rest {
    used: f64,
    slow: f64,
    alike: f64,
}

/// The weighted median of sorted rests; of none, the line.
fn median(rests: &[Rest], weight: fn(&Rest) -> f64, [line, _]: &[f64; 2]) -> f64 {
    let mut left = rests.iter().map(weight).sum::<f64>() / 2.0;
    let reached = |rest: &&Rest| {
        left -= weight(rest);
        left <= 0.0
    };
    rests.iter().find(reached).map_or(*line, |rest| rest.used)
}

/// How much `past` counts for `day` in each view: by age alone, slowly and quickly forgotten; working
/// days or weekends; the same weekday; days that went alike so far, whose levels are not far `apart`.
fn weights(day: &Day, past: &Day, apart: f64) -> [f64; VIEWS] {
    let age = f64::from(past.age - day.age);
    // Half after 20, 10 and 2 days.
    let slow = (-age / 20.0).exp2();
    let (medium, quick) = (slow.powi(2), slow.powi(10));
    let kind = if past.is_weekend() == day.is_weekend() { 1.0 } else { OTHER_KIND };
    let weekday = if past.weekday == day.weekday { 1.0 } else { OTHER_KIND / 2.0 };
    let apart = apart / LIKE;
    let alike = UNLIKE + (-0.5 * apart * apart).exp();
    [slow, quick, medium * kind, slow * weekday, slow * alike]
}

/// The usual rest, by today's level: as usual, half and wholly by the day so far, half and wholly by the
/// last hours, by both.
fn levels(sums: &Sums, day: &Day, trifle: f64, [line, _]: &[f64; 2]) -> [f64; LEVELS] {
    if sums.weight <= 0.0 {
        return [*line; LEVELS];
    }
    let mean = |sum: f64| sum / sums.weight;
    let rest = mean(sums.rest);
    let so_far = (day.so_far + trifle) / (mean(sums.so_far) + trifle);
    let recent = (day.recent + trifle) / (mean(sums.recent) + trifle);
    [rest, rest * so_far.sqrt(), rest * so_far, rest * recent.sqrt(), rest * recent, rest * (so_far * recent).sqrt()]
}

/// The straight line through the window's start.
pub(super) fn line(day: &Day, days: &Days) -> f64 {
    if days.elapsed > 0.0 { day.so_far / days.elapsed * days.left } else { 0.0 }
}

/// The straight line through the last hours.
fn recent_line(day: &Day, days: &Days) -> f64 {
    if days.recent > 0.0 { day.recent / days.recent * days.left } else { 0.0 }
}
