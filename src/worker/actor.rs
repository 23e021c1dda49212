//! The worker's state, and what it does about each event. One task owns it: nothing is shared, nothing is locked.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Utc};
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
use crate::domain::usage::{Stretch, Update};
use crate::worker::budget::Budget;
use crate::worker::collector::{Collector, Given};
use crate::worker::company::Trouble;
use crate::worker::errand::{Brought, Errand};
use crate::worker::errands::Errands;
use crate::worker::keeper::Keeper;
use crate::worker::moment::Moment;
use crate::worker::ration::Ration;
use crate::worker::schedule::Schedule;
use crate::worker::sending::{Request, Turns};
use crate::worker::{After, Command, IN_FLIGHT, Setup, log};

/// With nothing to do the clocks are compared this often, so that a sleep of the machine is noticed.
const CLOCK_CHECK: Duration = Duration::from_mins(2);

/// Commands are left in their channel while so many updates wait for the reader.
const OUTBOX: usize = 16;

/// What the worker waits for.
pub(super) enum Event {
    Command(Command),
    Answer(CredentialId, Result<Snapshot, Failure>),
    Errand(Errand, Result<Brought, Failure>),
    /// Whether a request may be sent, or why the history does not say.
    Leave(Request, Result<Given, Trouble>),
    /// A deadline has come, or the reader took an update.
    Awake,
    End,
}

type InFlight<'a> = FuturesUnordered<BoxFuture<'a, Event>>;

/// See [`run`](crate::worker::run).
pub(super) struct Worker<'a, S> {
    pub(super) credentials: &'a [Credential],
    pub(super) source: &'a S,
    pub(super) clock: &'a dyn Clock,
    updates: &'a mpsc::Sender<Update>,
    pub(super) keeper: Option<&'a Keeper>,
    pub(super) after: Option<After>,
    pub(super) interval: Duration,
    pub(super) schedule: Schedule,
    pub(super) errands: Errands,
    pub(super) budget: Budget,
    /// How the interval is stretched, as it was last reported.
    stretch: Option<Stretch>,
    pub(super) turns: Turns,
    /// Other instances need the budget for what cannot wait.
    pub(super) errands_wait_until: Option<Instant>,
    /// The request for which leave is being taken.
    pub(super) asking_leave: Option<Request>,
    /// What the instances tell one another; none without a history.
    pub(super) collector: Option<Collector<'a>>,
    pub(super) in_flight: InFlight<'a>,
    pub(super) asking: Vec<CredentialId>,
    /// Updates that the reader has no room for yet.
    pub(super) outbox: VecDeque<Update>,
    pub(super) is_paused: bool,
    /// When the clocks were last known to agree.
    pub(super) clocks: Moment,
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
        let mut errands = Errands::new(&setup.credentials, setup.whole_account);
        let ration = Ration::of(errands.load(), setup.interval, setup.requests_per_minute);
        errands.set_ration(ration);
        Self {
            credentials: &setup.credentials,
            source,
            clock,
            updates,
            keeper: setup.keeper.as_ref(),
            after: setup.after,
            interval: setup.interval,
            errands,
            schedule: Schedule::new(setup.credentials.len(), ration, now.instant, setup.seed),
            budget: Budget::new(setup.requests_per_minute),
            stretch: None,
            turns: Turns::USER,
            errands_wait_until: None,
            asking_leave: None,
            collector: setup.keeper.as_ref().map(|keeper| Collector::new(keeper, &setup.credentials, true)),
            in_flight: FuturesUnordered::new(),
            asking: Vec::with_capacity(IN_FLIGHT),
            outbox: VecDeque::new(),
            is_paused: false,
            clocks: now,
        }
    }

    /// The next instant at which there is something to do without being told.
    fn deadline(&self) -> Option<Instant> {
        let now = Instant::now();
        let next = self.errand_at(now).into_iter().chain(self.schedule.queue().next_due(now)).min();
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
            Command::RefreshAll => self.want(self.schedule.queue().ids()),
            Command::SetInterval(interval) => {
                self.interval = interval;
                self.share_out_anew();
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
            if self.schedule.queue_mut().want(id) {
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
        let plan = self.schedule.answered(id, &result, now, Duration::ZERO);
        let (mut due, mut refused) = (plan.due, None);
        if let Ok(snapshot) = &result {
            self.keep_and_follow(id, snapshot, now);
        }
        match &result {
            Err(failure) if failure.kind == FailureKind::RateLimited => {
                refused = Some(self.pause_host(Some(id), failure.retry_after, now));
                due = self.schedule.queue().due(id).unwrap_or(due);
            }
            result => {
                self.budget.answered(result.is_ok());
                let at = result.as_ref().map_or(now.wall, |snapshot| snapshot.fetched_at);
                if let Some(collector) = &mut self.collector {
                    collector.settle(&Request::Quota(id), at, result.as_ref().err());
                }
            }
        }
        let next_refresh = self.planned(due, now);
        self.report(Update::Answered { id, result, at: now.wall, next_refresh, interval: plan.interval });
        if let Some((until, let_go)) = refused {
            self.report_host_pause(until, let_go, now);
        }
    }

    /// Takes in what another instance was answered at `at`, and plans by that.
    pub(super) fn take_answer_of_another(
        &mut self,
        id: CredentialId,
        result: Result<Snapshot, Failure>,
        at: DateTime<Utc>,
    ) {
        let now = self.now();
        let age = (now.wall - at).to_std().unwrap_or(Duration::ZERO).max(Duration::from_millis(1));
        let plan = self.schedule.answered(id, &result, now, age);
        if let Ok(snapshot) = &result {
            self.errands.follow(id, snapshot.usage.quota(), now.instant, now.wall);
        }
        let next_refresh = self.planned(plan.due, now);
        self.report(Update::Answered { id, result, at, next_refresh, interval: plan.interval });
    }

    /// Keeps what was learned, and sees what else there is to ask.
    fn keep_and_follow(&mut self, id: CredentialId, snapshot: &Snapshot, now: Moment) {
        if let (Some(keeper), Some(credential)) = (self.keeper, self.credentials.get(id.index())) {
            keeper.keep_snapshot(&credential.key, snapshot);
        }
        self.errands.follow(id, snapshot.usage.quota(), now.instant, now.wall);
    }

    /// Shares the budget out anew: the interval or the number of chutes is another.
    pub(super) fn share_out_anew(&mut self) {
        let ration = Ration::of(self.errands.load(), self.interval, self.budget.per_minute());
        self.errands.set_ration(ration);
        self.schedule.set_ration(ration, Instant::now());
        self.report_stretch(ration);
    }

    /// Says how the interval is stretched, when that has changed.
    fn report_stretch(&mut self, ration: Ration) {
        let stretch = ration.stretch(self.interval, self.budget.per_minute());
        if stretch != self.stretch {
            self.stretch = stretch;
            self.report(Update::Stretched(stretch));
        }
    }

    /// Reports when each credential is asked next; nothing is planned while paused.
    pub(super) fn report_schedule(&mut self) {
        let now = self.now();
        let ready_at = self.budget.ready_at(now.instant);
        let times =
            self.schedule.queue().times(ready_at).map(|(id, due)| (id, due.and_then(|due| self.planned(due, now))));
        self.report(Update::Scheduled(times.collect()));
    }

    /// The wall-clock time of `due`; nothing is planned while paused.
    pub(super) fn planned(&self, due: Instant, now: Moment) -> Option<DateTime<Utc>> {
        (!self.is_paused).then(|| now.wall_at(due))
    }

    pub(super) fn now(&self) -> Moment {
        Moment::now(self.clock)
    }
}
