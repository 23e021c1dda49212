//! A row as one line of text, to be pasted elsewhere. Nothing of the key is in it.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::credential::CredentialId;
use crate::domain::quota::Headroom;
use crate::domain::snapshot::Snapshot;
use crate::domain::text;
use crate::domain::usage::{Beyond, CredentialUsage};
use crate::domain::window::{Window, WindowKind};

impl App {
    /// `work · plus · 1,262.3 / 2,000 · 36 % left · resets 2026-11-24 01:00 · as of 2026-11-23 18:38`.
    ///
    /// Times are in full, since nobody knows when it is read. A number that was read at another time says so. What
    /// failed is told in our own words, without anything that the server said.
    pub(super) fn row_text(&self, id: CredentialId, now: DateTime<Utc>) -> Option<String> {
        let entry = self.usage.get(id)?;
        let mut parts = vec![self.name(id), entry.tier().label().to_owned()];
        match entry.baseline() {
            Some(snapshot) if now < snapshot.reset_at => {
                parts.extend(self.numbers(snapshot));
                parts.extend(entry.binding(now).and_then(|state| self.binding_text(&state.window, snapshot)));
                parts.extend(self.balance_text(entry, snapshot, now));
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
        let read = self.as_of(snapshot.fetched_at);
        [Some(text::used_of_limit(usage)), left, reset, Some(read)].into_iter().flatten()
    }

    fn as_of(&self, at: DateTime<Utc>) -> String {
        format!("as of {}", text::date_time(at, self.zone))
    }

    /// After a number that was not read with the day's: `, as of 2026-11-23 18:20`.
    fn unless_read_with(&self, snapshot: &Snapshot, at: DateTime<Utc>) -> String {
        let (day, own) = (self.as_of(snapshot.fetched_at), self.as_of(at));
        if day == own { String::new() } else { format!(", {own}") }
    }

    /// The window that binds, when that is not the day: `binding: 4h, $3.30 / $8.33, 60 % left`.
    fn binding_text(&self, window: &Window, snapshot: &Snapshot) -> Option<String> {
        if window.kind == WindowKind::Daily {
            return None;
        }
        let (name, numbers) = (self.window_name(&window.kind), text::used_of_window(window));
        let left = text::percent(window.remaining_fraction()?);
        let read = self.unless_read_with(snapshot, window.fetched_at);
        Some(format!("binding: {name}, {numbers}, {left} left{read}"))
    }

    /// The balance, where requests are paid from it: `balance $7.35, as of 2026-11-23 18:20`.
    fn balance_text(&self, entry: &CredentialUsage, snapshot: &Snapshot, now: DateTime<Utc>) -> Option<String> {
        let is_paid = snapshot.usage.headroom() == Headroom::NoQuota || entry.is_exhausted(now);
        let Beyond::Paid(balance) = entry.beyond() else { return None };
        let read = self.unless_read_with(snapshot, entry.account().fetched_at()?);
        (is_paid && !self.masked).then(|| format!("balance {}{read}", text::dollars(balance)))
    }
}
