//! The caps in dollars: invented accounts in blocks of four hours and in months. Their rules and seeds were fixed
//! before anything was measured on them and are not to be changed to make a figure look better.

use chrono::{DateTime, Datelike, Months, TimeDelta, Timelike, Utc};
use chutes_top::domain::activity::HourlyRequests;
use chutes_top::domain::forecast::{History, Sample, Window};

use crate::random::Random;
use crate::replay::{Asked, KEPT, POINTS, Score, part_of};

/// The windows of one habit, in order.
pub(crate) struct Capped {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// Windows that follow each other, and what is known beside them.
    pub(crate) pasts: Vec<(Past, Vec<Spent>)>,
    /// How long before now the counter of the month began, at least.
    month: TimeDelta,
}

/// One window, and what was spent in it.
pub(crate) struct Spent {
    /// When it is, and its cap.
    pub(crate) window: Window,
    /// What the counter read, from its start to its reset.
    pub(crate) samples: Vec<Sample>,
}

/// How often the counter is read: about as the program does in a block, and seldom enough in a month.
const IN_A_BLOCK: TimeDelta = TimeDelta::minutes(5);
const IN_A_MONTH: TimeDelta = TimeDelta::hours(1);

/// Midnight of a Monday.
const FIRST_DAY: &str = "2026-09-07T00:00:00Z";
/// The months of each habit begin on these days: a month after the 31st is the last of February, or the 30th.
const ANCHORS: [&str; 4] =
    ["2026-01-12T13:14:15Z", "2026-01-29T09:30:15Z", "2026-01-30T00:00:00Z", "2026-01-31T22:45:00Z"];
const MONTHS_EACH: u32 = 6;
const BLOCKS_EACH: i32 = 60;

/// All built-in traces.
pub(crate) fn all() -> Vec<Capped> {
    vec![
        blocks("4h steady", 1101, None, |random, _| (random.count(6.0), cent(random))),
        blocks("4h bursty", 1202, None, |random, at| {
            let busy = if (7..19).contains(&at.hour()) { 1.0 } else { 0.15 };
            let burst = if random.chance(0.2 * busy) { random.between(5.0, 40.0) } else { 0.3 };
            (random.count(burst), cent(random))
        }),
        blocks("4h into the cap", 1303, Some(1.25), |random, at| {
            let rate = if (8..20).contains(&at.hour()) { 5.0 } else { 0.5 };
            let noisy = rate * random.factor(0.6);
            (random.count(noisy), cent(random))
        }),
        months("month steady", 1404, None, |random, _, _| (random.count(10.0), cent(random))),
        months("month of working days", 1505, None, |random, at, level| {
            let day = if at.weekday().num_days_from_monday() >= 5 { 0.1 } else { 1.0 };
            let hour = if (7..18).contains(&at.hour()) { 40.0 } else { 1.0 };
            (random.count(hour * day * level), cent(random))
        }),
        months("month of projects", 1606, None, |random, at, level| {
            // Two weeks of work, two weeks of little.
            let on = if (at.num_days_from_ce() / 14) % 2 == 0 { 30.0 } else { 3.0 };
            (random.count(on * level), cent(random))
        }),
        months("month into the cap", 1707, Some(73.0), |random, _, level| (random.count(9.0 * level), cent(random))),
    ]
}

/// What a request costs: about a cent.
fn cent(random: &mut Random) -> f64 {
    0.01 * random.factor(0.5)
}

fn blocks(
    name: &'static str,
    seed: u64,
    limit: Option<f64>,
    mut asked: impl FnMut(&mut Random, DateTime<Utc>) -> (f64, f64),
) -> Capped {
    let mut random = Random::seeded(seed);
    let first: DateTime<Utc> = FIRST_DAY.parse().unwrap_or_default();
    let mut past = Past::default();
    let windows = (0..BLOCKS_EACH).map(|block| {
        let start = first + TimeDelta::hours(4) * block;
        let window = Window { start, reset: start + TimeDelta::hours(4), limit };
        Spent::read(window, IN_A_BLOCK, &mut past, |at| asked(&mut random, at))
    });
    let windows = windows.collect();
    Capped { name, pasts: vec![(past, windows)], month: TimeDelta::days(15) }
}

/// `asked(random, hour, level)`, where some days are better than others.
fn months(
    name: &'static str,
    seed: u64,
    limit: Option<f64>,
    mut asked: impl FnMut(&mut Random, DateTime<Utc>, f64) -> (f64, f64),
) -> Capped {
    let mut random = Random::seeded(seed);
    let mut habit = |anchor: &str| {
        let anchor: DateTime<Utc> = anchor.parse().unwrap_or_default();
        let mut past = Past::default();
        let windows = (0..MONTHS_EACH).map(|month| {
            let (start, reset) = (anchor + Months::new(month), anchor + Months::new(month + 1));
            let (mut day, mut level) = (None, 1.0);
            Spent::read(Window { start, reset, limit }, IN_A_MONTH, &mut past, |at| {
                if day.replace(at.date_naive()) != Some(at.date_naive()) {
                    level = random.factor(0.4);
                }
                asked(&mut random, at, level)
            })
        });
        let windows = windows.collect();
        (past, windows)
    };
    Capped { name, pasts: ANCHORS.iter().map(|anchor| habit(anchor)).collect(), month: TimeDelta::zero() }
}

impl Spent {
    /// What is spent beyond the cap is not counted: it is paid from the balance. `asked` gives the requests of each
    /// step, and what one of them costs.
    fn read(
        window: Window,
        step: TimeDelta,
        past: &mut Past,
        mut asked: impl FnMut(DateTime<Utc>) -> (f64, f64),
    ) -> Self {
        let (mut at, mut used) = (window.start, 0.0_f64);
        let mut samples = vec![Sample { at, used }];
        while at < window.reset {
            let (requests, each) = asked(at);
            let before = used;
            used = (used + requests * each).min(window.limit.unwrap_or(f64::INFINITY));
            past.add(at, requests, used - before);
            at = (at + step).min(window.reset);
            samples.push(Sample { at, used });
        }
        Self { window, samples }
    }

    fn total(&self) -> f64 {
        self.samples.last().map_or(0.0, |sample| sample.used)
    }

    /// What was read by the time when `part` of the window had passed.
    fn until(&self, now: DateTime<Utc>) -> Vec<Sample> {
        self.samples.iter().copied().take_while(|sample| sample.at <= now).collect()
    }
}

/// What the program knows beside the window: the requests of each hour, and what was spent in all of them.
#[derive(Default)]
pub(crate) struct Past {
    hours: Vec<HourlyRequests>,
    spent: Vec<Sample>,
}

impl Past {
    fn add(&mut self, at: DateTime<Utc>, requests: f64, dollars: f64) {
        let hour = at.with_minute(0).and_then(|at| at.with_second(0)).unwrap_or(at);
        if let Some(last) = self.hours.last_mut().filter(|last| last.hour == hour) {
            last.requests += requests;
        } else {
            let used = self.spent.last().map_or(0.0, |last| last.used);
            self.spent.push(Sample { at: hour, used });
            self.hours.push(HourlyRequests { hour, requests });
        }
        if let Some(last) = self.spent.last_mut() {
            last.used += dollars;
        }
    }

    /// As it is known at `now`: the hours of 35 days that have ended, and the counter of the month from `since` on.
    fn known(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> History {
        let until = now - TimeDelta::hours(1);
        let hours = self.hours.iter().filter(|hour| (now - KEPT..=until).contains(&hour.hour));
        let hours: Vec<HourlyRequests> = hours.copied().collect();
        let counter = self.spent.iter().map(|sample| Sample { at: sample.at + TimeDelta::hours(1), ..*sample });
        let counter: Vec<Sample> = counter.filter(|sample| (since..=now).contains(&sample.at)).collect();
        History::of_spending(&hours, now, &counter)
    }
}

/// Asks in each window of a trace, with what the program has to go by.
pub(crate) fn replay(trace: &Capped) -> Score {
    let mut score = Score::new(trace.name.to_owned());
    for (past, spent) in trace.pasts.iter().flat_map(|(past, windows)| windows.iter().map(move |spent| (past, spent))) {
        if spent.total() <= 0.0 {
            score.unused += 1;
            continue;
        }
        score.days += 1;
        for (point, part) in score.points.iter_mut().zip(POINTS) {
            let now = part_of(&spent.window, part);
            let samples = spent.until(now);
            let used = samples.last().map_or(0.0, |sample| sample.used);
            // Where all is used up already nothing is left to be foreseen.
            if spent.window.limit.is_none_or(|limit| used < limit) {
                let since = spent.window.start.min(now - trace.month);
                let (window, came, history) = (spent.window, spent.total(), &past.known(since, now));
                point.judge(&Asked { window, samples: &samples, came, grain: 0.005, history, now });
            }
        }
    }
    score
}
