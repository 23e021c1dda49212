//! What would the forecast have said? Each day of a series is taken for a window.

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::domain::forecast::{Bucket, Forecast, History, Outlook, Sample, Window, forecast};

use crate::series::{Day, Series};

/// The parts of the day at which the forecast is asked.
pub(crate) const POINTS: [f64; 3] = [0.25, 0.5, 0.75];
/// The rows of the last day must go on until the last of them.
const LAST_POINT: TimeDelta = TimeDelta::hours(18);
/// As long as the program keeps what it measured.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(35);

/// How the forecast did on one series.
pub(crate) struct Score {
    /// The name of the series.
    pub(crate) name: String,
    /// Days that were judged.
    pub(crate) days: usize,
    /// Days left out: the first, which has no history, and a last one that breaks off;
    pub(crate) left_out: usize,
    /// and days without use, which an error cannot be related to.
    pub(crate) unused: usize,
    /// At each of [`POINTS`].
    pub(crate) points: Vec<Point>,
}

/// How it did at one part of the day.
pub(crate) struct Point {
    /// The part of the day that had passed.
    pub(crate) at: f64,
    /// Absolute relative errors of the forecast.
    pub(crate) forecast: Errors,
    /// Those of the straight line through the window's start.
    pub(crate) line: Errors,
    /// How many outcomes were within the range.
    pub(crate) within: usize,
}

/// Absolute relative errors, one a day.
#[derive(Default)]
pub(crate) struct Errors(Vec<f64>);

impl Errors {
    /// The median.
    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The 90th percentile.
    pub(crate) fn p90(&self) -> f64 {
        self.quantile(0.9)
    }

    /// Even between the two nearest; 0 of none.
    fn quantile(&self, part: f64) -> f64 {
        let mut errors = self.0.clone();
        errors.sort_by(f64::total_cmp);
        let mut wanted = part * to_float(errors.len().saturating_sub(1));
        let mut errors = errors.into_iter();
        let mut below = errors.next().unwrap_or_default();
        for above in errors {
            if wanted <= 1.0 {
                return below + (above - below) * wanted;
            }
            (below, wanted) = (above, wanted - 1.0);
        }
        below
    }
}

impl Score {
    /// Of a series of which nothing was asked yet.
    pub(crate) fn new(name: String) -> Self {
        let points = POINTS.map(|at| Point { at, forecast: Errors::default(), line: Errors::default(), within: 0 });
        Self { name, days: 0, left_out: 0, unused: 0, points: points.into() }
    }

    /// The mean over the points of the forecast's median errors, beside that of the line's: less than 1
    /// is better than the line.
    pub(crate) fn ratio(&self) -> f64 {
        let mean = |errors: fn(&Point) -> &Errors| {
            self.points.iter().map(|point| errors(point).median()).sum::<f64>() / to_float(self.points.len())
        };
        let (ours, line) = (mean(|point| &point.forecast), mean(|point| &point.line));
        if ours <= line && line < 1e-12 { 1.0 } else { ours / line.max(1e-12) }
    }

    /// The part of the outcomes that were within the range.
    pub(crate) fn coverage(&self) -> f64 {
        let within: usize = self.points.iter().map(|point| point.within).sum();
        let asked: usize = self.points.iter().map(|point| point.forecast.0.len()).sum();
        to_float(within) / to_float(asked.max(1))
    }
}

/// The geometric mean of the ratios of all series that have one.
pub(crate) fn overall(scores: &[Score]) -> f64 {
    let logs: Vec<f64> = scores.iter().filter(|score| score.days > 0).map(|score| score.ratio().ln()).collect();
    (logs.iter().sum::<f64>() / to_float(logs.len().max(1))).exp()
}

/// Replays a series.
pub(crate) fn replay(series: &Series) -> Score {
    let mut score = Score::new(series.name.clone());
    for (place, day) in series.days.iter().enumerate() {
        let before = series.days.get(..place).unwrap_or_default();
        if before.is_empty() || !day.reaches(LAST_POINT) {
            score.left_out += 1;
        } else if day.total() <= 0.0 {
            score.unused += 1;
        } else {
            score.days += 1;
            let history = history(before, day);
            for point in &mut score.points {
                let window = Window { start: day.start, reset: day.end(), limit: None };
                let now = part_of(&window, point.at);
                // A whole request is the least that can be told apart.
                let (samples, came, grain) = (&day.samples(now), day.total(), 0.5);
                point.judge(&Asked { window, samples, came, grain, history: &history, now });
            }
        }
    }
    score
}

/// What is known when `day` begins.
fn history(before: &[Day], day: &Day) -> History {
    let kept = before.iter().filter(|past| past.start >= day.start - KEPT);
    History::new(kept.flat_map(|past| past.buckets.iter().copied()).collect::<Vec<Bucket>>())
}

/// What is asked in one window, and what came.
pub(crate) struct Asked<'a> {
    pub(crate) window: Window,
    /// What was read by now.
    pub(crate) samples: &'a [Sample],
    /// What the counter stood at when the window ended.
    pub(crate) came: f64,
    /// Half of the least that can be told apart.
    pub(crate) grain: f64,
    /// What was used before.
    pub(crate) history: &'a History,
    pub(crate) now: DateTime<Utc>,
}

impl Point {
    /// Asks in one window. A counter stands still at its cap, so nobody expects more.
    pub(crate) fn judge(&mut self, asked: &Asked<'_>) {
        let used = asked.samples.last().map_or(0.0, |sample| sample.used);
        let held = |expected: f64| asked.window.limit.map_or(expected, |limit| expected.min(limit));
        let (came, line) = (asked.came, held(used / self.at));
        // A window of which nothing can be said would have to be guessed by the line.
        let outlook = match forecast(&asked.window, asked.samples, asked.history, asked.now) {
            Forecast::Lasts(outlook) | Forecast::RunsOut(outlook, _) => outlook,
            Forecast::TooEarly | Forecast::Unknown => Outlook { used_at_reset: line, low: used, high: line },
        };
        self.forecast.0.push((held(outlook.used_at_reset) - came).abs() / came);
        self.line.0.push((line - came).abs() / came);
        let range = held(outlook.low) - asked.grain..=held(outlook.high) + asked.grain;
        self.within += usize::from(range.contains(&came));
    }
}

/// When a part of a window has passed.
pub(crate) fn part_of(window: &Window, part: f64) -> DateTime<Utc> {
    #[expect(clippy::cast_possible_truncation, reason = "a part of a window is a small number of seconds")]
    let seconds = (part * (window.reset - window.start).as_seconds_f64()).round() as i64;
    window.start + TimeDelta::seconds(seconds)
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer days than a float can count")]
fn to_float(count: usize) -> f64 {
    count as f64
}
