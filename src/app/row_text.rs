//! A row as one line of text, to be pasted elsewhere. Nothing of the key is in it.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::credential::CredentialId;
use crate::domain::snapshot::Snapshot;
use crate::domain::text;
use crate::domain::window::{Window, WindowKind};

impl App {
    /// `work · plus · 1,262.3 / 2,000 · 36 % left · resets 2026-11-24 01:00 · as of 2026-11-23 18:38`.
    ///
    /// Times are in full, since nobody knows when it is read. What failed is told in our own words,
    /// without anything that the server said.
    pub(super) fn row_text(&self, id: CredentialId, now: DateTime<Utc>) -> Option<String> {
        let entry = self.usage.get(id)?;
        let mut parts = vec![self.name(id), entry.tier().label().to_owned()];
        match entry.baseline() {
            Some(snapshot) if now < snapshot.reset_at => {
                parts.extend(self.numbers(snapshot));
                parts.extend(entry.binding(now).and_then(|state| self.binding_text(&state.window)));
            }
            Some(_) => parts.push("reset, not read since".to_owned()),
            None => {}
        }
        match entry.failure() {
            Some(failed) => parts.push(failed.failure.summary()),
            None if entry.baseline().is_none() => parts.push("not read yet".to_owned()),
            None => {}
        }
        Some(parts.join(" · "))
    }

    fn numbers(&self, snapshot: &Snapshot) -> impl Iterator<Item = String> {
        let usage = &snapshot.usage;
        let left = usage.remaining_fraction().map(|left| format!("{} left", text::percent(left)));
        let reset = usage.limit().map(|_| format!("resets {}", text::date_time(snapshot.reset_at, self.zone)));
        let read = format!("as of {}", text::date_time(snapshot.fetched_at, self.zone));
        [Some(text::used_of_limit(usage)), left, reset, Some(read)].into_iter().flatten()
    }

    /// The window that binds, when that is not the day: `binding: 4h, $3.30 / $8.33, 60 % left`.
    fn binding_text(&self, window: &Window) -> Option<String> {
        let name = match &window.kind {
            WindowKind::Daily => return None,
            WindowKind::FourHour => "4h",
            WindowKind::Monthly => "month",
            WindowKind::Chute(chute) => self.usage.chute_name(chute),
        };
        let left = window.remaining_fraction()?;
        Some(format!("binding: {name}, {}, {} left", text::used_of_window(window), text::percent(left)))
    }
}
