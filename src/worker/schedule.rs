//! When each credential is due.
//!
//! Pure: it is told the time. At the start all are due. Later each keeps its own place in the interval, so that
//! they are asked one after another and not in a burst.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use tokio::time::Instant;

use crate::domain::credential::CredentialId;
use crate::domain::failure::Failure;
use crate::domain::quota::Headroom;
use crate::domain::snapshot::Snapshot;
use crate::worker::backoff;
use crate::worker::moment::Moment;

const HOUR: Duration = Duration::from_hours(1);

/// The intervals that can be worked with. What a user may ask for is narrower, and checked elsewhere.
const INTERVALS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(24 * 30));
/// The first wait after a failure that may pass, and the longest.
const FIRST_RETRY: Duration = Duration::from_secs(15);
const LONGEST_RETRY: Duration = Duration::from_mins(15);
/// How long after a reset the new count is asked for: the server's clock may be behind, and not all
/// the world should ask at midnight sharp.
const AFTER_RESET: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(20));
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
    timed: BTreeSet<(Instant, CredentialId)>,
    wanted: VecDeque<CredentialId>,
    has_overtaken: bool,
    rng: Rng,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    place: Place,
    failures: u32,
    reset_at: Option<DateTime<Utc>>,
    /// The next reset of another window of the account.
    cap_reset_at: Option<DateTime<Utc>>,
    /// The last answer gave numbers.
    is_good: bool,
    /// Asked at its turn in the interval, rather than hourly or after a failure.
    has_turns: bool,
}

/// Where a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In `timed`, due then.
    Timed(Instant),
    /// In `wanted`: the user asked for it.
    Wanted,
    /// Being asked.
    InFlight,
}

/// What comes after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// When it is asked again.
    pub(super) due: Instant,
    /// The credential's interval from here on.
    pub(super) interval: Duration,
}

/// How often each of `count` credentials can be asked when one round of them takes `round`: as often as
/// wished, unless the budget is too small. Then the interval is stretched, with a tenth to spare for what
/// is asked out of turn.
pub(super) fn stretched(interval: Duration, round: Duration) -> Duration {
    interval.clamp(INTERVALS.0, INTERVALS.1).max(round.saturating_mul(11) / 10)
}

impl Schedule {
    /// All of `count` credentials, due now. `round` is how long it takes to ask all of them once within the budget.
    pub(super) fn new(count: usize, interval: Duration, round: Duration, now: Instant, seed: u64) -> Self {
        let entry = Entry {
            place: Place::Timed(now),
            failures: 0,
            reset_at: None,
            cap_reset_at: None,
            is_good: false,
            has_turns: false,
        };
        Self {
            interval: stretched(interval, round),
            round,
            origin: now,
            entries: vec![entry; count],
            timed: (0..count).map(|index| (now, CredentialId::new(index))).collect(),
            wanted: VecDeque::new(),
            has_overtaken: false,
            rng: Rng::with_seed(seed),
        }
    }

    /// Where chance comes from.
    pub(super) fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// The soonest instant at which one is due; past when one is due already.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        if self.wanted.is_empty() { self.timed.first().map(|(due, _)| *due) } else { Some(now) }
    }

    /// The one to ask now, if any is due; it counts as being asked from here on.
    ///
    /// What the user asked for goes first, but never twice in a row while another is waiting: a key held down
    /// must not starve the rest.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<CredentialId> {
        let timed = self.timed.first().copied().filter(|(due, _)| *due <= now);
        let id = match (timed, self.wanted.front()) {
            (Some((due, id)), wanted) if wanted.is_none() || self.has_overtaken => {
                self.timed.remove(&(due, id));
                self.has_overtaken = false;
                id
            }
            _ => {
                self.has_overtaken = timed.is_some();
                self.wanted.pop_front()?
            }
        };
        self.entries.get_mut(id.index())?.place = Place::InFlight;
        Some(id)
    }

    /// The user asks for this one: it is next. False when it is so already, is being asked, or is not known.
    pub(super) fn want(&mut self, id: CredentialId) -> bool {
        let Some(entry) = self.entries.get_mut(id.index()) else { return false };
        let Place::Timed(due) = entry.place else { return false };
        entry.place = Place::Wanted;
        self.timed.remove(&(due, id));
        self.wanted.push_back(id);
        true
    }

    /// Plans the next request for `id` after an answer.
    pub(super) fn answered(&mut self, id: CredentialId, result: &Result<Snapshot, Failure>, at: Moment) -> Plan {
        let (mut plan, has_turns) = self.plan(id, result, at);
        if let Some(entry) = self.entries.get_mut(id.index()) {
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
                plan.due = plan.due.min(reset + between(AFTER_RESET, &mut self.rng));
            }
        }
        self.due_at(id, plan.due);
        plan
    }

    /// Another window of the account of `id` starts anew at `reset_at`: it is asked soon after, if not before.
    pub(super) fn expect_reset(&mut self, id: CredentialId, reset_at: DateTime<Utc>, now: Moment) {
        let Some(entry) = self.entries.get_mut(id.index()) else { return };
        entry.cap_reset_at = Some(reset_at);
        let Place::Timed(due) = entry.place else { return };
        if let Some(reset) = now.instant_at(reset_at) {
            let after = reset + between(AFTER_RESET, &mut self.rng);
            self.due_at(id, due.min(after));
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
            return (Plan { due: at.instant + wait, interval: self.interval }, false);
        }
        // A turn that is less than a quarter of the interval away is left out.
        (Plan { due: self.turn_after(id, at.instant + self.interval / 4), interval: self.interval }, true)
    }

    /// The failures in a row of the kind that may pass by themselves.
    fn count_failure(&mut self, id: CredentialId, result: &Result<Snapshot, Failure>) -> u32 {
        let Some(entry) = self.entries.get_mut(id.index()) else { return 0 };
        entry.failures = match result {
            Err(failure) if failure.kind.may_pass() => entry.failures.saturating_add(1),
            _ => 0,
        };
        entry.failures
    }

    /// The first turn of `id` after `after`. Turns are an interval apart; those of the others lie evenly between.
    fn turn_after(&self, id: CredentialId, after: Instant) -> Instant {
        let count = self.entries.len().max(1) as u128;
        let interval = self.interval.as_nanos();
        let place = interval * (id.index() as u128 + 1) / count;
        let passed = after.saturating_duration_since(self.origin).as_nanos();
        let turns = if passed < place { 0 } else { (passed - place) / interval + 1 };
        let nanos = u64::try_from(place + turns * interval).unwrap_or(u64::MAX);
        self.origin.checked_add(Duration::from_nanos(nanos)).unwrap_or(after)
    }

    /// Nothing can be sent before `until`: those due earlier are due soon after it, one after another.
    pub(super) fn defer(&mut self, until: Instant) {
        let early: Vec<_> = self.timed.iter().take_while(|(due, _)| *due < until).map(|(_, id)| *id).collect();
        self.spread(&early, until);
    }

    /// Asks this often from now on. Those that have a time keep it unless the new interval brings them sooner:
    /// what is shown was promised to be of use until then.
    pub(super) fn set_interval(&mut self, interval: Duration, now: Instant) {
        self.interval = stretched(interval, self.round);
        self.origin = now;
        let hourly = now + self.interval.max(HOUR);
        for id in self.ids() {
            let Some(Entry { place: Place::Timed(due), has_turns, .. }) = self.entries.get(id.index()).copied() else {
                continue;
            };
            let latest = if has_turns { self.turn_after(id, now) } else { hourly };
            self.due_at(id, due.min(latest));
        }
    }

    /// The wall clock jumped by `jump` against the monotonic one. Those that are due by the wall clock, and those
    /// whose numbers now seem to be of the future, are asked soon, one after another.
    pub(super) fn clock_jumped(&mut self, jump: TimeDelta, now: Moment) {
        let passed = jump.to_std().unwrap_or(Duration::ZERO);
        let mut overdue = Vec::new();
        for (due, id) in std::mem::take(&mut self.timed) {
            let due = due.checked_sub(passed).unwrap_or(now.instant);
            let seems_of_the_future =
                jump < TimeDelta::zero() && self.entries.get(id.index()).is_some_and(|entry| entry.is_good);
            if due <= now.instant || seems_of_the_future {
                overdue.push(id);
            }
            self.place(id, due);
        }
        self.spread(&overdue, now.instant + WAKING_UP);
    }

    /// When each credential is due; those that the user asked for at `ready_at`, those being asked `None`.
    pub(super) fn times(&self, ready_at: Instant) -> impl Iterator<Item = (CredentialId, Option<Instant>)> {
        self.ids().zip(&self.entries).map(move |(id, entry)| match entry.place {
            Place::Timed(due) => (id, Some(due.max(ready_at))),
            Place::Wanted => (id, Some(ready_at)),
            Place::InFlight => (id, None),
        })
    }

    /// When `id` is due, if it has a time.
    pub(super) fn due(&self, id: CredentialId) -> Option<Instant> {
        match self.entries.get(id.index())?.place {
            Place::Timed(due) => Some(due),
            Place::Wanted | Place::InFlight => None,
        }
    }

    /// Every credential, in the order of the configuration.
    pub(super) fn ids(&self) -> impl Iterator<Item = CredentialId> + use<> {
        (0..self.entries.len()).map(CredentialId::new)
    }

    /// Makes `ids` due from `from` on, evenly within a minute or a quarter of the interval.
    fn spread(&mut self, ids: &[CredentialId], from: Instant) {
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX).max(1);
        let step = SPREAD.min(self.interval / 4) / count;
        for (turn, id) in (0..).zip(ids) {
            self.due_at(*id, from + step * turn);
        }
    }

    /// Makes `id` due at `due`. It is not one that the user asked for and that is still waiting for that.
    pub(super) fn due_at(&mut self, id: CredentialId, due: Instant) {
        if let Some(Place::Timed(earlier)) = self.entries.get(id.index()).map(|entry| entry.place) {
            self.timed.remove(&(earlier, id));
        }
        self.place(id, due);
    }

    fn place(&mut self, id: CredentialId, due: Instant) {
        if let Some(entry) = self.entries.get_mut(id.index()) {
            entry.place = Place::Timed(due);
            self.timed.insert((due, id));
        }
    }
}

fn between((least, most): (Duration, Duration), rng: &mut Rng) -> Duration {
    least + most.saturating_sub(least).mul_f64(rng.f64())
}
