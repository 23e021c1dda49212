//! What the worker does about the answers of optional requests, and about what the history remembers.

use std::time::Duration;

use crate::api::{QuotaSource, UsagePage};
use crate::domain::account::Subscription;
use crate::domain::credential::CredentialId;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::usage::Update;
use crate::domain::usage::part::PartAnswer;
use crate::worker::actor::Worker;
use crate::worker::errand::{Brought, Errand};

impl<S: QuotaSource> Worker<'_, S> {
    /// Tells what the history knows of each credential.
    pub(super) async fn remember(&mut self) {
        let Some(keeper) = self.keeper else { return };
        let now = self.now();
        if let Some((names, at)) = keeper.names().await {
            self.report(names);
            self.errands.names_are_known((now.wall - at).to_std().unwrap_or(Duration::ZERO), now.instant);
        }
        for (remembered, usage_until) in keeper.remember(self.credentials, self.interval, now.wall).await {
            self.errands.usage_is_known(remembered.id, usage_until);
            self.report(Update::Remembered(Box::new(remembered)));
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
        match (errand, &result) {
            (Errand::Caps(id), Ok(Brought::Caps(Some(plan)))) => self.expect_resets(*id, plan),
            (Errand::Usage(id, ..), Ok(Brought::Usage(page))) => self.keep_usage(*id, page).await,
            _ => {}
        }
        if let Some(update) = self.errands.learn(errand, result, self.now().wall) {
            self.keep(&update);
            self.report(update);
        }
    }

    /// A window that starts anew is looked at soon after.
    fn expect_resets(&mut self, id: CredentialId, plan: &Subscription) {
        let now = self.now();
        let resets = [plan.four_hour, plan.monthly].into_iter().flatten().filter_map(|cap| cap.reset_at);
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
