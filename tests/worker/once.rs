//! One look at every credential.

use std::sync::Arc;
use std::time::Duration;

use chutes_top::domain::failure::FailureKind;
use chutes_top::domain::usage::UsageManager;
use chutes_top::domain::usage::part::Part;
use chutes_top::worker::{IN_FLIGHT, Look, REQUESTS_PER_MINUTE, ask_once};
use tokio::time::Instant;

use crate::rig::{HOUR, MINUTE, Plan, SECOND, Server, Source, Told, What, good, plain, refusal, too_many};

async fn look(plan: &Plan, server: &Arc<Server>) -> UsageManager {
    look_for(plan, server, Look { max_age: Duration::ZERO, timeout: HOUR }).await.0
}

/// What is known after such a look, and how many had been asked when it was told that it has to wait.
async fn look_for(plan: &Plan, server: &Arc<Server>, look: Look) -> (UsageManager, Vec<usize>) {
    let (setup, mut delays) = (plan.setup(), Vec::new());
    let mut usage = UsageManager::new(setup.credentials.iter().map(|credential| credential.identity.clone()));
    ask_once(setup, &Source(server.clone()), server.clock(), &mut usage, look, |asked| delays.push(asked)).await;
    (usage, delays)
}

#[tokio::test(start_paused = true)]
async fn each_is_asked_once_five_at_a_time() {
    let plan = Plan::of(23);
    let server = plan.server(|request, nth| if request.who == 3 { refusal(500) } else { good(request, nth) });
    let start = Instant::now();
    let usage = look(&plan, &server).await;
    assert_eq!(server.log().len(), 23, "no second try");
    assert_eq!(server.most_flying(), IN_FLIGHT);
    assert!(start.elapsed() <= SECOND / 3);
    let failed: Vec<_> = usage.credentials().iter().filter_map(|one| one.failure()).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(usage.credentials().iter().filter(|one| one.baseline().is_some()).count(), 22);
}

#[tokio::test(start_paused = true)]
async fn the_budget_is_waited_for() {
    let plan = Plan { per_minute: Some(REQUESTS_PER_MINUTE), ..Plan::of(60) };
    let server = plan.server(good);
    let (usage, delays) = look_for(&plan, &server, Look { max_age: Duration::ZERO, timeout: HOUR }).await;
    assert!(server.busiest(MINUTE) <= 45);
    assert!(usage.credentials().iter().all(|one| one.baseline().is_some()));
    assert_eq!(delays, [20], "it says so, once");
}

#[tokio::test(start_paused = true)]
async fn after_a_429_nothing_more_is_sent() {
    let plan = Plan::of(30);
    let server = plan.server(|request, nth| if request.who == 7 { too_many(None) } else { good(request, nth) });
    let usage = look(&plan, &server).await;
    assert!((8..=12).contains(&server.log().len()), "{}", server.log().len());
    for (who, one) in usage.credentials().iter().enumerate() {
        match one.failure() {
            Some(failed) => assert_eq!(failed.failure.kind, FailureKind::RateLimited),
            None => assert!(one.baseline().is_some() && who < 12),
        }
    }
    assert!(usage.credentials()[29].failure().unwrap().failure.message.starts_with("not asked"));
}

#[tokio::test(start_paused = true)]
async fn the_whole_account_is_looked_at_once() {
    let plan = Plan { whole_account: true, keys_an_account: 2, ..Plan::of(4) };
    let server = plan.server(good);
    let usage = look(&plan, &server).await;
    assert_eq!(server.log().len(), 4);
    let asked = server.asked();
    for what in [What::Caps, What::Rows, What::Account] {
        assert_eq!(asked.iter().filter(|asked| asked.what == what).count(), 2, "{what:?}: {asked:?}");
    }
    assert_eq!(asked.len(), 6, "neither the past nor names: {asked:?}");
    assert_eq!(server.most_flying(), IN_FLIGHT);
    for one in usage.credentials() {
        assert!(one.caps().value().is_some() && one.quotas().value().is_some() && one.account().value().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_fails_is_named_and_changes_nothing_else() {
    let plan = Plan { whole_account: true, ..Plan::of(3) };
    let server = plan.telling_server(
        |request, nth| if request.who == 2 { refusal(401) } else { good(request, nth) },
        |asked| if asked.what == What::Caps { refusal(500).map(Told::Chute) } else { plain(asked) },
    );
    let usage = look(&plan, &server).await;
    for one in &usage.credentials()[..2] {
        assert!(one.baseline().is_some() && one.failure().is_none());
        assert_eq!(one.failed_parts().map(|(part, _)| part).collect::<Vec<_>>(), [Part::Caps]);
        assert!(one.account().value().is_some());
    }
    assert!(server.asked().iter().all(|asked| asked.who != Some(2)), "a refused key gets no other request");
}

#[tokio::test(start_paused = true)]
async fn a_429_to_a_part_ends_the_look() {
    let plan = Plan { whole_account: true, ..Plan::of(20) };
    let server = plan.telling_server(good, |_| too_many(None).map(Told::Chute));
    let usage = look(&plan, &server).await;
    assert!(server.asked().len() <= IN_FLIGHT, "{:?}", server.asked());
    assert!(usage.credentials().iter().all(|one| one.baseline().is_some() && one.failure().is_none()));
}

#[tokio::test(start_paused = true)]
async fn what_there_is_when_the_time_is_over_is_given() {
    let plan = Plan { per_minute: Some(REQUESTS_PER_MINUTE), ..Plan::of(60) };
    let server = plan.server(good);
    let start = Instant::now();
    let (usage, _) = look_for(&plan, &server, Look { max_age: Duration::ZERO, timeout: MINUTE }).await;
    assert!(start.elapsed() <= MINUTE + SECOND / 2, "{:?}", start.elapsed());
    let (read, left): (Vec<_>, Vec<_>) = usage.credentials().iter().partition(|one| one.baseline().is_some());
    assert!((40..=45).contains(&read.len()), "{}", read.len());
    let failure = &left[0].failure().unwrap().failure;
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!(failure.message.starts_with("not asked within the 60 s"), "{}", failure.message);
}
