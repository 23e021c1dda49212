//! The built-in traces: invented accounts, each of another habit. Their rules and seeds were fixed
//! before the forecast was written and are not to be changed to make a figure look better.

use crate::random::Random;

/// A series of counts in buckets of equal width, from a midnight on.
pub(crate) struct Trace {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// Minutes that each value counts; divides a day.
    pub(crate) minutes: u32,
    /// What the counter rose by in each bucket. Negative: it stepped down.
    pub(crate) values: Vec<f64>,
}

/// Midnight of the first day of every built-in trace, a Monday.
pub(crate) const FIRST_DAY: &str = "2026-09-07T00:00:00Z";

/// All built-in traces.
pub(crate) fn all() -> Vec<Trace> {
    vec![
        steady(),
        office_hours(),
        night_batch(),
        weekday_and_weekend(),
        idle_then_sudden(),
        slowly_growing(),
        stepping_down(),
    ]
}

/// One value a bucket, `value(day, hour)` at the middle of each.
fn series(days: u32, minutes: u32, mut value: impl FnMut(u32, f64) -> f64) -> Vec<f64> {
    let each_day = 24 * 60 / minutes;
    (0..days * each_day)
        .map(|index| value(index / each_day, (f64::from(index % each_day) + 0.5) * f64::from(minutes) / 60.0))
        .collect()
}

/// One random factor a day.
fn levels(random: &mut Random, days: u32, spread: f64) -> Vec<f64> {
    (0..days).map(|_| random.factor(spread)).collect()
}

fn level(levels: &[f64], day: u32) -> f64 {
    usize::try_from(day).ok().and_then(|day| levels.get(day).copied()).unwrap_or(1.0)
}

/// A hill of height 1 at `peak` o'clock.
fn hill(hour: f64, peak: f64, width: f64) -> f64 {
    let away = (hour - peak + 36.0).rem_euclid(24.0) - 12.0;
    (-0.5 * (away / width).powi(2)).exp()
}

/// A service that asks all day and night at one rate, a little more on some days.
fn steady() -> Trace {
    let mut random = Random::seeded(101);
    let levels = levels(&mut random, 14, 0.06);
    let values = series(14, 60, |day, _| random.count(70.0 * level(&levels, day)));
    Trace { name: "steady", minutes: 60, values }
}

/// A person at work from 7 to 17 UTC: nothing for a while, then many requests at once.
fn office_hours() -> Trace {
    let mut random = Random::seeded(202);
    let levels = levels(&mut random, 15, 0.25);
    let values = series(15, 15, |day, hour| {
        let busy = if (7.0..12.0).contains(&hour) || (12.75..17.0).contains(&hour) { 1.0 } else { 0.02 };
        let burst = if random.chance(0.3) { random.between(10.0, 80.0) } else { 2.0 };
        random.count(burst * busy * level(&levels, day))
    });
    Trace { name: "office hours", minutes: 15, values }
}

/// A job that begins about 21 UTC and is done by three in the morning, and little else.
fn night_batch() -> Trace {
    let mut random = Random::seeded(303);
    let levels = levels(&mut random, 16, 0.15);
    let values = series(16, 60, |day, hour| {
        let job = if (3.0..21.0).contains(&hour) { 4.0 } else { 220.0 };
        let job = job * random.factor(0.2);
        random.count(job * level(&levels, day))
    });
    Trace { name: "night batch", minutes: 60, values }
}

/// Two humps on working days, a fifth of it at the weekend.
fn weekday_and_weekend() -> Trace {
    let mut random = Random::seeded(404);
    let levels = levels(&mut random, 28, 0.12);
    let values = series(28, 30, |day, hour| {
        let shape = 4.0 + 60.0 * hill(hour, 10.0, 2.0) + 45.0 * hill(hour, 15.5, 2.5);
        let weekend = if day % 7 >= 5 { 0.2 } else { 1.0 };
        let noisy = shape * weekend * random.factor(0.25);
        random.count(noisy * level(&levels, day))
    });
    Trace { name: "weekday and weekend", minutes: 30, values }
}

/// Nothing until some time between 8 and 15 UTC, and then four to seven hours at full speed.
fn idle_then_sudden() -> Trace {
    let mut random = Random::seeded(505);
    let jobs: Vec<(f64, f64, f64)> =
        (0..20).map(|_| (random.between(8.0, 15.0), random.between(4.0, 7.0), random.factor(0.15))).collect();
    let values = series(20, 15, |day, hour| {
        let job = usize::try_from(day).ok().and_then(|day| jobs.get(day).copied());
        let (begins, lasts, level) = job.unwrap_or((12.0, 5.0, 1.0));
        if (begins..begins + lasts).contains(&hour) { random.count(60.0 * level) } else { 0.0 }
    });
    Trace { name: "idle then sudden", minutes: 15, values }
}

/// A product that finds users: an evening peak, and four per cent more each day.
fn slowly_growing() -> Trace {
    let mut random = Random::seeded(606);
    let levels = levels(&mut random, 24, 0.08);
    let values = series(24, 60, |day, hour| {
        let shape = 15.0 + 80.0 * hill(hour, 18.0, 3.5);
        let growth = 1.04_f64.powi(i32::try_from(day).unwrap_or_default());
        let noisy = shape * growth * random.factor(0.15);
        random.count(noisy * level(&levels, day))
    });
    Trace { name: "slowly growing", minutes: 60, values }
}

/// Eight days of a counter that is now and then read from a server that lags: it steps down and makes
/// up for it within the hour. Twice it is put right for good.
fn stepping_down() -> Trace {
    let mut random = Random::seeded(707);
    let levels = levels(&mut random, 8, 0.15);
    let (mut behind, mut counted) = (0.0, 0.0);
    let values = series(8, 10, |day, hour| {
        let shape = 2.0 + 14.0 * hill(hour, 13.0, 3.0);
        let noisy = shape * random.factor(0.3);
        let rise = random.count(noisy * level(&levels, day));
        let made_up = behind;
        behind = if counted > 100.0 && random.chance(0.06) { random.between(20.0, 90.0) } else { 0.0 };
        let put_right = if (day == 2 || day == 5) && (14.0..14.2).contains(&hour) { 60.0 } else { 0.0 };
        counted = if hour < 0.2 { rise } else { counted + rise };
        // The last bucket of the day makes up for what is behind: no debt is left for the next counter.
        if hour > 23.8 {
            behind = 0.0;
        }
        rise + made_up - behind - put_right
    });
    Trace { name: "counter stepping down", minutes: 10, values }
}
