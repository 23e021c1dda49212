//! Which expert to trust: the one that would have been right on the days before.

use super::days::{Day, Days};
use super::experts::{EXPERTS, Known, LINE, Opinions, line, opinions};
use super::spread::{Miss, Spread};

/// The part of a usual day that hardly matters.
const TRIFLE: f64 = 0.02;
/// All experts are given the usual error of all for so many days to begin with: one lucky day decides little.
const BEGINNING: f64 = 0.5;
/// Trust falls with this power of the error, more with each day that was judged, ...
const POWER_AT_FIRST: f64 = 3.0;
/// ... up to this one: days follow each other, so many of them say less than as many separate trials.
const GREATEST_POWER: f64 = 16.0;
/// Days count half after so many days.
const HALF_LIFE: f64 = 20.0;
/// A day with this many days before it counts half: with fewer the experts had little to go by.
const ENOUGH_DAYS: f64 = 6.0;
/// The straight line is trusted so much more than any one other, for there are many others.
const LINE_AT_FIRST: f64 = 3.0;
/// And as much more again where use is steady, for nothing can be won there by leaving it: ...
const LINE_IF_STEADY: f64 = 300.0;
/// ... where it is off by less than about this part of a day.
const STEADY: f64 = 0.08;
/// What is trusted less than this is not heard.
const LEAST_TRUST: f64 = 1e-3;

/// What is expected of the rest of a window.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rest {
    /// The expected use.
    pub(super) expected: f64,
    /// How far it may be off.
    pub(super) spread: Spread,
}

/// What the experts would have said on one day before.
struct Trial {
    day: Day,
    /// How much it counts.
    weight: f64,
    opinions: Opinions,
}

/// What to expect of the rest of today.
pub(super) fn rest(days: &Days) -> Rest {
    let trifle = (TRIFLE * usual_day(days)).max(1e-9);
    let oldest = days.before.last().map_or(0, |day| day.age);
    let judged = days.before.iter().filter(|day| day.age < oldest);
    let known = Known::of(days, trifle);
    let trials: Vec<Trial> = judged.map(|day| trial(day, days, &known)).collect();
    let trust = trust(&trials, days, trifle);
    let expected = heard(&opinions(&days.today, &known), &trust);
    let miss = |trial: &Trial| Miss::of(trial.day.rest, heard(&trial.opinions, &trust), trifle, trial.weight);
    let misses = trials.iter().map(miss).collect();
    Rest { expected, spread: Spread::learned(misses, days.left / (days.left + days.elapsed), trifle) }
}

/// The use of a day, on average; of today, where nothing else is known.
fn usual_day(days: &Days) -> f64 {
    let (total, count) = days.before.iter().fold((0.0, 0.0), |(total, count), day| (total + used(day), count + 1.0));
    if total > 0.0 { total / count } else { days.today.so_far }
}

fn used(day: &Day) -> f64 {
    day.so_far + day.rest
}

/// How much a day counts by its age.
fn by_age(day: &Day) -> f64 {
    (-f64::from(day.age) / HALF_LIFE).exp2()
}

fn trial(day: &Day, days: &Days, known: &Known<'_>) -> Trial {
    let count = days.before.iter().filter(|past| past.age > day.age).fold(0.0, |count, _| count + 1.0);
    let weight = by_age(day) * count / (count + ENOUGH_DAYS);
    Trial { day: *day, weight, opinions: opinions(day, known) }
}

/// How much each expert is trusted; 1 in all.
fn trust(trials: &[Trial], days: &Days, trifle: f64) -> Opinions {
    let mut errors = [0.0; EXPERTS];
    let mut weight = 0.0;
    for trial in trials {
        weight += trial.weight;
        for (error, opinion) in errors.iter_mut().zip(trial.opinions) {
            *error += trial.weight * error_of(opinion, &trial.day, trifle);
        }
    }
    let (sum, count) = errors.iter().fold((0.0, 0.0), |(sum, count), error| (sum + error, count + 1.0));
    let usual = if weight > 0.0 { sum / count / weight } else { 1.0 };
    let power = (weight + POWER_AT_FIRST).min(GREATEST_POWER);
    let scale = (weight + BEGINNING) * usual + 1e-6;
    let mut trust = errors.map(|error| ((error + BEGINNING * usual + 1e-6) / scale).powf(-power));
    if let Some(line) = trust.get_mut(LINE) {
        *line *= LINE_AT_FIRST + LINE_IF_STEADY * steadiness(days, trifle);
    }
    let all: f64 = trust.iter().sum();
    trust.map(|part| part / all)
}

/// How bad an opinion on a day was: 0 if right, rising less and less up to 2, so that one odd day does
/// not decide. That it is related to what the day used makes too much worse than too little.
fn error_of(opinion: f64, day: &Day, trifle: f64) -> f64 {
    let off = (opinion - day.rest).abs();
    2.0 * off / (used(day) + trifle + off)
}

/// From 0 to 1, how well the straight line did on the days before.
fn steadiness(days: &Days, trifle: f64) -> f64 {
    let (mut error, mut weight) = (0.0, 0.0);
    for day in &days.before {
        let off = (line(day, days) - day.rest).abs() / (used(day) + trifle);
        error += by_age(day) * off.min(1.0);
        weight += by_age(day);
    }
    if weight > 0.0 { (-(error / weight / STEADY).powi(2)).exp() } else { 0.0 }
}

/// What is believed of all opinions: the one in the middle, by trust.
fn heard(opinions: &Opinions, trust: &Opinions) -> f64 {
    let heard = opinions.iter().copied().zip(trust.iter().copied()).filter(|(_, trust)| *trust > LEAST_TRUST);
    let mut heard: Vec<(f64, f64)> = heard.collect();
    heard.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut left = heard.iter().map(|(_, trust)| trust).sum::<f64>() / 2.0;
    let middle = heard.iter().find(|(_, trust)| {
        left -= trust;
        left <= 0.0
    });
    middle.or(heard.last()).map_or(0.0, |(opinion, _)| *opinion)
}
