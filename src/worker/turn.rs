//! The turn of a request that has leave: its place in the budget, which may be a while away.

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::history::{History, Leave, Standing, Turn};
use crate::worker::collector::Given;
use crate::worker::keeper::{Keeper, PATIENCE};
use crate::worker::moment::Moment;

/// Leave to send a request.
#[derive(Debug)]
pub(super) struct Granted {
    /// The 429 in a row that the host has answered.
    pub(super) refusals: u32,
    /// Nothing was heard of the host since its last pause.
    pub(super) is_on_trial: bool,
    /// The request is the caller's, and nobody else's.
    pub(super) claim: Claim,
}

/// A request that other instances, and the next worker of this one, wait for. It is let go when it is dropped before
/// anything came of it: with a worker that is exchanged, or with a command whose time is over.
#[derive(Debug)]
pub(super) struct Claim {
    history: History,
    /// `None`: there is nothing to let go.
    turn: Option<Turn>,
    /// When its turn is.
    pub(super) at: DateTime<Utc>,
}

impl Claim {
    /// The claim on the request of this turn.
    pub(super) fn of(history: &History, turn: Turn) -> Self {
        Self { history: history.clone(), at: turn.at, turn: Some(turn) }
    }

    /// What came of the request is told by the caller.
    pub(super) fn settle(mut self) {
        self.turn = None;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            self.history.release(turn);
        }
    }
}

impl Keeper {
    /// What has become meanwhile of the leave whose turn has come. Where the history does not say, it holds: its place
    /// in the budget is nobody else's.
    pub(super) async fn look_again(&self, granted: Granted, now: DateTime<Utc>) -> Given {
        let Some(turn) = granted.claim.turn.clone() else { return Given::Granted(granted) };
        match timeout(PATIENCE, self.history.standing(turn, now)).await {
            Ok(Ok(Standing::Paused(until))) => Given::Leave(Leave::Paused(until)),
            Ok(Ok(Standing::Lapsed)) => Given::Lapsed,
            _ => Given::Granted(granted),
        }
    }
}

/// Waits until it is the request's turn in the budget, when leave was given, and looks whether it still is.
pub(super) async fn wait_for_turn(keeper: &Keeper, clock: &dyn Clock, given: Given) -> Given {
    let Given::Granted(granted) = given else { return given };
    let now = Moment::now(clock);
    let due = now.instant_at(granted.claim.at).filter(|instant| *instant > now.instant);
    let Some(instant) = due else { return Given::Granted(granted) };
    clock.sleep_until(instant).await;
    keeper.look_again(granted, clock.now()).await
}
