//! What the worker sends, and in which order.

use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::api::QuotaSource;
use crate::domain::credential::CredentialId;
use crate::domain::usage::Update;
use crate::worker::IN_FLIGHT;
use crate::worker::actor::{Event, Worker};
use crate::worker::errand::{self, Errand};

/// Something to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// The daily quota of a credential.
    Quota(CredentialId),
    /// An optional request.
    Errand(Errand),
}

impl Request {
    /// Whose daily quota it is after.
    pub(super) fn quota(&self) -> Option<CredentialId> {
        if let Self::Quota(id) = self { Some(*id) } else { None }
    }
}

/// Who had a turn since the last request that the user asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turns {
    due_had_its: bool,
    errand_had_its: bool,
}

impl Turns {
    /// The user's request is next.
    pub(super) const USER: Self = Self { due_had_its: true, errand_had_its: true };
}

impl<S: QuotaSource> Worker<'_, S> {
    /// Sends what is due, as far as the budget, the five in flight and the reader allow.
    pub(super) fn send_due(&mut self) {
        while self.may_send() {
            let now = Instant::now();
            if self.budget.ready_at(now) > now {
                tracing::debug!(wait = ?self.budget.ready_at(now) - now, "the budget lets nothing through");
                return;
            }
            let Some(request) = self.next_request(now) else { return };
            if self.collector.as_ref().is_some_and(|collector| collector.may_ask(now)) {
                self.take_leave(request);
            } else {
                self.send(request, now);
            }
        }
    }

    pub(super) fn may_send(&self) -> bool {
        let most = if self.budget.is_on_trial() { 1 } else { IN_FLIGHT };
        !self.is_paused && self.asking_leave.is_none() && self.outbox.is_empty() && self.in_flight.len() < most
    }

    /// What to send now, if anything is due.
    ///
    /// Daily quotas come before optional requests. What the user asked for goes first, but between two of those one
    /// of each other sort that waits: a key that is held down must not starve the rest. One that is late by an eighth
    /// of the interval goes before all.
    fn next_request(&mut self, now: Instant) -> Option<Request> {
        let queue = self.schedule.queue();
        let has_due = queue.is_due(now);
        let is_late = now.checked_sub(self.schedule.interval() / 8).is_some_and(|late| queue.is_due(late));
        let has_errand = self.errand_at(now).is_some_and(|at| at <= now);
        let turns = &mut self.turns;
        if queue.is_wanted() && !is_late && (turns.due_had_its || !has_due) && (turns.errand_had_its || !has_errand) {
            *turns = Turns::default();
            return self.schedule.queue_mut().take_wanted().map(Request::Quota);
        }
        if has_due && (is_late || !(queue.is_wanted() && turns.due_had_its)) {
            turns.due_had_its = true;
            return self.schedule.queue_mut().take_due(now).map(Request::Quota);
        }
        if !has_errand {
            return None;
        }
        turns.errand_had_its = true;
        self.errands.next(now).map(Request::Errand)
    }

    /// When an optional request is to be sent.
    pub(super) fn errand_at(&self, now: Instant) -> Option<Instant> {
        let ready_at = self.errands.ready_at(now).filter(|_| self.schedule.has_heard_of_all())?;
        Some(self.errands_wait_until.map_or(ready_at, |until| until.max(ready_at)))
    }

    /// Sends `request`. Leave was given, or nobody is there to give it.
    pub(super) fn send(&mut self, request: Request, now: Instant) {
        self.budget.take(now);
        match request {
            Request::Quota(id) => self.send_quota(id),
            Request::Errand(errand) => self.send_errand(errand),
        }
    }

    fn send_quota(&mut self, id: CredentialId) {
        let Some(credential) = self.credentials.get(id.index()) else { return };
        self.asking.push(id);
        let source = self.source;
        self.in_flight.push(async move { Event::Answer(id, source.fetch_quota_usage(&credential.key).await) }.boxed());
        self.report(Update::Asking(id));
    }

    fn send_errand(&mut self, errand: Errand) {
        let (source, wall) = (self.source, self.clock.now());
        let key = errand.id().and_then(|id| self.credentials.get(id.index())).map(|credential| &credential.key);
        self.in_flight.push(
            async move {
                let result = errand::ask(source, key, &errand, wall).await;
                Event::Errand(errand, result)
            }
            .boxed(),
        );
    }
}
