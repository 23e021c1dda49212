//! One collector for all instances on this machine: before anything is sent, leave is taken of the history, and what
//! another instance has learned meanwhile is taken in place of asking.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use tokio::time::{Instant, timeout};

use crate::api::QuotaSource;
use crate::domain::activity::HourlyRequests;
use crate::domain::credential::{ApiKey, Credential, CredentialId};
use crate::domain::failure::Failure;
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::Update;
use crate::domain::usage::part::{ChuteNames, Part, PartAnswer};
use crate::domain::window::{day_before, next_daily_reset};
use crate::history::{Allowance, Fingerprint, Leave, Outcome, Wish};
use crate::worker::actor::{Event, Worker};
use crate::worker::company::Trouble;
use crate::worker::errand::Brought;
use crate::worker::keeper::{Keeper, PATIENCE};
use crate::worker::sending::Request;
use crate::worker::turn::{Claim, Granted, wait_for_turn};

/// What another instance has learned.
#[derive(Clone, Debug)]
pub(super) enum Learned {
    /// The daily quota, or why not.
    Quota(Result<Snapshot, Failure>),
    /// What an optional request brought, or why nothing.
    Errand(Result<Brought, Failure>),
    /// The usage: every hour, and up to which there is no gap.
    Hours(Arc<[HourlyRequests]>, Option<DateTime<Utc>>),
    /// The names of chutes.
    Names(ChuteNames),
}

/// What leave was given.
#[derive(Debug)]
pub(super) enum Given {
    /// To send.
    Granted(Granted),
    /// Not yet.
    Leave(Leave),
    /// Another instance has asked: when, and what it learned.
    Learned(DateTime<Utc>, Learned),
    /// To send, and something has come between: it is to be asked for anew.
    Lapsed,
}

/// What this instance and the others have to tell one another.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    pub(super) keeper: &'a Keeper,
    credentials: &'a [Credential],
    /// The history did not answer, and is not asked for leave before.
    pub(super) silent_until: Option<Instant>,
    /// That another instance failed is an answer here, too.
    takes_failures: bool,
    /// The times of the answers that were seen, of each owner and request.
    seen: HashMap<Subject, DateTime<Utc>>,
    /// What this instance is asking.
    claims: HashMap<Subject, Claim>,
}

/// Whose answer a request is after, and which.
type Subject = (Fingerprint, String);

impl<'a> Collector<'a> {
    pub(super) fn new(keeper: &'a Keeper, credentials: &'a [Credential], takes_failures: bool) -> Self {
        Self { keeper, credentials, silent_until: None, takes_failures, seen: HashMap::new(), claims: HashMap::new() }
    }

    /// Asks for leave to send `request`, unless there is an answer since `serves_since`.
    pub(super) fn ask_leave(
        &self,
        request: Request,
        serves_since: Option<DateTime<Utc>>,
        allowance: Option<Allowance>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = (Request, Result<Given, Trouble>)> + Send + use<> {
        let (owner, what) = self.subject(&request);
        let seen_at = self.seen.get(&(owner, what.clone())).copied();
        let keeper = self.keeper.clone();
        let can_wait = matches!(request, Request::Errand(_));
        let takes_failures = self.takes_failures;
        let wish =
            Wish { host: keeper.host(), owner, what, seen_at, serves_since, takes_failures, can_wait, allowance, now };
        async move {
            // A disk that hangs must not keep anyone from asking.
            let given = match timeout(PATIENCE, keeper.take_leave(wish, &request)).await {
                Ok(given) => given.map_err(|error| Trouble::Failed(error.to_string())),
                Err(_) => Err(Trouble::Silent),
            };
            (request, given)
        }
    }

    /// `request` is sent: the claim on it stands until something came of it.
    pub(super) fn hold(&mut self, request: &Request, claim: Claim) {
        self.claims.insert(self.subject(request), claim);
    }

    /// Nothing will come of what was sent.
    pub(super) fn let_go(&mut self) {
        self.claims.clear();
    }

    /// Tells the other instances what came of a request. A 429 is told by the pause.
    pub(super) fn settle(&mut self, request: &Request, at: DateTime<Utc>, failure: Option<&Failure>) {
        let subject = self.note_seen(request, at);
        if let Some(claim) = self.claims.remove(&subject) {
            claim.settle();
        }
        let (owner, what) = subject;
        let outcome = Outcome { host: self.keeper.host(), owner, what, at, failure: failure.cloned() };
        self.keeper.history.settle(outcome);
    }

    /// Tells the other instances that the host answered 429, for the `refusals`-th time in a row, and is not to be
    /// asked before `until`.
    pub(super) fn pause(&mut self, until: DateTime<Utc>, refusals: u32, now: DateTime<Utc>) {
        self.claims.drain().for_each(|(_, claim)| claim.settle());
        let keys = self.credentials.iter().map(|credential| &credential.key);
        let owners = keys.flat_map(|key| [Fingerprint::of_key(&self.keeper.base, key), self.keeper.owner(key)]);
        self.keeper.history.pause(self.keeper.host(), owners.collect(), until, refusals, now);
    }

    /// What came of a request at `at` is known here.
    fn note_seen(&mut self, request: &Request, at: DateTime<Utc>) -> Subject {
        let subject = self.subject(request);
        self.seen.insert(subject.clone(), at);
        subject
    }

    fn subject(&self, request: &Request) -> Subject {
        let key = |id: CredentialId| self.credentials.get(id.index()).map(|credential| &credential.key);
        let nobody = ApiKey::new(String::new());
        match request {
            Request::Quota(id) => {
                (Fingerprint::of_key(&self.keeper.base, key(*id).unwrap_or(&nobody)), Part::Quota.as_str().to_owned())
            }
            Request::Errand(errand) => {
                (self.keeper.owner(errand.id().and_then(key).unwrap_or(&nobody)), errand.name().into_owned())
            }
        }
    }
}

impl<S: QuotaSource> Worker<'_, S> {
    /// Takes leave to send `request`.
    pub(super) fn take_leave(&mut self, request: Request) {
        let now = self.clock.now();
        let serves_since = match &request {
            Request::Quota(id) if self.schedule.queue().was_wanted(*id) => None,
            Request::Quota(_) => quota_serves_since(self.schedule.interval(), now),
            Request::Errand(errand) => Some(self.errands.serves_since(errand, now)),
        };
        let Some(collector) = &self.collector else { return };
        self.asking_leave = Some(request.clone());
        let asked = collector.ask_leave(request, serves_since, self.budget.allowance(), now);
        let (clock, keeper) = (self.clock, collector.keeper);
        let given = async move {
            let (request, given) = asked.await;
            let given = match given {
                Ok(given) => Ok(wait_for_turn(keeper, clock, given).await),
                Err(trouble) => Err(trouble),
            };
            Event::Leave(request, given)
        };
        self.in_flight.push(given.boxed());
    }

    /// Takes in what leave was given. When the history has nothing to say each instance goes by itself.
    pub(super) fn take_given(&mut self, request: Request, given: Result<Given, Trouble>) {
        self.asking_leave = None;
        self.heed(&given, Instant::now());
        let would_send = matches!(given, Err(_) | Ok(Given::Granted(_)));
        if self.is_paused && would_send {
            return self.put_back(&request);
        }
        let now = self.now();
        let at = |wall: DateTime<Utc>| now.instant_at(wall).unwrap_or(now.instant);
        match given {
            // A third of the budget may be spent already.
            Err(_) if self.budget.ready_at(now.instant) > now.instant => self.put_back(&request),
            Err(_) => self.send(request, now.instant),
            Ok(Given::Granted(Granted { refusals, is_on_trial, claim })) => {
                self.budget.agree(refusals, is_on_trial);
                if let Some(collector) = &mut self.collector {
                    collector.hold(&request, claim);
                }
                self.send(request, now.instant);
            }
            Ok(Given::Leave(Leave::Paused(until))) => {
                self.put_back(&request);
                self.pause_with_others(at(until), now);
            }
            Ok(Given::Leave(Leave::Later(until))) => {
                self.put_back(&request);
                self.errands_wait_until = Some(at(until));
            }
            Ok(Given::Leave(Leave::Busy(until))) => self.put_off(&request, at(until)),
            Ok(Given::Leave(Leave::Known { .. } | Leave::Granted { .. }) | Given::Lapsed) => self.put_back(&request),
            Ok(Given::Learned(at, learned)) => self.take_learned(request, at, learned),
        }
    }

    /// `request` cannot be sent now: it is next again.
    pub(super) fn put_back(&mut self, request: &Request) {
        match request {
            Request::Quota(id) => self.schedule.queue_mut().put_back(*id),
            Request::Errand(errand) => self.errands.put_back(errand),
        }
    }

    /// `request` is to be sent at `due`, and not now.
    fn put_off(&mut self, request: &Request, due: Instant) {
        match request {
            Request::Quota(id) => self.schedule.queue_mut().due_at(*id, due),
            Request::Errand(errand) => self.errands.put_off(errand, due),
        }
    }

    /// Takes in what another instance has learned, as if it had been learned here then.
    fn take_learned(&mut self, request: Request, at: DateTime<Utc>, learned: Learned) {
        if let Some(collector) = &mut self.collector {
            collector.note_seen(&request, at);
        }
        match (request, learned) {
            (Request::Quota(id), Learned::Quota(result)) => self.take_answer_of_another(id, result, at),
            (Request::Errand(errand), Learned::Errand(result)) => self.learn_of_another(&errand, result, at),
            (Request::Errand(errand), learned) => {
                self.errands.landed(&errand);
                match learned {
                    Learned::Names(names) => self.report(Update::Names(names)),
                    Learned::Hours(hours, until) => {
                        let Some(id) = errand.id() else { return };
                        self.errands.usage_is_known(id, until);
                        self.report(Update::Part { id, result: Ok(PartAnswer::Usage(hours)), at });
                    }
                    Learned::Quota(_) | Learned::Errand(_) => {}
                }
            }
            // Each request learns its own kind.
            _ => {}
        }
    }
}

/// Since when a daily quota serves that may be so old: it is of no use once its day is over.
pub(super) fn quota_serves_since(age: Duration, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::days(30));
    day_before(next_daily_reset(now)).map(|today| today.max(now - age))
}
