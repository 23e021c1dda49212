//! The errands that wait: what is asked often before what is asked seldom.

use std::collections::{HashSet, VecDeque};

use tokio::time::Instant;

use crate::worker::errand::Errand;

/// So many of those asked often may go before one of those asked seldom, while both wait.
const IN_A_ROW: u8 = 3;

/// The errands that wait, and those that were sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    often: VecDeque<Errand>,
    seldom: VecDeque<Errand>,
    put_off: Vec<(Instant, Errand)>,
    /// All of the above: none waits twice.
    known: HashSet<Errand>,
    sent: Vec<Errand>,
    in_a_row: u8,
}

impl Waiting {
    /// Adds those that do not wait already.
    pub(super) fn add(&mut self, errands: impl IntoIterator<Item = Errand>) {
        for errand in errands {
            if self.known.insert(errand.clone()) {
                self.line(&errand).push_back(errand);
            }
        }
    }

    /// Whether this one waits.
    pub(super) fn has(&self, errand: &Errand) -> bool {
        self.known.contains(errand)
    }

    /// One that was taken is next again.
    pub(super) fn put_back(&mut self, errand: &Errand) {
        self.landed(errand);
        if self.known.insert(errand.clone()) {
            self.line(errand).push_front(errand.clone());
        }
    }

    /// Puts one that was taken off until then.
    pub(super) fn put_off(&mut self, errand: &Errand, until: Instant) {
        self.landed(errand);
        if self.known.insert(errand.clone()) {
            self.put_off.push((until, errand.clone()));
        }
    }

    /// When one is to be sent; `now` when one waits already.
    pub(super) fn ready_at(&self, now: Instant) -> Option<Instant> {
        if self.often.is_empty() && self.seldom.is_empty() {
            self.put_off.iter().map(|(until, _)| *until).min()
        } else {
            Some(now)
        }
    }

    /// The next one; it counts as sent.
    pub(super) fn next(&mut self, now: Instant) -> Option<Errand> {
        for (_, errand) in self.put_off.extract_if(.., |(until, _)| *until <= now).collect::<Vec<_>>() {
            self.line(&errand).push_front(errand);
        }
        let is_seldom = self.often.is_empty() || (self.in_a_row >= IN_A_ROW && !self.seldom.is_empty());
        self.in_a_row = if is_seldom { 0 } else { self.in_a_row.saturating_add(1) };
        let errand = if is_seldom { self.seldom.pop_front() } else { self.often.pop_front() }?;
        self.known.remove(&errand);
        self.sent.push(errand.clone());
        Some(errand)
    }

    /// One that was sent was answered, or failed.
    pub(super) fn landed(&mut self, errand: &Errand) {
        self.sent.retain(|sent| sent != errand);
    }

    /// What was sent is let go without an answer: it is next again.
    pub(super) fn let_go(&mut self) {
        for errand in std::mem::take(&mut self.sent).into_iter().rev() {
            if self.known.insert(errand.clone()) {
                self.line(&errand).push_front(errand);
            }
        }
    }

    fn line(&mut self, errand: &Errand) -> &mut VecDeque<Errand> {
        if errand.is_often() { &mut self.often } else { &mut self.seldom }
    }
}
