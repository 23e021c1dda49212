//! The rows: their order, which of them are shown, which is selected, and from where.
//!
//! Rows move only when the user sorts or filters: nothing here learns that an answer came in.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use crate::app::keymap::Motion;
use crate::domain::credential::CredentialId;
use crate::domain::quota::Quota;
use crate::domain::tier::{Tier, TierName};
use crate::domain::usage::CredentialUsage;
use crate::domain::view::{Sort, SortKey};

/// What a credential is sorted by. One without a value comes last, either way round.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Value {
    Name(String),
    Tier(TierName, bool),
    Left(f64),
    Time(DateTime<Utc>),
}

impl Value {
    fn of(key: SortKey, entry: &CredentialUsage, now: DateTime<Utc>) -> Option<Self> {
        match key {
            SortKey::Configured => None,
            SortKey::Name => Some(Self::Name(natural(&entry.identity().name()))),
            SortKey::Tier => {
                Some(entry.tier()).filter(|tier| *tier != Tier::UNKNOWN).map(|tier| Self::Tier(tier.name, tier.custom))
            }
            SortKey::Left => left(entry, now).map(Self::Left),
            SortKey::Age => entry.baseline().map(|snapshot| Self::Time(snapshot.fetched_at)),
        }
    }
}

/// The part left of the window that binds; more than the whole without a limit, and none when there was
/// nothing to run out of.
fn left(entry: &CredentialUsage, now: DateTime<Utc>) -> Option<f64> {
    let usage = entry.usage(now)?;
    if let Some(state) = entry.binding(now) {
        return state.window.remaining_fraction();
    }
    (usage.quota() == Quota::Unlimited).then_some(f64::INFINITY)
}

/// `name` in lower case, with leading zeros before its numbers, so that `key 10` comes after `key 2`.
fn natural(name: &str) -> String {
    const DIGITS: usize = 12;
    let mut out = String::with_capacity(name.len() + DIGITS);
    let mut number = String::new();
    let flush = |number: &mut String, out: &mut String| {
        if !number.is_empty() {
            out.extend(std::iter::repeat_n('0', DIGITS.saturating_sub(number.len())));
            out.push_str(number);
            number.clear();
        }
    };
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_digit() {
            number.push(c);
        } else {
            flush(&mut number, &mut out);
            out.push(c);
        }
    }
    flush(&mut number, &mut out);
    out
}

/// The credentials in the order of `sort`, ties in the order of the configuration.
fn sorted(sort: Sort, entries: &[CredentialUsage], now: DateTime<Utc>) -> Vec<CredentialId> {
    let mut keyed: Vec<(Option<Value>, CredentialId)> =
        entries.iter().map(|entry| (Value::of(sort.key, entry, now), entry.identity().id)).collect();
    keyed.sort_by(|(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) if sort.reversed => b.partial_cmp(a).unwrap_or(Ordering::Equal),
        (Some(a), Some(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    let mut order: Vec<CredentialId> = keyed.into_iter().map(|(_, id)| id).collect();
    if sort.key == SortKey::Configured && sort.reversed {
        order.reverse();
    }
    order
}

/// The rows, and where in them the user is.
#[derive(Clone, Debug, Default)]
pub struct List {
    sort: Sort,
    /// Every credential, as of the last time the user sorted.
    order: Vec<CredentialId>,
    /// Those of them that are shown, as of the last time the user filtered.
    rows: Vec<CredentialId>,
    /// Outlives a filter that nothing matches.
    selected: Option<CredentialId>,
    /// The selected row, while there are rows.
    cursor: usize,
    first: usize,
}

impl List {
    /// Every credential, in the order of the configuration; the first is selected.
    #[must_use]
    pub fn new(entries: &[CredentialUsage]) -> Self {
        let order: Vec<CredentialId> = entries.iter().map(|entry| entry.identity().id).collect();
        Self { selected: order.first().copied(), rows: order.clone(), order, ..Self::default() }
    }

    /// How the rows are sorted.
    #[must_use]
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// The rows that are shown, in display order.
    #[must_use]
    pub fn rows(&self) -> &[CredentialId] {
        &self.rows
    }

    /// How many credentials the filter hides.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.order.len() - self.rows.len()
    }

    /// The selected credential; `None` when no row is shown.
    #[must_use]
    pub fn selected(&self) -> Option<CredentialId> {
        self.rows.get(self.cursor).copied()
    }

    /// The row of the selected credential.
    #[must_use]
    pub fn selected_row(&self) -> Option<usize> {
        (self.cursor < self.rows.len()).then_some(self.cursor)
    }

    /// The row at the top of the page.
    #[must_use]
    pub fn first_row(&self) -> usize {
        self.first
    }

    /// Sorts again. Call [`List::show`] afterwards.
    pub fn set_sort(&mut self, sort: Sort, entries: &[CredentialUsage], now: DateTime<Utc>) {
        self.sort = sort;
        self.order = sorted(sort, entries, now);
    }

    /// The credentials have new ids, which `place` gives for those that are still there. Sort again afterwards.
    pub fn renumber(&mut self, place: impl Fn(CredentialId) -> Option<CredentialId>) {
        self.selected = self.selected.and_then(place);
    }

    /// Shows the credentials that `keep` holds for. The selection stays with its credential; when that
    /// is hidden it goes to the next one that is shown.
    pub fn show(&mut self, keep: impl Fn(CredentialId) -> bool) {
        let mut cursor = 0;
        self.rows.clear();
        for &id in &self.order {
            if Some(id) == self.selected {
                cursor = self.rows.len();
            }
            if keep(id) {
                self.rows.push(id);
            }
        }
        self.select(cursor);
    }

    /// Moves the selection, on pages of that many rows.
    pub fn go(&mut self, motion: Motion, page: usize) {
        self.select(match motion {
            Motion::Up => self.cursor.saturating_sub(1),
            Motion::Down => self.cursor.saturating_add(1),
            Motion::PageUp => self.cursor.saturating_sub(page),
            Motion::PageDown => self.cursor.saturating_add(page),
            Motion::First => 0,
            Motion::Last => usize::MAX,
        });
    }

    /// Scrolls by some rows. The selection stays with its row while that is in sight.
    pub fn scroll(&mut self, motion: Motion, rows: usize, page: usize) {
        let page = page.max(1);
        let last = self.rows.len().saturating_sub(page);
        self.first = match motion {
            Motion::Up => self.first.saturating_sub(rows),
            _ => (self.first + rows).min(last),
        };
        self.select(self.cursor.clamp(self.first, self.first + page - 1));
    }

    /// Selects the row in this place of the page, from 0, if there is one.
    pub fn select_on_page(&mut self, place: usize) {
        if self.first + place < self.rows.len() {
            self.select(self.first + place);
        }
    }

    /// Selects a row, or the last one when there are not that many.
    fn select(&mut self, row: usize) {
        self.cursor = row.min(self.rows.len().saturating_sub(1));
        self.selected = self.selected().or(self.selected);
    }

    /// Scrolls as little as will show the selected row on a page of that many rows, with no row of the
    /// page empty while others are above it.
    pub fn scroll_to_selection(&mut self, page: usize) {
        let page = page.max(1);
        let highest = (self.cursor + 1).saturating_sub(page);
        let lowest = self.cursor.min(self.rows.len().saturating_sub(page));
        self.first = self.first.max(highest).min(lowest);
    }
}
