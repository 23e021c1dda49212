//! What the instances on a machine tell one another through the history.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::store::{failures, ledger};
use super::thread::Job;
use super::{Fingerprint, History, HistoryError, LastFailure, Leave, Outcome, Standing, Turn, Wish};

impl History {
    /// Asks whether a request may be sent, and takes leave to: see [`Leave`].
    ///
    /// # Errors
    /// When the history cannot be written to.
    pub async fn leave(&self, wish: Wish) -> Result<Leave, HistoryError> {
        self.ask(Job::ReadShared, move |connection| ledger::leave(connection, &wish)).await
    }

    /// Whether it falls to the caller to have everything of `host` refreshed; to nobody else then, for an `interval`.
    ///
    /// # Errors
    /// When the history cannot be written to.
    pub async fn take_refresh(
        &self,
        host: String,
        owner: Fingerprint,
        interval: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<bool, HistoryError> {
        self.ask(Job::ReadShared, move |connection| ledger::take_refresh(connection, &host, owner, interval, now)).await
    }

    /// Until when `host` wants to be left alone; `None`: it does not.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn paused_until(&self, host: String, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, HistoryError> {
        self.ask(Job::ReadShared, move |connection| ledger::paused_until(connection, &host, now)).await
    }

    /// Why a request called `what` had no answer when it was last sent for each owner, in the order asked; `None`: it had
    /// one, or was never sent.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn failures(
        &self,
        owners: Vec<Fingerprint>,
        what: &'static str,
    ) -> Result<Vec<Option<LastFailure>>, HistoryError> {
        self.read(move |connection| failures::last(connection, &owners, what)).await
    }

    /// Whether leave still holds, when the turn of a request has come that had to wait for it.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn standing(&self, turn: Turn, now: DateTime<Utc>) -> Result<Standing, HistoryError> {
        self.ask(Job::ReadShared, move |connection| ledger::standing(connection, &turn, now)).await
    }

    /// Tells the others what came of a request for which leave was taken. Waits for nothing.
    pub fn settle(&self, outcome: Outcome) {
        self.write(outcome.at, Box::new(move |connection, now| ledger::settle(connection, &outcome, now)));
    }

    /// Lets go of a request for which leave was taken, and of which nothing will come. Waits for nothing.
    pub fn release(&self, turn: Turn) {
        self.write(turn.at, Box::new(move |connection, _| ledger::release(connection, &turn)));
    }

    /// Tells the others that `host` answered 429, for the `refusals`-th time in a row, and is not to be asked before
    /// `until`. What is being asked of it for these owners is let go. Waits for nothing, and
    /// waits for no other writes.
    pub fn pause(
        &self,
        host: String,
        owners: Vec<Fingerprint>,
        until: DateTime<Utc>,
        refusals: u32,
        now: DateTime<Utc>,
    ) {
        let pause = move |connection: &Connection, now| ledger::pause(connection, &host, &owners, until, refusals, now);
        self.hand_in(Job::WriteNow(now, Box::new(pause)));
    }
}
