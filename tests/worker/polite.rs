//! What must never get the owner of a key banned: the budget, and the pause after a 429.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::domain::credential::CredentialId;
use chutes_top::domain::failure::Failure;
use chutes_top::domain::usage::Update;
use chutes_top::worker::{After, Command, REQUESTS_PER_MINUTE, effective_interval};
use rstest::rstest;

use crate::rig::{HOUR, INTERVAL, MINUTE, Plan, Rig, SECOND, assert_soon, good, refusal, too_many};

const BUDGET: Option<u32> = Some(REQUESTS_PER_MINUTE);

/// Presses `R`, and `r` on the first row, every second until then.
async fn lean_on_refresh(rig: &mut Rig, until: Duration) {
    while rig.start.elapsed() < until {
        rig.tell(Command::RefreshAll).await;
        rig.tell(Command::Refresh(CredentialId::new(0))).await;
        rig.run_until(rig.start.elapsed() + SECOND).await;
    }
}

fn longest_gap(rig: &Rig, who: usize) -> Duration {
    rig.server.times(who).windows(2).map(|pair| pair[1] - pair[0]).max().unwrap()
}

#[rstest]
#[case::alone(100, false)]
#[case::leaned_on(100, true)]
#[case::stretched(180, false)]
#[case::stretched_and_leaned_on(180, true)]
#[tokio::test(start_paused = true)]
async fn the_budget_is_never_exceeded_and_nobody_is_forgotten(#[case] count: usize, #[case] leans: bool) {
    let mut rig = Plan { per_minute: BUDGET, ..Plan::of(count) }.start(good);
    let end = 12 * HOUR;
    if leans {
        lean_on_refresh(&mut rig, end).await;
    } else {
        rig.run_until(end).await;
    }
    assert!(rig.server.busiest(MINUTE) <= 45, "{}", rig.server.busiest(MINUTE));
    let interval = effective_interval(count, 0, INTERVAL, BUDGET);
    for who in 0..count {
        assert!(longest_gap(&rig, who) <= interval * 3 / 2, "{who}: {:?}", longest_gap(&rig, who));
    }
}

#[rstest]
#[case::in_a_pause(Some(10), 10 * MINUTE)]
#[case::after_one(Some(-1), Duration::ZERO)]
#[case::without(None, Duration::ZERO)]
#[tokio::test(start_paused = true)]
async fn a_worker_in_the_place_of_another_takes_over_its_pause_and_no_budget(
    #[case] minutes: Option<i64>,
    #[case] pause: Duration,
) {
    let plan = Plan { per_minute: BUDGET, ..Plan::of(100) };
    let start = plan.wall.parse::<DateTime<Utc>>().unwrap();
    let paused_until = minutes.map(|minutes| start + TimeDelta::minutes(minutes));
    let mut rig = Plan { after: Some(After { paused_until }), ..plan }.start(good);
    rig.run_until(pause + 2 * MINUTE).await;
    let log = rig.server.log();
    assert!(log[0].at >= pause, "{:?}", log[0].at);
    let at_once = log.iter().filter(|request| request.at < pause + SECOND).count();
    assert!(at_once <= 2, "one tries whether the pause is over, or there is nothing left to send: {at_once}");
    assert!(log.len() >= 40 && rig.server.busiest(MINUTE) <= 45, "{}", log.len());
    let told = rig.seen.iter().any(|(_, update)| matches!(update, Update::HostPaused(Some(_))));
    assert_eq!(told, pause > Duration::ZERO, "the header says so");
    assert!(rig.usage.credentials().iter().all(|entry| entry.next_refresh().is_some()), "each says when it is asked");
}

#[tokio::test(start_paused = true)]
async fn one_key_held_down_starves_nobody() {
    let mut rig = Plan { per_minute: BUDGET, ..Plan::of(50) }.start(good);
    while rig.start.elapsed() < HOUR {
        rig.tell(Command::Refresh(CredentialId::new(7))).await;
        rig.run_until(rig.start.elapsed() + SECOND / 10).await;
    }
    for who in 0..50 {
        assert!(longest_gap(&rig, who) <= INTERVAL * 3 / 2, "{who}: {:?}", longest_gap(&rig, who));
    }
}

#[tokio::test(start_paused = true)]
async fn those_that_fail_do_not_starve_those_that_do_not() {
    let plan = Plan { per_minute: BUDGET, ..Plan::of(100) };
    let mut rig = plan.start(|request, nth| if request.who % 2 == 0 { refusal(503) } else { good(request, nth) });
    rig.run_until(6 * HOUR).await;
    for who in (1..100).step_by(2) {
        assert!(longest_gap(&rig, who) <= INTERVAL * 3 / 2, "{who}: {:?}", longest_gap(&rig, who));
    }
}

#[test]
fn the_interval_stretches_rather_than_the_budget() {
    assert_eq!(effective_interval(100, 0, INTERVAL, BUDGET), INTERVAL);
    assert_eq!(effective_interval(10_000, 0, INTERVAL, None), INTERVAL);
    assert_soon(effective_interval(1000, 0, INTERVAL, BUDGET), 44 * MINUTE, 3 * SECOND);
}

#[rstest]
#[case::as_asked(Some(90 * SECOND), 90 * SECOND, 90 * SECOND)]
#[case::else_a_minute_or_two(None, MINUTE, 2 * MINUTE)]
#[case::at_most_a_day(Some(90 * HOUR), 24 * HOUR, 24 * HOUR)]
#[tokio::test(start_paused = true)]
async fn a_429_stops_everything(#[case] wish: Option<Duration>, #[case] least: Duration, #[case] most: Duration) {
    let mut rig = Plan { latency: SECOND, ..Plan::of(20) }
        .start(move |request, nth| if (request.who, nth) == (0, 0) { too_many(wish) } else { good(request, nth) });
    rig.run_until(3 * SECOND).await;
    assert_eq!(rig.server.log().len(), 5);
    assert_eq!(rig.counts()["let go"], 4);
    assert!(rig.usage.credentials().iter().all(|one| !one.is_asking()));
    assert!((0..20).all(|who| rig.promised(who).unwrap() >= SECOND + least), "the rows know");
    assert!(rig.usage.host_paused_until().is_some());

    rig.tell(Command::RefreshAll).await;
    rig.run_until(least).await;
    assert_eq!(rig.server.log().len(), 5, "a key does not break it");
    rig.run_until(most + 3 * MINUTE).await;
    assert!(rig.usage.host_paused_until().is_none());
    assert!(rig.usage.credentials().iter().all(|one| one.baseline().is_some() && one.failure().is_none()));
    let after = &rig.server.log()[5..];
    assert!(after[0].at >= SECOND + least && after[0].at <= 2 * SECOND + most, "{after:?}");
    assert!(after[1].at >= after[0].at + SECOND, "one tries whether all is well: {after:?}");
}

#[tokio::test(start_paused = true)]
async fn during_a_pause_a_key_says_when() {
    let mut rig = Plan { interval: HOUR, ..Plan::of(2) }.start(|request, nth| {
        if (request.who, nth) == (0, 1) { too_many(Some(10 * MINUTE)) } else { good(request, nth) }
    });
    rig.run_until(30 * MINUTE + SECOND).await;
    assert!(rig.promised(1).unwrap() >= 40 * MINUTE);
    rig.tell(Command::Refresh(CredentialId::new(1))).await;
    rig.run_until(31 * MINUTE).await;
    assert_soon(rig.promised(1).unwrap(), 40 * MINUTE, SECOND);
    assert_eq!(rig.server.log().len(), 3);
    rig.run_until(41 * MINUTE).await;
    assert_soon(rig.server.times(1)[1], 40 * MINUTE, SECOND);
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_while_the_server_insists() {
    static WELL: AtomicBool = AtomicBool::new(false);
    let mut rig = Plan::of(10).start(
        |request, nth| {
            if WELL.load(Ordering::Relaxed) { good(request, nth) } else { too_many(None) }
        },
    );
    rig.run_until(48 * HOUR).await;
    let log = rig.server.log();
    let tries: Vec<_> = log[5..].iter().map(|request| request.at).collect();
    let gaps: Vec<_> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(tries.len() < 20, "one request a pause: {tries:?}");
    assert!(gaps.iter().all(|gap| *gap <= 6 * HOUR + SECOND), "{gaps:?}");
    assert!(gaps[..6].windows(2).all(|pair| pair[1] > pair[0]), "{gaps:?}");
    WELL.store(true, Ordering::Relaxed);
    rig.run_until(56 * HOUR).await;
    assert!(rig.usage.credentials().iter().all(|one| one.failure().is_none()));
    assert!(matches!(
        rig.seen.iter().rev().find(|(_, one)| matches!(one, Update::HostPaused(_))),
        Some((_, Update::HostPaused(None)))
    ));
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_was_slept_through_is_over() {
    let mut rig =
        Plan::of(3).start(|request, nth| if nth == 0 { too_many(Some(4 * HOUR)) } else { good(request, nth) });
    rig.run_until(10 * MINUTE).await;
    rig.clock.jump(TimeDelta::hours(5));
    rig.run_until(15 * MINUTE).await;
    assert!(rig.usage.host_paused_until().is_none());
    assert!(rig.server.log().len() > 3);
}

#[tokio::test(start_paused = true)]
async fn after_a_pause_they_come_one_after_another() {
    let mut rig = Plan::of(20)
        .start(|request, nth| if (request.who, nth) == (0, 0) { too_many(Some(MINUTE)) } else { good(request, nth) });
    rig.run_until(3 * MINUTE).await;
    let after: Vec<_> = rig.server.log().into_iter().filter(|request| request.at >= MINUTE).collect();
    assert!(after.len() >= 20, "{after:?}");
    assert!(rig.server.busiest(5 * SECOND) <= 5, "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn one_that_is_always_refused_starves_nobody() {
    let mut rig =
        Plan::of(5).start(|request, nth| if request.who == 2 { too_many(Some(MINUTE)) } else { good(request, nth) });
    rig.run_until(12 * HOUR).await;
    for who in [0, 1, 3, 4] {
        assert!(longest_gap(&rig, who) <= INTERVAL * 3 / 2, "{who}: {:?}", longest_gap(&rig, who));
    }
    let tries = rig.server.times(2).len();
    assert!((12 * 4..12 * 8).contains(&tries), "about every quarter of an hour: {tries}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_when_it_will_be_back_is_not_asked_before() {
    let mut rig = Plan::of(1).start(|request, nth| match nth {
        0 => refusal(503).map_err(|failure| Failure { retry_after: Some(HOUR), ..failure }),
        _ => good(request, nth),
    });
    rig.run_until(HOUR + 5 * MINUTE).await;
    assert_soon(rig.server.times(0)[1], HOUR, MINUTE);
}
