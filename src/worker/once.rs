//! One look at every credential, for the reports: no schedule, no second try.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use crate::api::QuotaSource;
use crate::clock::Clock;
use crate::domain::credential::{Credential, CredentialId};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::{Update, UsageManager};
use crate::worker::budget::Budget;
use crate::worker::errand::{self, Errand};
use crate::worker::errands::Errands;
use crate::worker::{IN_FLIGHT, Setup, effective_interval, log};

/// Asks for each credential once and takes the answers into `usage`, within the same limits as [`run`](crate::worker::run):
/// five in flight, and the budget, which is waited for.
///
/// After a 429 nothing more is sent: what is not answered by then is [`FailureKind::RateLimited`] too.
pub async fn ask_once<S: QuotaSource>(setup: Setup, source: &S, clock: Arc<dyn Clock>, usage: &mut UsageManager) {
    let interval = effective_interval(setup.credentials.len(), setup.interval, setup.requests_per_minute);
    let mut take = |id: CredentialId, result: Result<Snapshot, Failure>| {
        log::answer(&setup.credentials, id, &result);
        usage.apply(Update::Answered { id, result, at: clock.now(), next_refresh: None, interval });
    };
    let mut budget = Budget::new(setup.requests_per_minute);
    let mut waiting: VecDeque<&Credential> = setup.credentials.iter().collect();
    let mut asking: Vec<CredentialId> = Vec::with_capacity(IN_FLIGHT);
    let mut in_flight = FuturesUnordered::new();
    let mut is_refused = false;
    while !waiting.is_empty() || !asking.is_empty() {
        let now = Instant::now();
        let ready_at = budget.ready_at(now);
        let has_room = asking.len() < IN_FLIGHT && !waiting.is_empty();
        if has_room && ready_at <= now {
            let Some(credential) = waiting.pop_front() else { continue };
            let id = credential.identity.id;
            budget.take(now);
            asking.push(id);
            in_flight.push(async move { (id, source.fetch_quota_usage(&credential.key).await) });
            continue;
        }
        tokio::select! {
            Some((id, result)) = in_flight.next() => {
                asking.retain(|asked| *asked != id);
                is_refused = matches!(&result, Err(failure) if failure.kind == FailureKind::RateLimited);
                take(id, result);
                if is_refused {
                    break;
                }
            }
            () = sleep_until(ready_at), if has_room => {}
        }
    }
    drop(in_flight);
    for id in asking {
        take(id, Err(Failure::new(FailureKind::RateLimited, "let go: the server answered 429 to another request")));
    }
    for credential in waiting {
        let failure = Failure::new(FailureKind::RateLimited, "not asked: the server answered 429 before");
        take(credential.identity.id, Err(failure));
    }
    if setup.whole_account && !is_refused {
        ask_accounts(&setup, source, &*clock, &mut budget, usage).await;
    }
}

/// Asks for what else there is to know of each account that answered. A failure is named and changes nothing; a
/// 429 ends it.
async fn ask_accounts<S: QuotaSource>(
    setup: &Setup,
    source: &S,
    clock: &dyn Clock,
    budget: &mut Budget,
    usage: &mut UsageManager,
) {
    let mut errands = Errands::new(&setup.credentials, true);
    for entry in usage.credentials().iter().filter(|entry| entry.failure().is_none()) {
        if let Some(snapshot) = entry.baseline() {
            errands.follow(entry.identity().id, snapshot.usage.quota(), setup.interval, Instant::now(), clock.now());
        }
    }
    let mut in_flight = FuturesUnordered::new();
    loop {
        let now = Instant::now();
        let ready_at = budget.ready_at(now);
        let has_room = in_flight.len() < IN_FLIGHT && errands.is_waiting();
        if has_room && ready_at <= now {
            // What was used in the past, and names, are not in a report of the present.
            let Some(errand) = errands.next().filter(|errand| !matches!(errand, Errand::Usage(..) | Errand::Names))
            else {
                continue;
            };
            budget.take(now);
            let key = errand.id().and_then(|id| setup.credentials.get(id.index())).map(|credential| &credential.key);
            in_flight.push(async move { (errand::ask(source, key, &errand, clock.now()).await, errand) });
            continue;
        }
        if in_flight.is_empty() && !has_room {
            return;
        }
        tokio::select! {
            Some((result, errand)) = in_flight.next() => {
                if matches!(&result, Err(failure) if failure.kind == FailureKind::RateLimited) {
                    return;
                }
                if let Some(update) = errands.learn(&errand, result, clock.now()) {
                    usage.apply(update);
                }
            }
            () = clock.sleep_until(ready_at), if has_room => {}
        }
    }
}
