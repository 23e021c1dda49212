//! One instant on both clocks: the monotonic one that deadlines are kept on, and the wall clock that people read.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::clock::Clock;

/// A difference between the clocks above this is a jump: the machine slept, or the clock was set.
const JUMP: TimeDelta = TimeDelta::seconds(30);

/// One instant on both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// On the clock that never goes back, and stands still while the machine sleeps.
    pub(super) instant: Instant,
    /// On the clock on the wall.
    pub(super) wall: DateTime<Utc>,
}

impl Moment {
    /// This very moment.
    pub(super) fn now(clock: &dyn Clock) -> Self {
        Self { instant: Instant::now(), wall: clock.now() }
    }

    /// What the wall clock shows at `instant`, if neither clock jumps.
    pub(super) fn wall_at(self, instant: Instant) -> DateTime<Utc> {
        let shift = |ahead: Duration| TimeDelta::from_std(ahead).unwrap_or(TimeDelta::MAX);
        let wall = if instant >= self.instant {
            self.wall.checked_add_signed(shift(instant - self.instant))
        } else {
            self.wall.checked_sub_signed(shift(self.instant - instant))
        };
        wall.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The instant at which the wall clock shows `wall`; this moment when that is past, `None` when it is too far
    /// away to be told.
    pub(super) fn instant_at(self, wall: DateTime<Utc>) -> Option<Instant> {
        self.instant.checked_add((wall - self.wall).to_std().unwrap_or(Duration::ZERO))
    }

    /// How far the wall clock has run ahead (or, negative, fallen behind) of the monotonic one since `earlier`;
    /// `None` when they agree to within thirty seconds.
    pub(super) fn jump_since(self, earlier: Self) -> Option<TimeDelta> {
        let jump = self.wall - earlier.wall_at(self.instant);
        (jump.abs() > JUMP).then_some(jump)
    }
}
