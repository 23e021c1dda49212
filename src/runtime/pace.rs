//! When to draw: at once after a key, at most every 50 ms after updates, and never when nothing changed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// The shortest time between two frames that no key asked for: rows that come in together are drawn
/// together.
pub const FRAME: Duration = Duration::from_millis(50);

/// The longest sleep while some text will change. The wall clock may be set, and unlike the timers it goes on while the
/// machine sleeps; this is how late that is noticed at worst.
pub const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// If the wall clock and the timers differ by this much, the clock was set.
const JUMP: TimeDelta = TimeDelta::seconds(2);

/// What has changed since the last frame, and when that was.
#[derive(Clone, Debug)]
pub struct Pace {
    asked: Option<Asked>,
    last: Option<Frame>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Soon,
    AtOnce,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    at: Instant,
    wall: DateTime<Utc>,
    /// When the text of this frame will change by itself.
    turns: Option<DateTime<Utc>>,
}

impl Pace {
    /// Nothing is drawn yet, so a frame is due.
    #[must_use]
    pub fn new() -> Self {
        Self { asked: Some(Asked::AtOnce), last: None }
    }

    /// The user waits for the next frame.
    pub fn at_once(&mut self) {
        self.asked = Some(Asked::AtOnce);
    }

    /// Something changed that can wait for the next frame.
    pub fn soon(&mut self) {
        self.asked.get_or_insert(Asked::Soon);
    }

    /// Whether to draw a frame now.
    #[must_use]
    pub fn is_due(&self, now: Instant, wall: DateTime<Utc>) -> bool {
        let Some(last) = self.last else { return true };
        match self.asked {
            Some(Asked::AtOnce) => true,
            Some(Asked::Soon) if now >= last.at + FRAME => true,
            _ => last.turns.is_some_and(|turns| wall >= turns) || last.was_clock_set(now, wall),
        }
    }

    /// When to look again if nothing happens before; `None`: not at all.
    #[must_use]
    pub fn wake_at(&self, now: Instant, wall: DateTime<Utc>) -> Option<Instant> {
        let last = self.last?;
        if self.asked.is_some() {
            return Some(last.at + FRAME);
        }
        let rest = (last.turns? - wall).to_std().unwrap_or(Duration::ZERO);
        // The frame's gap is a floor as well: a text that never stops changing cannot keep the loop busy.
        Some((now + rest.min(LONGEST_SLEEP)).max(last.at + FRAME))
    }

    /// A frame was drawn, whose text will change by itself at `turns`.
    pub fn drawn(&mut self, at: Instant, wall: DateTime<Utc>, turns: Option<DateTime<Utc>>) {
        self.asked = None;
        self.last = Some(Frame { at, wall, turns });
    }

    /// Whether anything was drawn yet.
    #[must_use]
    pub fn has_drawn(&self) -> bool {
        self.last.is_some()
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::new()
    }
}

impl Frame {
    fn was_clock_set(&self, now: Instant, wall: DateTime<Utc>) -> bool {
        let elapsed = TimeDelta::from_std(now - self.at).unwrap_or(TimeDelta::MAX);
        ((wall - self.wall) - elapsed).abs() > JUMP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(second: u32) -> DateTime<Utc> {
        DateTime::from_timestamp(1_763_920_000 + i64::from(second), 0).unwrap()
    }

    fn drawn_at(at: Instant, turns: Option<DateTime<Utc>>) -> Pace {
        let mut pace = Pace::new();
        pace.drawn(at, wall(0), turns);
        pace
    }

    #[test]
    fn the_first_frame_is_due_and_then_nothing_is() {
        let now = Instant::now();
        assert!(Pace::new().is_due(now, wall(0)));
        let pace = drawn_at(now, None);
        assert!(!pace.is_due(now + Duration::from_secs(9), wall(9)));
        assert_eq!(pace.wake_at(now, wall(0)), None);
    }

    #[test]
    fn an_update_waits_for_the_frame_and_a_key_does_not() {
        let now = Instant::now();
        let mut pace = drawn_at(now, None);
        pace.soon();
        assert!(!pace.is_due(now + FRAME / 2, wall(0)));
        assert_eq!(pace.wake_at(now + FRAME / 2, wall(0)), Some(now + FRAME));
        assert!(pace.is_due(now + FRAME, wall(0)));
        pace.at_once();
        pace.soon();
        assert!(pace.is_due(now, wall(0)));
    }

    #[test]
    fn it_sleeps_until_the_text_turns_but_never_over_a_minute() {
        let now = Instant::now();
        let pace = drawn_at(now, Some(wall(30)));
        assert_eq!(pace.wake_at(now, wall(0)), Some(now + Duration::from_secs(30)));
        assert!(!pace.is_due(now + Duration::from_secs(29), wall(29)));
        assert!(pace.is_due(now + Duration::from_secs(30), wall(30)));
        assert_eq!(drawn_at(now, Some(wall(3600))).wake_at(now, wall(0)), Some(now + LONGEST_SLEEP));
    }

    #[test]
    fn a_text_that_turned_already_cannot_make_it_spin() {
        let now = Instant::now();
        assert_eq!(drawn_at(now, Some(wall(0))).wake_at(now, wall(0)), Some(now + FRAME));
    }

    #[test]
    fn a_clock_that_was_set_back_is_noticed() {
        let now = Instant::now();
        let mut pace = Pace::new();
        pace.drawn(now, wall(5000), Some(wall(5060)));
        assert!(!pace.is_due(now + Duration::from_mins(1), wall(5059)));
        assert!(pace.is_due(now + Duration::from_mins(1), wall(1460)));
    }
}
