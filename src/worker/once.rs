//! One look at every credential, for the reports: no schedule, no second try.

mod end;
mod taking;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use crate::api::QuotaSource;
use crate::clock::Clock;
use crate::domain::credential::{Credential, CredentialId};
use crate::domain::failure::Failure;
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::UsageManager;
use crate::history::Leave;
use crate::worker::budget::Budget;
use crate::worker::collector::{Collector, Given, Learned, quota_serves_since};
use crate::worker::company::{Others, Trouble};
use crate::worker::errand::{self, Brought, Errand};
use crate::worker::errands::Errands;
use crate::worker::moment::Moment;
use crate::worker::once::end::End;
use crate::worker::ration::Ration;
use crate::worker::sending::Request;
use crate::worker::turn::{Claim, Granted};
use crate::worker::{IN_FLIGHT, Setup, effective_interval};

/// What a look at everything may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// An answer that another instance got, and that is no older than this, is taken in place of asking.
    pub max_age: Duration,
    /// What has not been learned after this is left.
    pub timeout: Duration,
}

/// Asks for each credential once and takes the answers into `usage`, within the same limits as [`run`](crate::worker::run):
/// five in flight, one budget with all other instances, which is waited for.
///
/// After a 429 nothing more is sent: what is not answered by then is [`RateLimited`] too. What was not asked when
/// the time is over is a [`Timeout`]. `delayed` is told once when the budget makes it wait: how many credentials have
/// been asked by then.
///
/// [`RateLimited`]: crate::domain::failure::FailureKind::RateLimited
/// [`Timeout`]: crate::domain::failure::FailureKind::Timeout
pub async fn ask_once<S: QuotaSource>(
    setup: Setup,
    source: &S,
    clock: Arc<dyn Clock>,
    usage: &mut UsageManager,
    look: Look,
    delayed: impl FnMut(usize),
) {
    let mut round = Round::new(&setup, source, &*clock, usage, look, delayed);
    round.ask_all().await;
    round.give_up();
}

/// What came of a request.
enum Answer {
    Quota(CredentialId, Result<Snapshot, Failure>),
    Errand(Errand, Result<Brought, Failure>),
}

/// A look under way.
struct Round<'a, S, D> {
    setup: &'a Setup,
    source: &'a S,
    clock: &'a dyn Clock,
    usage: &'a mut UsageManager,
    delayed: D,
    look: Look,
    interval: Duration,
    end_at: Instant,
    budget: Budget,
    collector: Option<Collector<'a>>,
    /// There is a budget to share, or an answer of another instance would serve.
    needs_leave: bool,
    waiting: VecDeque<CredentialId>,
    put_off: Vec<(Instant, CredentialId)>,
    /// The request that has leave, and from when on, where that is not at once.
    turn: Option<(Instant, Request, Granted)>,
    asking: Vec<CredentialId>,
    errands: Errands,
    in_flight: FuturesUnordered<BoxFuture<'a, Answer>>,
    end: Option<End>,
    was_delayed: bool,
}

impl<'a, S: QuotaSource, D: FnMut(usize)> Round<'a, S, D> {
    fn new(
        setup: &'a Setup,
        source: &'a S,
        clock: &'a dyn Clock,
        usage: &'a mut UsageManager,
        look: Look,
        delayed: D,
    ) -> Self {
        let mut errands = Errands::new(&setup.credentials, setup.whole_account);
        errands.set_ration(Ration::of(errands.load(), setup.interval, setup.requests_per_minute));
        Self {
            setup,
            source,
            clock,
            usage,
            delayed,
            look,
            interval: effective_interval(setup.credentials.len(), 0, setup.interval, setup.requests_per_minute),
            end_at: Instant::now() + look.timeout,
            budget: Budget::new(setup.requests_per_minute),
            needs_leave: setup.requests_per_minute.is_some() || !look.max_age.is_zero(),
            collector: setup.keeper.as_ref().map(|keeper| Collector::new(keeper, &setup.credentials, false)),
            waiting: setup.credentials.iter().map(|credential| credential.identity.id).collect(),
            put_off: Vec::new(),
            turn: None,
            asking: Vec::with_capacity(IN_FLIGHT),
            errands,
            in_flight: FuturesUnordered::new(),
            end: None,
            was_delayed: false,
        }
    }

    /// Asks until there is nothing left to ask, or an end of it.
    async fn ask_all(&mut self) {
        if let (Some(keeper), false) = (&self.setup.keeper, self.needs_leave) {
            let now = self.clock.now();
            self.end = keeper.history.paused_until(keeper.host(), now).await.ok().flatten().map(End::Paused);
        }
        while self.end.is_none() {
            let now = Instant::now();
            if now >= self.end_at {
                self.end = Some(End::TimedOut);
                return;
            }
            let ready_at = self.ready_at(now).filter(|_| self.in_flight.len() < IN_FLIGHT);
            if ready_at.is_some_and(|ready_at| ready_at <= now) {
                if let Some((turn, request, granted)) = self.turn.take() {
                    self.take_turn(turn, request, granted).await;
                } else if let Some(request) = self.next(now) {
                    self.ask(request).await;
                }
                continue;
            }
            if ready_at.is_none() && self.in_flight.is_empty() {
                return;
            }
            self.say_delay(now);
            tokio::select! {
                Some(answer) = self.in_flight.next() => self.take(answer),
                () = sleep_until(ready_at.unwrap_or(self.end_at).min(self.end_at)) => {}
            }
        }
    }

    /// When there is something to ask, and it may be.
    fn ready_at(&self, now: Instant) -> Option<Instant> {
        if let Some((turn, ..)) = &self.turn {
            return Some(*turn);
        }
        self.something_at(now).map(|at| at.max(self.budget.ready_at(now)))
    }

    /// When there is something to ask.
    fn something_at(&self, now: Instant) -> Option<Instant> {
        if !self.waiting.is_empty() {
            return Some(now);
        }
        // Every credential has its number before anything else is asked.
        let put_off = self.put_off.iter().map(|(until, _)| *until).min();
        if self.asking.is_empty() { put_off.or_else(|| self.errands.ready_at(now)) } else { put_off }
    }

    fn next(&mut self, now: Instant) -> Option<Request> {
        self.waiting.extend(self.put_off.extract_if(.., |(until, _)| *until <= now).map(|(_, id)| id));
        if let Some(id) = self.waiting.pop_front() {
            return Some(Request::Quota(id));
        }
        // What was used in the past, and names, are not in a report of the present.
        let errand = self.errands.next(now)?;
        let is_of_the_present = !matches!(errand, Errand::Usage(..) | Errand::Names);
        is_of_the_present.then_some(Request::Errand(errand))
    }

    /// Sends `request`, or takes what another instance has learned, or puts it off.
    async fn ask(&mut self, request: Request) {
        let now = Moment::now(self.clock);
        let asks = |collector: &&Collector<'_>| self.needs_leave && collector.may_ask(now.instant);
        let Some(collector) = self.collector.as_ref().filter(asks) else { return self.send(request) };
        let serves_since = quota_serves_since(self.look.max_age, now.wall).filter(|_| !self.look.max_age.is_zero());
        let (request, given) = collector.ask_leave(request, serves_since, self.budget.allowance(), now.wall).await;
        let (at, now) = (|wall: DateTime<Utc>| now.instant_at(wall).unwrap_or(now.instant), Instant::now());
        self.heed(&given, now);
        match given {
            Ok(Given::Learned(at, Learned::Quota(result))) => {
                if let Request::Quota(id) = request {
                    self.take_quota(id, result, at);
                }
            }
            Ok(Given::Learned(at, Learned::Errand(result))) => {
                if let Request::Errand(errand) = request {
                    self.errands.landed(&errand);
                    self.learn(&errand, result, at);
                }
            }
            Ok(Given::Leave(Leave::Paused(until))) => {
                self.put_back(request, now);
                self.end = Some(End::Paused(until));
            }
            Ok(Given::Leave(Leave::Busy(until) | Leave::Later(until))) => self.put_back(request, at(until)),
            Ok(Given::Granted(granted)) => {
                self.budget.agree(granted.refusals, granted.is_on_trial);
                match at(granted.claim.at) {
                    turn if turn > now => self.turn = Some((turn, request, granted)),
                    _ => self.send_claimed(request, granted.claim),
                }
            }
            // A third of the budget may be spent already.
            _ if self.budget.ready_at(now) > now => self.put_back(request, self.budget.ready_at(now)),
            _ => self.send(request),
        }
    }

    /// Sends the request whose turn has come, unless the host has been paused while it was waited for.
    async fn take_turn(&mut self, turn: Instant, request: Request, granted: Granted) {
        let Some(collector) = &self.collector else { return self.send(request) };
        match collector.keeper.look_again(granted, self.clock.now()).await {
            Given::Granted(granted) => self.send_claimed(request, granted.claim),
            Given::Leave(Leave::Paused(until)) => {
                self.put_back(request, turn);
                self.end = Some(End::Paused(until));
            }
            _ => self.put_back(request, turn),
        }
    }

    fn send_claimed(&mut self, request: Request, claim: Claim) {
        if let Some(collector) = &mut self.collector {
            collector.hold(&request, claim);
        }
        self.send(request);
    }

    /// Goes by what came of asking for leave.
    fn heed(&mut self, given: &Result<Given, Trouble>, now: Instant) {
        let Some(collector) = &mut self.collector else { return };
        if let Some(Others::Unseen(notice)) = collector.heed(given, &mut self.budget, now) {
            collector.keeper.history.tell(notice);
        }
    }

    fn put_back(&mut self, request: Request, due: Instant) {
        match request {
            Request::Quota(id) => self.put_off.push((due, id)),
            Request::Errand(errand) => self.errands.put_off(&errand, due),
        }
    }

    fn send(&mut self, request: Request) {
        self.budget.take(Instant::now());
        let (source, wall) = (self.source, self.clock.now());
        let credential = |id: CredentialId| self.setup.credentials.get(id.index());
        match request {
            Request::Quota(id) => {
                let Some(Credential { key, .. }) = credential(id) else { return };
                self.asking.push(id);
                self.in_flight.push(source.fetch_quota_usage(key).map(move |answer| Answer::Quota(id, answer)).boxed());
            }
            Request::Errand(errand) => {
                let key = errand.id().and_then(credential).map(|credential| &credential.key);
                let answer = async move {
                    let result = errand::ask(source, key, &errand, wall).await;
                    Answer::Errand(errand, result)
                };
                self.in_flight.push(answer.boxed());
            }
        }
    }

    fn say_delay(&mut self, now: Instant) {
        let ready_at = self.turn.as_ref().map_or_else(|| self.budget.ready_at(now), |(turn, ..)| *turn);
        if self.was_delayed || ready_at <= now {
            return;
        }
        let left = self.left().len();
        if left > 0 {
            self.was_delayed = true;
            (self.delayed)(self.setup.credentials.len() - left);
        }
    }

    /// The credentials that have not been asked.
    fn left(&self) -> Vec<CredentialId> {
        let has_turn = self.turn.iter().filter_map(|(_, request, _)| request.quota());
        has_turn.chain(self.waiting.iter().copied()).chain(self.put_off.iter().map(|(_, id)| *id)).collect()
    }
}
