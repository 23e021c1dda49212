//! The turn of a request that has leave: its place in the budget, which may be a while away.

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::history::{Leave, Standing, Turn};
use crate::worker::collector::Given;
use crate::worker::keeper::{Keeper, PATIENCE};
use crate::worker::moment::Moment;

impl Keeper {
    /// What has become meanwhile of the leave whose turn has come. Where the history does not say, it holds: its place
    /// in the budget is nobody else's.
    pub(super) async fn look_again(&self, turn: Turn, now: DateTime<Utc>, given: Given) -> Given {
        match timeout(PATIENCE, self.history.standing(turn, now)).await {
            Ok(Ok(Standing::Paused(until))) => Given::Leave(Leave::Paused(until)),
            Ok(Ok(Standing::Lapsed)) => Given::Lapsed,
            _ => given,
        }
    }
}

/// Waits until it is the request's turn in the budget, when leave was given, and looks whether it still is.
pub(super) async fn wait_for_turn(
    keeper: &Keeper,
    clock: &dyn Clock,
    turn: impl Fn(DateTime<Utc>) -> Turn,
    given: Given,
) -> Given {
    let Given::Leave(Leave::Granted { at, .. }) = given else { return given };
    let now = Moment::now(clock);
    let Some(instant) = now.instant_at(at).filter(|instant| *instant > now.instant) else { return given };
    clock.sleep_until(instant).await;
    keeper.look_again(turn(at), clock.now(), given).await
}
