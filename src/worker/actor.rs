//! The worker's state, and what it does about each event. One task owns it: nothing is shared, nothing is locked.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::Instant;

use crate::api::QuotaSource;
use crate::clock::Clock;
use crate::domain::credential::{Credential, CredentialId};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::Update;
use crate::worker::budget::{self, Budget};
use crate::worker::errand::{self, Brought, Errand};
use crate::worker::errands::Errands;
use crate::worker::keeper::Keeper;
use crate::worker::moment::Moment;
use crate::worker::schedule::Schedule;
use crate::worker::{Command, IN_FLIGHT, Setup, log};

/// With nothing to do the clocks are compared this often, so that a sleep of the machine is noticed.
const CLOCK_CHECK: Duration = Duration::from_mins(2);

/// Commands are left in their channel while so many updates wait for the reader.
const OUTBOX: usize = 16;

/// What the worker waits for.
pub(super) enum Event {
    Command(Command),
    Answer(CredentialId, Result<Snapshot, Failure>),
    Errand(Errand, Result<Brought, Failure>),
    /// A deadline has come, or the reader took an update.
    Awake,
    End,
}

type InFlight<'a> = FuturesUnordered<BoxFuture<'a, Event>>;

/// See [`run`](crate::worker::run).
pub(super) struct Worker<'a, S> {
    pub(super) credentials: &'a [Credential],
    source: &'a S,
    clock: &'a dyn Clock,
    updates: &'a mpsc::Sender<Update>,
    pub(super) keeper: Option<&'a Keeper>,
    pub(super) interval: Duration,
    pub(super) schedule: Schedule,
    pub(super) errands: Errands,
    pub(super) budget: Budget,
    in_flight: InFlight<'a>,
    asking: Vec<CredentialId>,
    /// Updates that the reader has no room for yet.
    outbox: VecDeque<Update>,
    is_paused: bool,
    /// When the clocks were last known to agree.
    clocks: Moment,
}

impl<'a, S: QuotaSource> Worker<'a, S> {
    /// A worker that has asked for nothing yet.
    pub(super) fn new(
        setup: &'a Setup,
        source: &'a S,
        clock: &'a dyn Clock,
        updates: &'a mpsc::Sender<Update>,
    ) -> Self {
        let now = Moment::now(clock);
        let count = setup.credentials.len();
        let errands = Errands::new(&setup.credentials, setup.whole_account);
        let round = budget::round(count + errands.accounts(), setup.requests_per_minute);
        Self {
            credentials: &setup.credentials,
            source,
            clock,
            updates,
            keeper: setup.keeper.as_ref(),
            interval: setup.interval,
            errands,
            schedule: Schedule::new(count, setup.interval, round, now.instant, setup.seed),
            budget: Budget::new(setup.requests_per_minute),
            in_flight: FuturesUnordered::new(),
            asking: Vec::with_capacity(IN_FLIGHT),
            outbox: VecDeque::new(),
            is_paused: false,
            clocks: now,
        }
    }

    /// Sends what is due, as far as the budget, the five in flight and the reader allow.
    pub(super) fn send_due(&mut self) {
        while self.may_send() {
            let now = Instant::now();
            if self.budget.ready_at(now) > now {
                tracing::debug!(wait = ?self.budget.ready_at(now) - now, "the budget lets nothing through");
                return;
            }
            let Some(id) = self.schedule.take_due(now) else {
                if self.send_errand(now) {
                    continue;
                }
                return;
            };
            let Some(credential) = self.credentials.get(id.index()) else { continue };
            self.budget.take(now);
            self.asking.push(id);
            let source = self.source;
            self.in_flight
                .push(async move { Event::Answer(id, source.fetch_quota_usage(&credential.key).await) }.boxed());
            self.report(Update::Asking(id));
        }
    }

    /// Sends an optional request, if any waits.
    fn send_errand(&mut self, now: Instant) -> bool {
        let Some(errand) = self.errands.next() else { return false };
        self.budget.take(now);
        let (source, wall) = (self.source, self.clock.now());
        let key = errand.id().and_then(|id| self.credentials.get(id.index())).map(|credential| &credential.key);
        self.in_flight.push(
            async move {
                let result = errand::ask(source, key, &errand, wall).await;
                Event::Errand(errand, result)
            }
            .boxed(),
        );
        true
    }

    fn may_send(&self) -> bool {
        let most = if self.budget.is_on_trial() { 1 } else { IN_FLIGHT };
        !self.is_paused && self.outbox.is_empty() && self.in_flight.len() < most
    }

    /// The next instant at which there is something to do without being told.
    fn deadline(&self) -> Option<Instant> {
        let now = Instant::now();
        let errand = self.errands.is_waiting().then_some(now);
        let next = errand.into_iter().chain(self.schedule.next_due(now)).min();
        let due = next.filter(|_| self.may_send());
        let due = due.map(|due| due.max(self.budget.ready_at(now)));
        let check = (!self.is_paused).then_some(now + CLOCK_CHECK);
        [due, self.budget.paused_until(), check].into_iter().flatten().min()
    }

    /// Waits for whatever comes first.
    pub(super) async fn next_event(&mut self, commands: &mut mpsc::Receiver<Command>) -> Event {
        let deadline = self.deadline();
        tokio::select! {
            biased;
            () = self.updates.closed() => Event::End,
            command = commands.recv(), if self.outbox.len() < OUTBOX => command.map_or(Event::End, Event::Command),
            room = self.updates.reserve(), if !self.outbox.is_empty() => match (room, self.outbox.pop_front()) {
                (Ok(room), Some(update)) => {
                    room.send(update);
                    Event::Awake
                }
                _ => Event::End,
            },
            Some(event) = self.in_flight.next() => event,
            () = self.clock.sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => Event::Awake,
        }
    }

    /// Reports `update`, in order, as soon as the reader has room for it.
    pub(super) fn report(&mut self, update: Update) {
        if !self.outbox.is_empty() {
            return self.outbox.push_back(update);
        }
        match self.updates.try_send(update) {
            Err(TrySendError::Full(update)) => self.outbox.push_back(update),
            // That nobody reads any more ends the loop when it waits next.
            Ok(()) | Err(TrySendError::Closed(_)) => {}
        }
    }

    /// Does what it is told.
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Refresh(id) => self.want([id]),
            Command::RefreshAll => self.want(self.schedule.ids()),
            Command::SetInterval(interval) => {
                self.interval = interval;
                self.schedule.set_interval(interval, Instant::now());
                self.report_schedule();
            }
            Command::Pause if !self.is_paused => {
                self.is_paused = true;
                self.report_schedule();
            }
            Command::Resume if self.is_paused => {
                self.is_paused = false;
                self.report_schedule();
            }
            Command::Pause | Command::Resume => {}
        }
    }

    /// The user asks for these. A paused pane sends nothing, and does not save it up for later either.
    fn want(&mut self, ids: impl IntoIterator<Item = CredentialId>) {
        if self.is_paused {
            return;
        }
        let mut wanted = Vec::new();
        for id in ids {
            self.errands.want(id);
            if self.schedule.want(id) {
                wanted.push(id);
            }
        }
        if let Some(until) = self.budget.paused_until().filter(|_| !wanted.is_empty()) {
            let until = self.now().wall_at(until);
            self.report(Update::Scheduled(wanted.into_iter().map(|id| (id, Some(until))).collect()));
        }
    }

    /// Plans what comes after an answer, and reports it.
    pub(super) fn take_answer(&mut self, id: CredentialId, result: Result<Snapshot, Failure>) {
        self.asking.retain(|asked| *asked != id);
        log::answer(self.credentials, id, &result);
        let now = self.now();
        let plan = self.schedule.answered(id, &result, now);
        let (mut due, mut refused) = (plan.due, None);
        if let Ok(snapshot) = &result {
            self.keep_and_follow(id, snapshot, now);
        }
        match &result {
            Err(failure) if failure.kind == FailureKind::RateLimited => {
                refused = Some(self.pause_host(Some(id), failure.retry_after, now));
                due = self.schedule.due(id).unwrap_or(due);
            }
            result => self.budget.answered(result.is_ok()),
        }
        let next_refresh = self.planned(due, now);
        self.report(Update::Answered { id, result, at: now.wall, next_refresh, interval: plan.interval });
        if let Some((until, let_go)) = refused {
            self.report_host_pause(until, let_go, now);
        }
    }

    /// Keeps what was learned, and sees what else there is to ask.
    fn keep_and_follow(&mut self, id: CredentialId, snapshot: &Snapshot, now: Moment) {
        if let (Some(keeper), Some(credential)) = (self.keeper, self.credentials.get(id.index())) {
            keeper.keep_snapshot(&credential.key, snapshot);
        }
        self.errands.follow(id, snapshot.usage.quota(), self.interval, now.instant, now.wall);
    }

    /// The host answered 429: lets go of what is in flight, and puts everything off. Gives the end of the pause, and
    /// which were let go.
    pub(super) fn pause_host(
        &mut self,
        id: Option<CredentialId>,
        wish: Option<Duration>,
        now: Moment,
    ) -> (Instant, Vec<CredentialId>) {
        let until = self.budget.pause(now.instant, wish, self.schedule.rng());
        tracing::warn!(until = %now.wall_at(until), "429: nothing is sent to the host");
        self.in_flight.clear();
        self.errands.let_go();
        let let_go = std::mem::take(&mut self.asking);
        for id in let_go.iter().copied().chain(id) {
            self.schedule.due_at(id, now.instant);
        }
        self.schedule.defer(until);
        (until, let_go)
    }

    pub(super) fn report_host_pause(&mut self, until: Instant, let_go: Vec<CredentialId>, now: Moment) {
        for id in let_go {
            let next_refresh = self.schedule.due(id).and_then(|due| self.planned(due, now));
            self.report(Update::LetGo { id, next_refresh });
        }
        self.report(Update::HostPaused(Some(now.wall_at(until))));
        self.report_schedule();
    }

    /// Ends the host's pause when it is over, and plans anew when a clock has jumped.
    pub(super) fn look_at_the_clocks(&mut self) {
        let now = self.now();
        if let Some(jump) = now.jump_since(self.clocks) {
            self.clocks = now;
            self.budget.time_passed(jump.to_std().unwrap_or(Duration::ZERO), now.instant);
            self.schedule.clock_jumped(jump, now);
            if let Some(until) = self.budget.paused_until().filter(|until| *until > now.instant) {
                self.schedule.defer(until);
                self.report(Update::HostPaused(Some(now.wall_at(until))));
            }
            self.report_schedule();
        }
        if self.budget.take_pause_end(now.instant) {
            tracing::info!("the pause is over");
            self.report(Update::HostPaused(None));
        }
    }

    /// Reports when each credential is asked next; nothing is planned while paused.
    fn report_schedule(&mut self) {
        let now = self.now();
        let ready_at = self.budget.ready_at(now.instant);
        let times = self.schedule.times(ready_at).map(|(id, due)| (id, due.and_then(|due| self.planned(due, now))));
        self.report(Update::Scheduled(times.collect()));
    }

    /// The wall-clock time of `due`; nothing is planned while paused.
    fn planned(&self, due: Instant, now: Moment) -> Option<DateTime<Utc>> {
        (!self.is_paused).then(|| now.wall_at(due))
    }

    pub(super) fn now(&self) -> Moment {
        Moment::now(self.clock)
    }
}
