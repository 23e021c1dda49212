//! Whether the other instances can be seen, and what is done while they cannot: a third of the budget is spent, so that
//! a few panes that know nothing of one another stay together below what the edge bans.

use std::time::Duration;

use tokio::time::Instant;

use crate::api::QuotaSource;
use crate::domain::usage::Update;
use crate::worker::actor::Worker;
use crate::worker::budget::Budget;
use crate::worker::collector::{Collector, Given};

/// How long a history that did not answer is not asked for leave: a disk that hangs must not hold up every request.
const SILENCE: Duration = Duration::from_mins(1);

/// Why nothing was said about leave.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// The history does not answer.
    Silent,
    /// It cannot be written to, for this reason.
    Failed(String),
}

/// Whether the other instances can be seen, where that has changed.
#[derive(Clone, Debug)]
pub(super) enum Others {
    /// They can.
    Seen,
    /// They cannot, and this is what the user is told.
    Unseen(String),
}

impl Collector<'_> {
    /// Whether the history is to be asked for leave: it is not for a while after it did not answer.
    pub(super) fn may_ask(&self, now: Instant) -> bool {
        self.silent_until.is_none_or(|until| now >= until)
    }

    /// Lets the budget be a third, or all of it again, by what came of asking for leave. Gives what has changed, if
    /// anything has.
    pub(super) fn heed(&mut self, given: &Result<Given, Trouble>, budget: &mut Budget, now: Instant) -> Option<Others> {
        let reason = match given {
            Err(Trouble::Silent) => {
                self.silent_until = Some(now + SILENCE);
                Some("the history does not answer")
            }
            Err(Trouble::Failed(reason)) => Some(reason.as_str()),
            Ok(_) if self.keeper.history.is_alone() => Some("the history is in memory"),
            Ok(_) => None,
        };
        if !budget.set_careful(reason.is_some(), now) {
            return None;
        }
        let most = budget.per_minute().unwrap_or_default();
        Some(reason.map_or(Others::Seen, |reason| {
            Others::Unseen(format!(
                "Other instances are not seen: at most {most} requests a minute, a third ({reason})."
            ))
        }))
    }
}

impl<S: QuotaSource> Worker<'_, S> {
    /// Goes by what came of asking for leave.
    pub(super) fn heed(&mut self, given: &Result<Given, Trouble>, now: Instant) {
        let Some(collector) = &mut self.collector else { return };
        let Some(others) = collector.heed(given, &mut self.budget, now) else { return };
        self.report(Update::Notice(match others {
            Others::Unseen(notice) => notice,
            Others::Seen => "Other instances can be seen again: the whole budget is shared with them.".to_owned(),
        }));
        self.share_out_anew();
    }
}
