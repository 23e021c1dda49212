//! Several instances with one history: they cost what one does.

use std::sync::Arc;
use std::time::Duration;

use chutes_top::clock::Clock as _;
use chutes_top::domain::credential::CredentialId;
use chutes_top::domain::failure::{Failure, FailureKind};
use chutes_top::domain::usage::{Update, UsageManager};
use chutes_top::history::History;
use chutes_top::worker::{Command, Keeper, Look, REQUESTS_PER_MINUTE, ask_once, effective_interval};
use pretty_assertions::assert_eq;

use crate::rig::{HOUR, INTERVAL, MINUTE, Plan, Rig, SECOND, Server, Source, What, good, refusal, too_many};

const BUDGET: Option<u32> = Some(REQUESTS_PER_MINUTE);

fn keeper() -> Keeper {
    let history = History::inline("2026-11-23T08:00:00Z".parse().unwrap());
    Keeper { history, base: "https://api.example.com".to_owned() }
}

/// A plan of `count` accounts for instances that share a history.
fn shared(count: usize) -> Plan {
    Plan { whole_account: true, keeper: Some(keeper()), ..Plan::of(count) }
}

/// So many instances that ask one server.
fn instances(plan: &Plan, server: &Arc<Server>, count: usize) -> Vec<Rig> {
    (0..count).map(|seed| plan.start_with(server, u64::try_from(seed).unwrap())).collect()
}

/// Lets the time run to `until` after the start, every instance reading its reports.
async fn run(rigs: &mut [Rig], until: Duration) {
    let step = SECOND;
    while rigs[0].start.elapsed() < until {
        let next = (rigs[0].start.elapsed() + step).min(until);
        for rig in &mut *rigs {
            rig.run_until(next).await;
        }
    }
}

async fn look(plan: &Plan, server: &Arc<Server>, max_age: Duration) -> UsageManager {
    let setup = plan.setup();
    let mut usage = UsageManager::new(setup.credentials.iter().map(|credential| credential.identity.clone()));
    let look = Look { max_age, timeout: MINUTE };
    ask_once(setup, &Source(server.clone()), server.clock(), &mut usage, look, |_| {}).await;
    usage
}

#[tokio::test(start_paused = true)]
async fn ten_panes_cost_what_one_does() {
    let alone = shared(4);
    let server = alone.server(good);
    run(&mut instances(&alone, &server, 1), 3 * HOUR).await;
    let (daily, parts) = (server.log().len(), server.asked().len());

    let plan = shared(4);
    let server = plan.server(good);
    let mut ten = instances(&plan, &server, 10);
    run(&mut ten, 3 * HOUR).await;
    assert!(server.log().len() <= daily * 21 / 20, "{} for {daily}", server.log().len());
    assert!(server.asked().len() <= parts * 21 / 20, "{} for {parts}", server.asked().len());
    for rig in &ten {
        for one in rig.usage.credentials() {
            let age = (rig.clock.now() - one.baseline().unwrap().fetched_at).to_std().unwrap();
            assert!(age <= INTERVAL * 5 / 4, "{age:?}");
            assert!(one.caps().value().is_some() && one.account().value().is_some());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_learned_from_the_one_that_met_it() {
    let plan = Plan { whole_account: false, ..shared(2) };
    let server = plan.server(|request, nth| if request.who == 0 { refusal(401) } else { good(request, nth) });
    let mut five = instances(&plan, &server, 5);
    run(&mut five, 5 * HOUR / 2).await;
    assert!((3..=4).contains(&server.times(0).len()), "hourly, by one of them: {:?}", server.times(0));
    for rig in &five {
        let failed = rig.usage.get(CredentialId::new(0)).unwrap().failure().unwrap();
        assert_eq!(failed.failure.kind, FailureKind::Unauthorized);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_killed_while_it_asks_holds_nobody_up() {
    let plan = Plan { latency: 5 * SECOND, whole_account: false, ..shared(3) };
    let server = plan.server(good);
    let killed = instances(&plan, &server, 1);
    let mut rigs = instances(&plan, &server, 1);
    tokio::time::sleep(SECOND).await;
    killed[0].task.abort();
    run(&mut rigs, 30 * SECOND).await;
    assert!(rigs[0].usage.credentials().iter().all(|one| one.baseline().is_some()));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_killed_one_changes_nothing_later() {
    let plan = Plan { whole_account: false, ..shared(3) };
    let server = plan.server(good);
    let mut rigs = instances(&plan, &server, 2);
    run(&mut rigs, 10 * MINUTE).await;
    let killed = rigs.pop().unwrap();
    killed.task.abort();
    run(&mut rigs, HOUR).await;
    for who in 0..3 {
        let longest = server.times(who).windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(longest <= INTERVAL * 3 / 2, "{longest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_to_one_stops_them_all_and_one_tries_whether_it_is_over() {
    let plan = Plan { whole_account: false, ..shared(6) };
    let server = plan.server(|request, nth| match request.at {
        at if (INTERVAL..9 * MINUTE).contains(&at) => too_many(Some(10 * MINUTE)),
        _ => good(request, nth),
    });
    let mut four = instances(&plan, &server, 4);
    run(&mut four, 20 * MINUTE).await;
    let late: Vec<_> = server.log().into_iter().filter(|request| request.at >= INTERVAL).collect();
    let during = late.iter().filter(|request| request.at < late[0].at + 10 * MINUTE).count();
    assert!(during <= 5, "the one that was refused, and what was in flight with it: {late:?}");
    for rig in &four {
        assert!(rig.seen.iter().any(|(_, update)| matches!(update, Update::HostPaused(Some(_)))), "it was told");
        assert!(rig.usage.credentials().iter().all(|one| one.failure().is_none()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_grows_grows_for_all() {
    let plan = Plan { whole_account: false, ..shared(3) };
    let server = plan.server(|_, _| too_many(None));
    let mut three = instances(&plan, &server, 3);
    run(&mut three, 24 * HOUR).await;
    assert!(server.log().len() < 20, "{:?}", server.log());
}

#[tokio::test(start_paused = true)]
async fn the_budget_is_one_whoever_leans_on_it() {
    let count = 40;
    let plan = Plan { per_minute: BUDGET, ..shared(count) };
    let server = plan.server(good);
    let mut three = instances(&plan, &server, 3);
    while three[0].start.elapsed() < HOUR {
        three[0].tell(Command::RefreshAll).await;
        let next = three[0].start.elapsed() + 5 * SECOND;
        run(&mut three, next).await;
    }
    assert!(server.busiest(MINUTE) <= 45, "{}", server.busiest(MINUTE));
    let interval = effective_interval(count, count, INTERVAL, BUDGET);
    for who in 0..count {
        let longest = server.times(who).windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(longest <= interval * 3 / 2, "{who}: {longest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_takes_what_is_young_enough() {
    let plan = shared(5);
    let server = plan.server(good);
    let first = look(&plan, &server, MINUTE).await;
    let (daily, parts) = (server.log().len(), server.asked().len());
    assert_eq!(daily, 5);
    tokio::time::sleep(30 * SECOND).await;
    let second = look(&plan, &server, MINUTE).await;
    assert_eq!((server.log().len(), server.asked().len()), (daily, parts), "nothing is asked");
    for (one, other) in first.credentials().iter().zip(second.credentials()) {
        assert_eq!(one.baseline().map(|one| one.usage), other.baseline().map(|other| other.usage));
        assert_eq!(other.caps().value(), one.caps().value());
        assert!(other.account().value().is_some() && other.failure().is_none());
    }
    look(&plan, &server, Duration::ZERO).await;
    assert_eq!(server.log().len(), 10, "0 always asks");
    tokio::time::sleep(2 * MINUTE).await;
    look(&plan, &server, MINUTE).await;
    assert_eq!(server.log().len(), 15, "too old");
}

#[tokio::test(start_paused = true)]
async fn a_look_waits_for_no_pause_of_another() {
    let plan = Plan { whole_account: false, ..shared(2) };
    let server = plan.server(|_, _| too_many(Some(HOUR)));
    look(&plan, &server, MINUTE).await;
    let usage = look(&plan, &server, MINUTE).await;
    assert_eq!(server.log().len(), 2, "the first look's");
    for one in usage.credentials() {
        let failure = &one.failure().unwrap().failure;
        assert_eq!(failure.kind, FailureKind::RateLimited);
        assert!(failure.message.contains("left alone until 09:00:00 UTC"), "{}", failure.message);
    }
}

#[tokio::test(start_paused = true)]
async fn yesterday_does_not_serve_today() {
    let plan = Plan { wall: "2026-11-23T23:59:40Z", whole_account: false, ..shared(1) };
    let server = plan.server(good);
    look(&plan, &server, INTERVAL).await;
    tokio::time::sleep(30 * SECOND).await;
    let usage = look(&plan, &server, INTERVAL).await;
    assert_eq!(server.log().len(), 2);
    assert!(usage.get(CredentialId::new(0)).unwrap().usage(server.clock().now()).is_some());
    assert_eq!(server.times_of(|what| *what == What::Caps), []);
}

#[tokio::test(start_paused = true)]
async fn what_a_look_asks_after_a_failure_is_counted_too() {
    let plan = Plan { per_minute: BUDGET, whole_account: false, ..shared(20) };
    let server = plan.server(|_, _| refusal(503));
    for _ in 0..10 {
        look(&plan, &server, MINUTE).await;
        tokio::time::sleep(SECOND).await;
    }
    assert!(server.busiest(MINUTE) <= 45, "{}", server.busiest(MINUTE));
}

#[tokio::test(start_paused = true)]
async fn a_pane_that_is_paused_while_it_waits_for_its_turn_sends_nothing() {
    let plan = Plan { per_minute: BUDGET, whole_account: false, ..shared(60) };
    let server = plan.server(good);
    let mut rigs = instances(&plan, &server, 3);
    run(&mut rigs, 10 * SECOND).await;
    for rig in &rigs {
        rig.tell(Command::Pause).await;
    }
    let sent = server.log().len();
    run(&mut rigs, 5 * MINUTE).await;
    assert_eq!(server.log().len(), sent);
}

#[tokio::test(start_paused = true)]
async fn when_the_server_will_be_back_is_known_to_all() {
    let plan = Plan { whole_account: false, ..shared(1) };
    let server = plan.server(|request, nth| match nth {
        0 => refusal(503).map_err(|failure| Failure { retry_after: Some(HOUR), ..failure }),
        _ => good(request, nth),
    });
    let mut three = instances(&plan, &server, 3);
    run(&mut three, HOUR + 5 * MINUTE).await;
    assert!(server.times(0)[1] >= HOUR, "{:?}", server.times(0));
}

#[tokio::test(start_paused = true)]
async fn what_a_worker_asked_when_it_was_ended_is_asked_at_once_by_the_next() {
    let plan = Plan { whole_account: false, latency: 10 * SECOND, ..shared(1) };
    let server = plan.server(good);
    let mut one = plan.start_with(&server, 1);
    one.run_until(SECOND).await;
    assert_eq!(server.log().len(), 1);
    one.task.abort();
    let mut next = plan.start_with(&server, 2);
    next.run_until(2 * SECOND).await;
    assert_eq!(server.log().len(), 2, "its claim would stand for 15 s");
}
