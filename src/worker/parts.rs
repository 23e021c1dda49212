//! What the worker does about the answers of optional requests, and about what the history remembers.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::api::{QuotaSource, UsagePage};
use crate::domain::account::{Cap, Subscription};
use crate::domain::credential::CredentialId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::usage::Update;
use crate::domain::usage::part::PartAnswer;
use crate::domain::window::next_four_hour_reset;
use crate::worker::actor::Worker;
use crate::worker::errand::{Brought, Errand};
use crate::worker::sending::Request;

impl<S: QuotaSource> Worker<'_, S> {
    /// Tells what the history knows of each credential.
    pub(super) async fn remember(&mut self) {
        let Some(keeper) = self.keeper else { return };
        let now = self.now();
        if let Some((names, at)) = keeper.names().await {
            self.report(names);
            self.errands.names_are_known((now.wall - at).to_std().unwrap_or(Duration::ZERO), now.instant);
        }
        match keeper.remember(self.credentials, self.interval, now.wall).await {
            Ok(all) => {
                for (remembered, usage_until) in all {
                    self.errands.usage_is_known(remembered.id, usage_until);
                    self.report(Update::Remembered(Box::new(remembered)));
                }
            }
            Err(error) => self.report(Update::Notice(format!("What was measured before is not shown: {error}."))),
        }
    }

    /// Takes in the answer of an optional request. Its failure is named, and changes nothing else; but a 429
    /// is meant for everything.
    pub(super) async fn take_errand(&mut self, errand: &Errand, result: Result<Brought, Failure>) {
        self.errands.landed(errand);
        match &result {
            Err(failure) if failure.kind == FailureKind::RateLimited => {
                let now = self.now();
                let (until, let_go) = self.pause_host(None, failure.retry_after, now);
                self.report_host_pause(until, let_go, now);
            }
            result => self.budget.answered(result.is_ok()),
        }
        let failure = result.as_ref().err().cloned();
        if let (Errand::Usage(id, ..), Ok(Brought::Usage(page))) = (errand, &result) {
            self.keep_usage(*id, page).await;
        }
        let at = self.now().wall;
        if let (Errand::Rows(id), Ok(Brought::Rows(rows)), Some(keeper)) = (errand, &result, self.keeper) {
            keeper.keep_rows(self.credentials.get(id.index()), rows, at);
        }
        if let Some(update) = self.learn(errand, result, at) {
            if failure.is_none() {
                self.keep(&update);
            }
            self.report(update);
        }
        // A page that failed tells nothing anew: what another instance has kept meanwhile is to stay.
        if let (Errand::Usage(id, ..), None, Some(keeper)) = (errand, &failure, self.keeper) {
            keeper.keep_usage_until(self.credentials.get(id.index()), self.errands.usage_until(*id), at);
        }
        // After what was learned is kept: others are to find it.
        let is_refused = failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::RateLimited);
        // The pages of the usage are one answer, which is there with the last of them.
        let has_more = matches!(errand, Errand::Usage(id, since, page)
            if self.errands.waits(&Errand::Usage(*id, *since, page.saturating_add(1))));
        if let Some(collector) = self.collector.as_mut().filter(|_| !is_refused && !has_more) {
            let whole = match errand {
                Errand::Usage(id, since, _) => Errand::Usage(*id, *since, 0),
                errand => errand.clone(),
            };
            collector.settle(&Request::Errand(whole), at, failure.as_ref());
        }
    }

    /// Takes in what another instance learned at `at`.
    pub(super) fn learn_of_another(&mut self, errand: &Errand, result: Result<Brought, Failure>, at: DateTime<Utc>) {
        self.errands.landed(errand);
        if let Some(update) = self.learn(errand, result, at) {
            self.report(update);
        }
    }

    /// Takes in what an errand brought, or why it brought nothing, and gives what is to be reported.
    fn learn(&mut self, errand: &Errand, result: Result<Brought, Failure>, at: DateTime<Utc>) -> Option<Update> {
        if let (Errand::Caps(id), Ok(Brought::Caps(Some(plan)))) = (errand, &result) {
            self.expect_resets(*id, plan);
        }
        let update = self.errands.learn(errand, result, at);
        if matches!(errand, Errand::Rows(_)) {
            self.share_out_anew();
        }
        update
    }

    /// A window that starts anew is looked at soon after.
    fn expect_resets(&mut self, id: CredentialId, plan: &Subscription) {
        let now = self.now();
        // The blocks of four hours are fixed, so their end is known where the server leaves it out.
        let block_end = |cap: Cap| cap.reset_at.unwrap_or_else(|| next_four_hour_reset(now.wall));
        let resets =
            plan.four_hour.cap().map(block_end).into_iter().chain(plan.monthly.cap().and_then(|cap| cap.reset_at));
        if let Some(reset_at) = resets.filter(|reset_at| *reset_at > now.wall).min() {
            self.schedule.expect_reset(id, reset_at, now);
            self.errands.expect_reset(id, reset_at);
        }
    }

    fn keep(&self, update: &Update) {
        let Some(keeper) = self.keeper else { return };
        match update {
            Update::Part { id, result: Ok(answer), at } => {
                if let Some(credential) = self.credentials.get(id.index()) {
                    keeper.keep_answer(&credential.key, answer, *at);
                }
            }
            Update::Names(names) => keeper.keep_names(names, self.now().wall),
            _ => {}
        }
    }

    /// Puts a page of the usage to what is known, and reports all of it. Without a history there is nothing to
    /// put it to, and a page alone would be a lie.
    async fn keep_usage(&mut self, id: CredentialId, page: &UsagePage) {
        let at = self.now().wall;
        if let (Some(keeper), Some(credential)) = (self.keeper, self.credentials.get(id.index())) {
            let hours = keeper.keep_usage(&credential.key, page.buckets.clone(), at).await;
            self.report(Update::Part { id, result: Ok(PartAnswer::Usage(hours)), at });
        }
    }
}
