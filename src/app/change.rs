//! When the visible text changes by itself: until then nothing is drawn.

use chrono::{DateTime, Utc};

use crate::app::{App, Screen};
use crate::domain::text;
use crate::domain::usage::CredentialUsage;
use crate::domain::window::next_daily_reset;

impl App {
    /// The soonest instant after `now` at which what is visible may read differently although nothing
    /// happened; `None` when nothing visible ages.
    ///
    /// That is the whole minute, at which ages and times to come turn; each second when the daily reset
    /// is near, or details are open, which tell ages to the second; the instant at which a planned
    /// request is due, or a number turns stale or is reset.
    #[must_use]
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.screen() == Screen::Welcome || self.layout().is_none() {
            return None;
        }
        let details = (self.screen() == Screen::Details && !self.help_open).then(|| text::next_second(now));
        let due = self.usage.credentials().iter().filter_map(CredentialUsage::next_refresh);
        [
            Some(text::next_minute(now)),
            text::next_countdown_change(next_daily_reset(now), now),
            self.usage.next_change(now),
            due.chain(self.usage.host_paused_until()).filter(|at| *at > now).min(),
            details,
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
