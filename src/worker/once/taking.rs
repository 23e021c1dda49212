//! What a look at everything takes in, and what it says of the rest.

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::api::QuotaSource;
use crate::domain::credential::CredentialId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::Update;
use crate::domain::usage::part::PartAnswer;
use crate::worker::errand::{Brought, Errand};
use crate::worker::log;
use crate::worker::moment::Moment;
use crate::worker::once::end::End;
use crate::worker::once::{Answer, Round};
use crate::worker::sending::Request;

impl<S: QuotaSource, D: FnMut(usize)> Round<'_, S, D> {
    pub(super) fn take(&mut self, answer: Answer) {
        let now = Moment::now(self.clock);
        let (request, failure, at) = match &answer {
            Answer::Quota(id, result) => {
                let at = result.as_ref().map_or(now.wall, |snapshot| snapshot.fetched_at);
                (Request::Quota(*id), result.as_ref().err().cloned(), at)
            }
            Answer::Errand(errand, result) => {
                (Request::Errand(errand.clone()), result.as_ref().err().cloned(), now.wall)
            }
        };
        match answer {
            Answer::Quota(id, result) => {
                self.asking.retain(|asked| *asked != id);
                log::answer(&self.setup.credentials, id, &result);
                self.keep_quota(id, &result);
                self.take_quota(id, result, at);
            }
            Answer::Errand(errand, result) => self.take_errand(&errand, result, at),
        }
        match failure {
            Some(failure) if failure.kind == FailureKind::RateLimited => self.refuse(&failure, now),
            failure => {
                if let Some(collector) = &mut self.collector {
                    collector.settle(&request, at, failure.as_ref());
                }
            }
        }
    }

    /// The server answered 429: nothing more is sent, by nobody.
    fn refuse(&mut self, failure: &Failure, now: Moment) {
        self.end = Some(End::Refused);
        let mut rng = fastrand::Rng::with_seed(self.setup.seed);
        let until = self.budget.pause(now.instant, failure.retry_after, &mut rng);
        if let Some(collector) = &mut self.collector {
            collector.pause(now.wall_at(until), self.budget.refusals(), now.wall);
        }
    }

    fn keep_quota(&self, id: CredentialId, result: &Result<Snapshot, Failure>) {
        let credential = self.setup.credentials.get(id.index());
        if let (Some(keeper), Some(credential), Ok(snapshot)) = (&self.setup.keeper, credential, result) {
            keeper.keep_snapshot(&credential.key, snapshot);
        }
    }

    pub(super) fn take_quota(&mut self, id: CredentialId, result: Result<Snapshot, Failure>, at: DateTime<Utc>) {
        if let Ok(snapshot) = &result {
            self.errands.follow(id, snapshot.usage.quota(), Instant::now(), self.clock.now());
        }
        self.usage.apply(Update::Answered { id, result, at, next_refresh: None, interval: self.interval });
    }

    /// A part that cannot be read is named, and changes nothing.
    fn take_errand(&mut self, errand: &Errand, result: Result<Brought, Failure>, at: DateTime<Utc>) {
        self.errands.landed(errand);
        if matches!(&result, Err(failure) if failure.kind == FailureKind::RateLimited) {
            return;
        }
        let credential = errand.id().and_then(|id| self.setup.credentials.get(id.index()));
        if let (Ok(Brought::Rows(rows)), Some(keeper)) = (&result, &self.setup.keeper) {
            keeper.keep_rows(credential, rows, at);
        }
        let is_good = result.is_ok();
        let answer = self.learn(errand, result, at).filter(|_| is_good);
        if let (Some(keeper), Some(credential), Some(answer)) = (&self.setup.keeper, credential, answer) {
            keeper.keep_answer(&credential.key, &answer, at);
        }
    }

    pub(super) fn learn(
        &mut self,
        errand: &Errand,
        result: Result<Brought, Failure>,
        at: DateTime<Utc>,
    ) -> Option<PartAnswer> {
        let update = self.errands.learn(errand, result, at)?;
        let answer = if let Update::Part { result: Ok(answer), .. } = &update { Some(answer.clone()) } else { None };
        self.usage.apply(update);
        answer
    }

    /// What was not learned, and why.
    pub(super) fn give_up(mut self) {
        let Some(end) = self.end else { return };
        let at = self.clock.now();
        let waiting = self.left().into_iter();
        let failures = self
            .asking
            .drain(..)
            .map(|id| (id, end.of_asked(self.look)))
            .chain(waiting.map(|id| (id, end.of_waiting(self.look))));
        for (id, failure) in failures {
            self.usage.apply(Update::Answered {
                id,
                result: Err(failure),
                at,
                next_refresh: None,
                interval: self.interval,
            });
        }
    }
}
