//! When the visible text changes by itself: until then nothing is drawn.

use chrono::{DateTime, Utc};

use crate::app::{App, Screen};
use crate::domain::text;
use crate::domain::threshold::Unit;
use crate::domain::view::Shape;
use crate::domain::window::next_daily_reset;

impl App {
    /// The first instant after `now` at which the visible text may change by itself; `None` when nothing visible ages.
    ///
    /// That is the next whole minute, when ages and countdowns change; the next second, when a visible reset is near or
    /// details, with ages in seconds, are open; or the instant when a planned request is due, a number turns stale, a
    /// window is reset, or the time until it is empty makes it low. The line layout shows no age, so it waits for its
    /// countdown, if it has one, and for the time until a credential is empty.
    #[must_use]
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let layout = self.layout()?;
        if self.screen() == Screen::Welcome {
            return None;
        }
        let is_line = layout.shape == Shape::Line && self.shows_credentials();
        let daily = text::next_countdown_change(next_daily_reset(now), now);
        let details = (self.screen() == Screen::Details && !self.help_open).then(|| text::next_second(now));
        [
            Some(text::next_minute(now)).filter(|_| !is_line || self.counts_to_empty(now)),
            daily.filter(|_| !is_line || !self.shows_clock),
            self.next_countdown_change(now).filter(|_| !is_line),
            self.usage.overview(now).changes_at,
            self.usage.host_paused_until().filter(|at| *at > now),
            details,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Whether the time until a credential is empty is told, since it is low by that.
    fn counts_to_empty(&self, now: DateTime<Utc>) -> bool {
        let mut entries = self.usage.credentials().iter().filter(|entry| entry.identity().thresholds.foresee());
        entries.any(|entry| entry.reached(now).is_some_and(|reached| reached.threshold.unit() == Unit::Seconds))
    }

    /// The soonest change of a countdown in the rows in sight.
    fn next_countdown_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let layout = self.layout()?;
        let first = if layout.shape == Shape::Big { self.selected_row()? } else { self.first_row() };
        let in_sight = self.rows().iter().skip(first).take(layout.page().into());
        in_sight
            .filter_map(|id| self.usage.get(*id)?.binding(now)?.window.reset_at)
            .filter_map(|reset| text::next_countdown_change(reset, now))
            .min()
    }
}
