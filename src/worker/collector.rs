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
use crate::history::{Allowance, Fingerprint, HistoryError, LastKnown, Leave, Outcome, Turn, Wish};
use crate::worker::actor::{Event, Worker};
use crate::worker::company::Trouble;
use crate::worker::errand::{Brought, Errand};
use crate::worker::keeper::{Keeper, PATIENCE};
use crate::worker::sending::Request;
use crate::worker::turn::wait_for_turn;

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
#[derive(Clone, Debug)]
pub(super) enum Given {
    /// To send, or not yet.
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
    seen: HashMap<(Fingerprint, String), DateTime<Utc>>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(keeper: &'a Keeper, credentials: &'a [Credential], takes_failures: bool) -> Self {
        Self { keeper, credentials, silent_until: None, takes_failures, seen: HashMap::new() }
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

    /// The turn of a request: the time is yet to be filled in.
    pub(super) fn turn(&self, request: &Request) -> impl Fn(DateTime<Utc>) -> Turn + Send + use<> {
        let ((owner, what), host) = (self.subject(request), self.keeper.host());
        move |at| Turn { host: host.clone(), owner, what: what.clone(), at }
    }

    /// Tells the other instances what came of a request. A 429 is told by the pause.
    pub(super) fn settle(&mut self, request: &Request, at: DateTime<Utc>, failure: Option<&Failure>) {
        let (owner, what) = self.note_seen(request, at);
        let outcome = Outcome { host: self.keeper.host(), owner, what, at, failure: failure.cloned() };
        self.keeper.history.settle(outcome);
    }

    /// Tells the other instances that the host answered 429, for the `refusals`-th time in a row, and is not to be
    /// asked before `until`.
    pub(super) fn pause(&self, until: DateTime<Utc>, refusals: u32, now: DateTime<Utc>) {
        let keys = self.credentials.iter().map(|credential| &credential.key);
        let owners = keys.flat_map(|key| [Fingerprint::of_key(&self.keeper.base, key), self.keeper.owner(key)]);
        self.keeper.history.pause(self.keeper.host(), owners.collect(), until, refusals, now);
    }

    /// What came of a request at `at` is known here.
    fn note_seen(&mut self, request: &Request, at: DateTime<Utc>) -> (Fingerprint, String) {
        let subject = self.subject(request);
        self.seen.insert(subject.clone(), at);
        subject
    }

    /// Whose answer a request is after, and which.
    fn subject(&self, request: &Request) -> (Fingerprint, String) {
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

impl Keeper {
    /// Takes leave, and looks up what there is to know in place of it.
    async fn take_leave(&self, wish: Wish, request: &Request) -> Result<Given, HistoryError> {
        let (owner, now) = (wish.owner, wish.now);
        let (at, failure, known) = match self.history.leave(wish.clone()).await? {
            Leave::Known { at, failure, known } => (at, failure, known),
            leave => return Ok(Given::Leave(leave)),
        };
        let learned = match request {
            Request::Errand(Errand::Usage(..)) if failure.is_none() => {
                Some(Learned::Hours(self.hours(owner, now).await?, known.usage_until))
            }
            Request::Errand(Errand::Names) if failure.is_none() => {
                Some(Learned::Names(Arc::new(self.history.names().await?.0)))
            }
            request => learned(request, failure, &known, at),
        };
        match learned {
            Some(learned) => Ok(Given::Learned(at, learned)),
            // What cannot be read any more is asked for again, in its turn.
            None => Ok(Given::Leave(self.history.leave(Wish { serves_since: None, ..wish }).await?)),
        }
    }
}

/// What the answers that are known say to a request.
///
/// An answer of before `at` is not the one that was given then: its own was not kept, or replaced.
fn learned(request: &Request, failure: Option<Failure>, known: &LastKnown, at: DateTime<Utc>) -> Option<Learned> {
    let is_of_then = |time: DateTime<Utc>| time.timestamp_millis() >= at.timestamp_millis();
    let errand = match (request, failure) {
        (Request::Quota(..), Some(failure)) => return Some(Learned::Quota(Err(failure))),
        (Request::Quota(..), None) => {
            return known
                .snapshot
                .filter(|snapshot| is_of_then(snapshot.fetched_at))
                .map(|one| Learned::Quota(Ok(one)));
        }
        (Request::Errand(_), Some(failure)) => return Some(Learned::Errand(Err(failure))),
        (Request::Errand(errand), None) => errand,
    };
    if let Errand::Rows(_) = errand {
        let (rows, _) = known.rows.as_ref().filter(|(_, time)| is_of_then(*time))?;
        return Some(Learned::Errand(Ok(Brought::Rows(rows.clone()))));
    }
    let mut answers = known.answers.iter().map(|(answer, _)| answer);
    let brought = answers.find_map(|answer| match (errand, answer) {
        (Errand::Caps(_), PartAnswer::Caps(plan)) => Some(Brought::Caps(plan.clone())),
        (Errand::Account(_), PartAnswer::Account(account)) => Some(Brought::Account(account.clone())),
        (Errand::Chute(_, chute), PartAnswer::Quotas(quotas)) => {
            let own = quotas.iter().find(|quota| quota.chute == *chute && is_of_then(quota.fetched_at));
            own.map(|quota| Brought::Chute(quota.usage))
        }
        _ => None,
    });
    Some(Learned::Errand(Ok(brought?)))
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
        let turn = collector.turn(&request);
        let asked = collector.ask_leave(request, serves_since, self.budget.allowance(), now);
        let (clock, keeper) = (self.clock, collector.keeper);
        let given = async move {
            let (request, given) = asked.await;
            let given = match given {
                Ok(given) => Ok(wait_for_turn(keeper, clock, turn, given).await),
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
        let would_send = matches!(given, Err(_) | Ok(Given::Leave(Leave::Granted { .. })));
        if self.is_paused && would_send {
            return self.put_back(&request);
        }
        let now = self.now();
        let at = |wall: DateTime<Utc>| now.instant_at(wall).unwrap_or(now.instant);
        match given {
            // A third of the budget may be spent already.
            Err(_) if self.budget.ready_at(now.instant) > now.instant => self.put_back(&request),
            Err(_) => self.send(request, now.instant),
            Ok(Given::Leave(Leave::Granted { refusals, is_on_trial, .. })) => {
                self.budget.agree(refusals, is_on_trial);
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
            Ok(Given::Leave(Leave::Known { .. }) | Given::Lapsed) => self.put_back(&request),
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
