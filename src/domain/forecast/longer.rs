//! Windows of several days: whole days are added up, by what days have used of late.

use super::blend::Rest;
use super::days::{DAY, filled, weekday};
use super::history::History;
use super::spread::Spread;

/// How many days back are looked at.
const DAYS_BACK: u8 = 28;
/// A day of another weekday counts so much beside one of the same.
const OTHER_WEEKDAY: f64 = 0.3;
/// The window's own mean counts as so many days.
const OWN: f64 = 2.0;

/// So many days to come are told apart by weekday; what is beyond them goes on as on average.
const DAYS_AHEAD: u16 = 366;

/// One day before now, ending at the present time of day.
struct Past {
    weekday: u8,
    weight: f64,
    used: f64,
}

/// What to expect from `now` to `end` of a window that began at `start`.
pub(super) fn rest(start: f64, now: f64, end: f64, used: f64, history: &History) -> Rest {
    let past: Vec<Past> = (0..DAYS_BACK).filter_map(|age| days_ago(age, now, history)).collect();
    let own = used / (now - start) * DAY;
    let left = (end - now) / DAY;
    let (mut ahead, mut expected) = (0.0, 0.0);
    for _ in 0..DAYS_AHEAD {
        let share = (left - ahead).clamp(0.0, 1.0);
        if share <= 0.0 {
            break;
        }
        expected += share * of_weekday(&past, weekday(now + (ahead + 1.0) * DAY), own);
        ahead += share;
    }
    let expected = if ahead > 0.0 { expected * (left / ahead) } else { 0.0 };
    let before: Vec<f64> = past.iter().map(|day| day.used).collect();
    Rest { expected, spread: Spread::of_days(&before, own, left) }
}

fn days_ago(age: u8, now: f64, history: &History) -> Option<Past> {
    let to = now - f64::from(age) * DAY;
    let used = filled(history.between(to - DAY, to), DAY)?;
    Some(Past { weekday: weekday(to), weight: (-f64::from(age) / 10.0).exp2(), used })
}

/// What a day that ends on this weekday uses.
fn of_weekday(past: &[Past], weekday: u8, own: f64) -> f64 {
    let (mut weight, mut sum) = (OWN, OWN * own);
    for day in past {
        let counts = day.weight * if day.weekday == weekday { 2.0 } else { 2.0 * OTHER_WEEKDAY };
        weight += counts;
        sum += counts * day.used;
    }
    sum / weight
}
