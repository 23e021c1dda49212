//! When each credential is due, and why. [`Queue`] keeps the order.
//!
//! Pure: it is told the time. At the start all are due. Later each keeps its own place in the interval, so that
//! they are asked one after another and not in a burst.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use tokio::time::Instant;

use crate::domain::credential::CredentialId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::quota::Headroom;
use crate::domain::snapshot::Snapshot;
use crate::worker::backoff;
use crate::worker::moment::Moment;
use crate::worker::queue::Queue;
use crate::worker::ration::Ration;

const HOUR: Duration = Duration::from_hours(1);

/// The first wait after a failure that may pass, and the longest.
const FIRST_RETRY: Duration = Duration::from_secs(15);
const LONGEST_RETRY: Duration = Duration::from_mins(15);
/// How long after a reset the new count is asked for: the server's clock may be behind, and not all
/// the world should ask at midnight sharp.
const AFTER_RESET: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(20));
/// How much later than the instance that asks the others look for its answer.
const BEHIND: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(2));
/// Over how long those are spread that became due together, at most.
const SPREAD: Duration = Duration::from_mins(1);
/// How long the network gets to come back after the machine has slept.
const WAKING_UP: Duration = Duration::from_secs(2);

/// When each credential is due.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    interval: Duration,
    round: Duration,
    origin: Instant,
    entries: Vec<Entry>,
    /// Those of which nothing has been heard yet.
    unheard: usize,
    queue: Queue,
    rng: Rng,
}

/// What was learned of a credential that matters to when it is asked.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    is_heard_of: bool,
    failures: u32,
    /// The 429 in a row.
    refusals: u32,
    reset_at: Option<DateTime<Utc>>,
    /// The next reset of another window of the account.
    cap_reset_at: Option<DateTime<Utc>>,
    /// The last answer gave numbers.
    is_good: bool,
    /// Asked at its turn in the interval, rather than hourly or after a failure.
    has_turns: bool,
}

/// What comes after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// When it is asked again.
    pub(super) due: Instant,
    /// The credential's interval from here on.
    pub(super) interval: Duration,
}

impl Schedule {
    /// All of `count` credentials, due now.
    pub(super) fn new(count: usize, ration: Ration, now: Instant, seed: u64) -> Self {
        Self {
            interval: ration.interval,
            round: ration.round,
            origin: now,
            entries: vec![Entry::default(); count],
            unheard: count,
            queue: Queue::new(count, now),
            rng: Rng::with_seed(seed),
        }
    }

    /// Where chance comes from.
    pub(super) fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// Whose turn it is.
    pub(super) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Whose turn it is, to take the next or to let the user jump it.
    pub(super) fn queue_mut(&mut self) -> &mut Queue {
        &mut self.queue
    }

    /// Whether each has been heard of: it was answered, or failed.
    pub(super) fn has_heard_of_all(&self) -> bool {
        self.unheard == 0
    }

    /// How often each is asked at its turn.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// Plans the next request for `id` after an answer of that age. One that is not of this moment was another
    /// instance's, which will ask again at its turn: here it is soon enough a little later.
    pub(super) fn answered(
        &mut self,
        id: CredentialId,
        result: &Result<Snapshot, Failure>,
        at: Moment,
        age: Duration,
    ) -> Plan {
        let (mut plan, has_turns) = self.plan(id, result, at);
        let has_turns = has_turns && age.is_zero();
        if !age.is_zero() {
            let next =
                if result.is_ok() { at.instant + plan.interval + between(BEHIND, &mut self.rng) } else { plan.due };
            plan.due = next.checked_sub(age).map_or(at.instant, |due| due.max(at.instant)) + BEHIND.0;
        }
        if let Some(entry) = self.entries.get_mut(id.index()) {
            self.unheard -= usize::from(!std::mem::replace(&mut entry.is_heard_of, true));
            entry.is_good = result.is_ok();
            entry.has_turns = has_turns;
            if let Ok(snapshot) = result {
                entry.reset_at = Some(snapshot.reset_at);
            }
            // A failure does not bring a reset that has passed back: it has its own time of the next try.
            let daily = entry.reset_at.filter(|reset| result.is_ok() || *reset > at.wall);
            let other = entry.cap_reset_at.filter(|reset| *reset > at.wall);
            let reset = daily.into_iter().chain(other).min();
            if let Some(reset) = reset.and_then(|reset| at.instant_at(reset)) {
                plan.due = plan.due.min(self.after_reset(reset, plan.due));
            }
        }
        self.queue.due_at(id, plan.due);
        plan
    }

    /// When one whose turn is `turn` is asked after a reset. All have the same reset, and the budget makes most of them
    /// wait: those whose turn would have been next are first.
    fn after_reset(&mut self, reset: Instant, turn: Instant) -> Instant {
        let share = turn.saturating_duration_since(reset).as_secs_f64() / self.interval.as_secs_f64();
        let (least, most) = AFTER_RESET;
        let chance = self.rng.f64() / 10.0;
        reset + least + most.saturating_sub(least).mul_f64((share.min(1.0) + chance) / 1.1)
    }

    /// Another window of the account of `id` starts anew at `reset_at`: it is asked soon after, if not before.
    pub(super) fn expect_reset(&mut self, id: CredentialId, reset_at: DateTime<Utc>, now: Moment) {
        let Some(entry) = self.entries.get_mut(id.index()) else { return };
        entry.cap_reset_at = Some(reset_at);
        let Some(due) = self.queue.due(id) else { return };
        if let Some(reset) = now.instant_at(reset_at) {
            let after = self.after_reset(reset, due);
            self.queue.due_at(id, due.min(after));
        }
    }

    /// When `id` is asked again but for the reset, and whether that is its turn.
    fn plan(&mut self, id: CredentialId, result: &Result<Snapshot, Failure>, at: Moment) -> (Plan, bool) {
        let failures = self.count_failure(id, result);
        let is_hopeless = match result {
            Ok(snapshot) => snapshot.usage.headroom() == Headroom::Exhausted,
            Err(failure) => failure.kind.is_rejection(),
        };
        if is_hopeless {
            let hourly = self.interval.max(HOUR);
            return (Plan { due: at.instant + hourly, interval: hourly }, false);
        }
        if failures > 0 {
            // Many that fail must not take the budget of those that do not.
            let first = FIRST_RETRY.min(self.interval).max(self.round / 2);
            let wait = backoff::delay(failures, first, LONGEST_RETRY.max(self.round), &mut self.rng);
            // A server that says when it will be back is not asked before.
            let wish = result.as_ref().err().and_then(|failure| failure.retry_after).unwrap_or_default();
            return (Plan { due: at.instant + wait.max(wish), interval: self.interval }, false);
        }
        // A turn that is less than a quarter of the interval away is left out.
        (Plan { due: self.turn_after(id, at.instant + self.interval / 4), interval: self.interval }, true)
    }

    /// The failures in a row of the kind that may pass by themselves.
    fn count_failure(&mut self, id: CredentialId, result: &Result<Snapshot, Failure>) -> u32 {
        let Some(entry) = self.entries.get_mut(id.index()) else { return 0 };
        if !matches!(result, Err(failure) if failure.kind == FailureKind::RateLimited) {
            entry.refusals = 0;
        }
        entry.failures = match result {
            Err(failure) if failure.kind.may_pass() => entry.failures.saturating_add(1),
            _ => 0,
        };
        entry.failures
    }

    /// The first turn of `id` after `after`. Turns are an interval apart; those of the others lie evenly between.
    fn turn_after(&self, id: CredentialId, after: Instant) -> Instant {
        let count = self.queue.len().max(1) as u128;
        let interval = self.interval.as_nanos();
        let place = interval * (id.index() as u128 + 1) / count;
        let passed = after.saturating_duration_since(self.origin).as_nanos();
        let turns = if passed < place { 0 } else { (passed - place) / interval + 1 };
        let nanos = u64::try_from(place + turns * interval).unwrap_or(u64::MAX);
        self.origin.checked_add(Duration::from_nanos(nanos)).unwrap_or(after)
    }

    /// Nothing can be sent before `until`: those due earlier are due soon after it, one after another.
    pub(super) fn defer(&mut self, until: Instant) {
        let early: Vec<_> = self.queue.timed().take_while(|(due, _)| *due < until).map(|(_, id)| id).collect();
        self.spread(&early, until);
    }

    /// This one was refused with a 429, and nothing can be sent before `until`. It may be the only one that is: it
    /// waits as after any failure, and for the others, so that it cannot keep them from being asked for good.
    pub(super) fn refused(&mut self, id: CredentialId, until: Instant) {
        let refusals = self.entries.get_mut(id.index()).map_or(1, |entry| {
            entry.refusals = entry.refusals.saturating_add(1);
            entry.refusals
        });
        let behind = SPREAD.min(self.interval / 4).max(self.round);
        let wait = backoff::delay(refusals, FIRST_RETRY, LONGEST_RETRY, &mut self.rng);
        let due = until + if self.queue.len() > 1 { behind.max(wait) } else { Duration::ZERO };
        self.queue.due_at(id, due);
    }

    /// Goes by `ration` from now on. Those that have a time keep it unless a shorter interval brings them sooner:
    /// what is shown was promised to be of use until then.
    pub(super) fn set_ration(&mut self, ration: Ration, now: Instant) {
        if (self.interval, self.round) == (ration.interval, ration.round) {
            return;
        }
        (self.interval, self.round, self.origin) = (ration.interval, ration.round, now);
        let hourly = now + self.interval.max(HOUR);
        for (due, id) in self.queue.timed().collect::<Vec<_>>() {
            let has_turns = self.entries.get(id.index()).is_some_and(|entry| entry.has_turns);
            let latest = if has_turns { self.turn_after(id, now) } else { hourly };
            self.queue.due_at(id, due.min(latest));
        }
    }

    /// The wall clock jumped by `jump` against the monotonic one. Those that are due by the wall clock, and those
    /// whose numbers now seem to be of the future, are asked soon, one after another.
    pub(super) fn clock_jumped(&mut self, jump: TimeDelta, now: Moment) {
        let passed = jump.to_std().unwrap_or(Duration::ZERO);
        let mut overdue = Vec::new();
        for (due, id) in self.queue.timed().collect::<Vec<_>>() {
            let due = due.checked_sub(passed).unwrap_or(now.instant);
            let seems_of_the_future =
                jump < TimeDelta::zero() && self.entries.get(id.index()).is_some_and(|entry| entry.is_good);
            if due <= now.instant || seems_of_the_future {
                overdue.push(id);
            }
            self.queue.due_at(id, due);
        }
        self.spread(&overdue, now.instant + WAKING_UP);
    }

    /// Makes `ids` due from `from` on, evenly within a minute or a quarter of the interval.
    fn spread(&mut self, ids: &[CredentialId], from: Instant) {
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX).max(1);
        let step = SPREAD.min(self.interval / 4) / count;
        for (turn, id) in (0..).zip(ids) {
            self.queue.due_at(*id, from + step * turn);
        }
    }
}

fn between((least, most): (Duration, Duration), rng: &mut Rng) -> Duration {
    least + most.saturating_sub(least).mul_f64(rng.f64())
}
