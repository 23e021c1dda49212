//! When the visible text changes by itself: until then nothing is drawn.

use chrono::{DateTime, Utc};

use crate::app::{App, Screen};
use crate::domain::text;
use crate::domain::window::next_daily_reset;

impl App {
    /// The soonest instant after `now` at which what is visible may read differently although nothing
    /// happened; `None` when nothing visible ages.
    ///
    /// That is the whole minute, at which ages and times to come turn; each second when a reset that is in
    /// sight is near, or details are open, which tell ages to the second; the instant at which a planned
    /// request is due, or a number turns stale or is reset.
    #[must_use]
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.screen() == Screen::Welcome || self.layout().is_none() {
            return None;
        }
        let details = (self.screen() == Screen::Details && !self.help_open).then(|| text::next_second(now));
        [
            Some(text::next_minute(now)),
            text::next_countdown_change(next_daily_reset(now), now),
            self.next_countdown_change(now),
            self.usage.overview(now).changes_at,
            self.usage.host_paused_until().filter(|at| *at > now),
            details,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The soonest change of a countdown in the rows in sight.
    fn next_countdown_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let page = self.layout().map_or(0, |layout| layout.list);
        let in_sight = self.rows().iter().skip(self.first_row()).take(page.into());
        in_sight
            .filter_map(|id| self.usage.get(*id)?.binding(now)?.window.reset_at)
            .filter_map(|reset| text::next_countdown_change(reset, now))
            .min()
    }
}
