//! Which expert to trust: the one that would have been right on the days before.

use super::days::{Day, Days};
use super::experts::{EXPERTS, Opinions, opinions};
use super::spread::{Miss, Spread};

/// The part of a usual day that hardly matters.
const TRIFLE: f64 = 0.02;
/// The straight line was nearly right when it missed by less than about this part of a day, and is then trusted
/// so many times more: where an account asks steadily the hours of the day are only noise.
const NEARLY_RIGHT: f64 = 0.08;
const STEADY: f64 = 30.0;
/// How many days' worth of errors all experts are given to begin with, so that few days decide little.
const BEGINNERS_DAYS: f64 = 3.0;
/// With so many days of errors, how strongly trust goes to the better one.
const SHARPNESS: f64 = 0.5;
const SHARPEST: f64 = 8.0;
/// Errors of older days count less: half after so many days.
const FORGET: f64 = 14.0;

/// What is expected of the rest of today.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rest {
    /// The expected use.
    pub(super) expected: f64,
    /// How far it may be off.
    pub(super) spread: Spread,
}

/// How each expert did on one day before.
struct Trial {
    day: Day,
    /// How much it counts.
    weight: f64,
    opinions: Opinions,
}

/// What to expect of the rest of today.
pub(super) fn rest(days: &Days) -> Rest {
    let usual = usual_day(days);
    let trifle = (TRIFLE * usual).max(1e-9);
    let oldest = days.before.last().map_or(0, |day| day.age);
    let trials: Vec<Trial> =
        days.before.iter().filter(|day| day.age < oldest).map(|day| trial(day, days, trifle)).collect();
    let trust = favour_the_line(trust(&trials, trifle), days, trifle);
    let expected = mix(&opinions(&days.today, days, trifle), &trust);
    let misses =
        trials.iter().map(|trial| Miss::of(trial.day.rest, mix(&trial.opinions, &trust), trifle, trial.weight));
    Rest { expected, spread: Spread::learned(misses.collect(), days.left / (days.left + days.elapsed), trifle) }
}

/// The use of a day, on average; of today, where nothing else is known.
fn usual_day(days: &Days) -> f64 {
    let total: f64 = days.before.iter().map(|day| day.so_far + day.rest).sum();
    let count = days.before.iter().map(|_| 1.0).sum::<f64>();
    if total > 0.0 { total / count } else { days.today.so_far }
}

fn trial(day: &Day, days: &Days, trifle: f64) -> Trial {
    let known = days.before.iter().filter(|past| past.age > day.age).map(|_| 1.0).sum::<f64>();
    let weight = (-f64::from(day.age) / FORGET).exp2() * known / (known + 2.0);
    Trial { day: *day, weight, opinions: opinions(day, days, trifle) }
}

/// How much of the whole each expert's opinion makes up.
fn trust(trials: &[Trial], trifle: f64) -> Opinions {
    let mut errors = [0.0; EXPERTS];
    let mut weight = 0.0;
    for trial in trials {
        weight += trial.weight;
        let total = trial.day.so_far + trial.day.rest + trifle;
        for (error, opinion) in errors.iter_mut().zip(trial.opinions) {
            let off = (opinion - trial.day.rest).abs();
            // It counts less and less: one odd day must not decide.
            *error += trial.weight * 2.0 * off / (total + off);
        }
    }
    let usual = errors.iter().sum::<f64>() / errors.iter().map(|_| 1.0).sum::<f64>();
    let usual = if weight > 0.0 { usual / weight } else { 1.0 };
    let power = (SHARPNESS * (weight + BEGINNERS_DAYS)).min(SHARPEST);
    let trust = errors.map(|error| {
        ((error + BEGINNERS_DAYS * usual + 1e-6) / ((weight + BEGINNERS_DAYS) * usual + 1e-6)).powf(-power)
    });
    share_out(trust)
}

/// Trusts the straight line more, the closer it came on the days before.
fn favour_the_line(mut trust: Opinions, days: &Days, trifle: f64) -> Opinions {
    let (mut error, mut weight) = (0.0, 1e-9);
    for day in &days.before {
        let counts = (-f64::from(day.age) / FORGET).exp2();
        let line = day.so_far / days.elapsed * days.left;
        error += counts * ((line - day.rest).abs() / (day.so_far + day.rest + trifle)).min(1.0);
        weight += counts;
    }
    let off = error / weight / NEARLY_RIGHT;
    if let Some(line) = trust.first_mut() {
        *line *= 1.0 + STEADY * (-off * off).exp();
    }
    share_out(trust)
}

/// Makes the parts those of one whole.
fn share_out(mut trust: Opinions) -> Opinions {
    let all: f64 = trust.iter().sum();
    for part in &mut trust {
        *part /= all;
    }
    trust
}

fn mix(opinions: &Opinions, trust: &Opinions) -> f64 {
    opinions.iter().zip(trust).map(|(opinion, trust)| opinion * trust).sum()
}
