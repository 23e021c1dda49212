//! The same stretch of the day, today and on the days before.

use chrono::{DateTime, Datelike};

use super::counter::Counter;
use super::history::{History, Stretch};

/// Seconds in a day.
pub(super) const DAY: f64 = 86_400.0;
/// How many days back are looked at: five weeks, which is also how long samples are kept.
const DAYS_BACK: u8 = 35;
/// How much of a stretch must be known for a day to be used. What is missing is filled in evenly.
const COVERED: f64 = 0.75;
/// How far back `recent` reaches.
const RECENT: f64 = 3.0 * 3600.0;
/// A window shorter than this says little of today, so the hours before it are looked at too.
const SHORT: f64 = 12.0 * 3600.0;

/// One day, cut at the present time of day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Day {
    /// Days ago; 0 is today.
    pub(super) age: u8,
    /// Monday is 0.
    pub(super) weekday: u8,
    /// Used from the window's start (or some hours before, if it is short) to now.
    pub(super) so_far: f64,
    /// Used in the last hours before now.
    pub(super) recent: f64,
    /// Used from now to the window's end; of today not known yet, 0.
    pub(super) rest: f64,
}

impl Day {
    /// Whether it is a Saturday or Sunday.
    pub(super) fn is_weekend(&self) -> bool {
        self.weekday >= 5
    }
}

/// Today, the days like it, and where they are cut. Times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Days {
    /// The window so far.
    pub(super) today: Day,
    /// The days before that are known well enough, the youngest first.
    pub(super) before: Vec<Day>,
    /// How long `so_far` is, in seconds.
    pub(super) elapsed: f64,
    /// How long `recent` is.
    pub(super) recent: f64,
    /// How long `rest` is.
    pub(super) left: f64,
}

impl Days {
    /// Cuts a window of at most a day at `now`.
    pub(super) fn cut(start: f64, now: f64, end: f64, counter: &Counter, history: &History) -> Self {
        let lead = lead(start, end, history);
        let recent = RECENT.min(now - start + lead);
        let cut = Cut { from: start - lead, recent_from: now - recent, now, end };
        let before = (1..=DAYS_BACK).filter_map(|age| cut.days_ago(age, history)).collect();
        let used_before = |time: f64| history.between(start - lead, time.min(start)).used;
        let in_window = |time: f64| if time > start { counter.at(time) } else { 0.0 };
        let so_far = used_before(start) + in_window(now);
        let then = used_before(cut.recent_from) + in_window(cut.recent_from);
        let today = Day { age: 0, weekday: cut.weekday(0), so_far, recent: (so_far - then).max(0.0), rest: 0.0 };
        Self { today, before, elapsed: now - cut.from, recent, left: end - now }
    }
}

/// How far before a short window today's use is known.
fn lead(start: f64, end: f64, history: &History) -> f64 {
    let lead = (SHORT - (end - start)).max(0.0);
    if filled(history.between(start - lead, start), lead).is_some() { lead } else { 0.0 }
}

/// Where days are cut, today.
struct Cut {
    from: f64,
    recent_from: f64,
    now: f64,
    end: f64,
}

impl Cut {
    fn days_ago(&self, age: u8, history: &History) -> Option<Day> {
        let back = f64::from(age) * DAY;
        if history.begins()? > self.now - back {
            return None;
        }
        let used = |from: f64, to: f64| filled(history.between(from - back, to - back), to - from);
        Some(Day {
            age,
            weekday: self.weekday(age),
            so_far: used(self.from, self.now)?,
            recent: used(self.recent_from, self.now)?,
            rest: used(self.now, self.end)?,
        })
    }

    /// The weekday that most of the rest belongs to.
    fn weekday(&self, age: u8) -> u8 {
        weekday(f64::midpoint(self.now, self.end) - f64::from(age) * DAY)
    }
}

/// The UTC weekday of a time in seconds; Monday is 0.
pub(super) fn weekday(time: f64) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float to integer cast saturates, and chrono refuses what is out of range"
    )]
    let date = DateTime::from_timestamp(time as i64, 0).unwrap_or_default();
    u8::try_from(date.weekday().num_days_from_monday()).unwrap_or_default()
}

/// What was used in all of a stretch of `width`, if enough of it is known.
pub(super) fn filled(stretch: Stretch, width: f64) -> Option<f64> {
    if width <= 0.0 {
        return Some(0.0);
    }
    (stretch.covered >= COVERED * width).then(|| stretch.used * (width / stretch.covered).max(1.0))
}
