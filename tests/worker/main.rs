//! The refresh worker under paused time: when it asks, what it reports, and what it leaves alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unchecked_time_subtraction,
    reason = "a test may panic, that is how it fails"
)]

mod company;
mod once;
mod parts;
mod polite;
mod rig;
mod together;
mod week;

use std::time::Duration;

use chrono::TimeDelta;
use chutes_top::clock::Clock as _;
use chutes_top::domain::credential::CredentialId;
use chutes_top::domain::failure::{Failure, FailureKind};
use chutes_top::domain::usage::Freshness;
use chutes_top::worker::{Command, IN_FLIGHT};
use pretty_assertions::assert_eq;
use rstest::rstest;

use crate::rig::{HOUR, INTERVAL, MINUTE, Plan, SECOND, assert_soon, good, refusal, used_up};

#[tokio::test(start_paused = true)]
async fn the_second_and_third_refresh_come_at_the_interval() {
    let mut rig = Plan::default().start(good);
    rig.run_until(2 * INTERVAL + SECOND).await;
    let times = rig.server.times(0);
    assert_eq!(times.len(), 3);
    for (turn, time) in (0..).zip(&times) {
        assert_soon(*time, INTERVAL * turn, SECOND / 10);
    }
    assert_soon(rig.promised(0).unwrap(), 3 * INTERVAL, SECOND / 10);
    assert_eq!(rig.counts()["asking"], 3);
    assert_eq!(rig.counts()["answered"], 3);
}

#[tokio::test(start_paused = true)]
async fn all_are_asked_at_the_start_in_order_and_then_one_after_another() {
    let mut rig = Plan::of(20).start(good);
    rig.run_until(SECOND).await;
    assert_eq!(rig.server.log().iter().map(|request| request.who).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
    rig.run_until(10 * INTERVAL).await;
    let later: Vec<_> = rig.server.log().split_off(20);
    assert!(later.windows(2).all(|pair| pair[1].at - pair[0].at > 10 * SECOND), "{later:?}");
    for who in 0..20 {
        let times = rig.server.times(who);
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] <= INTERVAL + INTERVAL / 4 + SECOND), "{who}: {times:?}");
        assert!((10..=11).contains(&times.len()), "{who}: {times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_cost_what_five_in_flight_must_cost() {
    let mut rig = Plan::of(1000).start(good);
    while rig.counts().get("answered").copied().unwrap_or(0) < 1000 {
        let update = rig.updates.recv().await.unwrap();
        rig.take(update);
    }
    assert!(rig.start.elapsed() <= Duration::from_millis(10_500), "{:?}", rig.start.elapsed());
    assert_eq!(rig.server.most_flying(), IN_FLIGHT);
}

#[tokio::test(start_paused = true)]
async fn requests_for_the_same_are_one() {
    let mut rig = Plan { latency: SECOND, ..Plan::of(8) }.start(good);
    for _ in 0..3 {
        rig.tell(Command::RefreshAll).await;
        rig.tell(Command::Refresh(CredentialId::new(0))).await;
        rig.tell(Command::Refresh(CredentialId::new(7))).await;
    }
    rig.run_until(10 * SECOND).await;
    assert_eq!(rig.server.log().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn what_the_user_asks_for_goes_first_but_starves_nobody() {
    let mut rig = Plan { latency: SECOND, ..Plan::of(40) }.start(good);
    rig.run_until(SECOND / 2).await;
    for who in [37, 38, 39] {
        rig.tell(Command::Refresh(CredentialId::new(who))).await;
    }
    rig.run_until(SECOND * 3 / 2).await;
    let order: Vec<_> = rig.server.log().iter().map(|request| request.who).collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 37, 5, 38, 6, 39]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_beats_every_wait_of_its_own() {
    let mut rig = Plan::of(3).start(|request, nth| match request.who {
        0 => refusal(401),
        1 => refusal(500),
        _ => used_up(request, nth),
    });
    rig.run_until(SECOND).await;
    rig.tell(Command::RefreshAll).await;
    rig.run_until(2 * SECOND).await;
    assert_eq!(rig.server.log().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_credential_is_nobody() {
    let mut rig = Plan::of(1).start(good);
    rig.tell(Command::Refresh(CredentialId::new(99))).await;
    rig.run_until(SECOND).await;
    assert_eq!(rig.server.log().len(), 1);
}

#[rstest]
#[case(FailureKind::ServerError)]
#[case(FailureKind::Timeout)]
#[case(FailureKind::Connect)]
#[case(FailureKind::Tls)]
#[case(FailureKind::InvalidResponse)]
#[case(FailureKind::Redirect)]
#[tokio::test(start_paused = true)]
async fn a_failure_backs_off_and_recovers(#[case] kind: FailureKind) {
    let plan = Plan { interval: HOUR, ..Plan::default() };
    let mut rig =
        plan.start(move |request, nth| if nth < 12 { Err(Failure::new(kind, "")) } else { good(request, nth) });
    rig.run_until(5 * HOUR).await;
    let times = rig.server.times(0);
    let gaps: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).take(12).collect();
    assert!((15 * SECOND..=31 * SECOND).contains(&gaps[0]), "{gaps:?}");
    assert!(gaps[..5].windows(2).all(|pair| pair[1] > pair[0]), "{gaps:?}");
    assert!(gaps.iter().all(|gap| *gap <= 15 * MINUTE + SECOND), "{gaps:?}");
    assert!(gaps[7..].iter().all(|gap| *gap >= 10 * MINUTE), "{gaps:?}");
    assert!(rig.usage.get(CredentialId::new(0)).unwrap().failure().is_none());
    assert!(times.last().unwrap().abs_diff(rig.promised(0).unwrap()) <= HOUR + SECOND, "{times:?}");
}

#[rstest]
#[case::hourly(401, HOUR)]
#[case::hourly(403, HOUR)]
#[case::like_the_interval(404, INTERVAL)]
#[case::like_the_interval(402, INTERVAL)]
#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_hurried(#[case] status: u16, #[case] gap: Duration) {
    let mut rig = Plan::default().start(move |_, _| refusal(status));
    rig.run_until(4 * HOUR - MINUTE).await;
    let times = rig.server.times(0);
    assert!(times.windows(2).all(|pair| (pair[1] - pair[0]).abs_diff(gap) < SECOND), "{times:?}");
    assert_eq!(times.len(), usize::try_from(4 * HOUR.as_secs() / gap.as_secs()).unwrap());
}

#[tokio::test(start_paused = true)]
async fn what_is_used_up_is_looked_at_hourly_and_not_stale_meanwhile() {
    let mut rig = Plan::default().start(used_up);
    rig.run_until(4 * HOUR - MINUTE).await;
    assert_eq!(rig.server.times(0).len(), 4);
    let usage = rig.usage.get(CredentialId::new(0)).unwrap();
    assert_eq!(usage.freshness(rig.usage.baseline(CredentialId::new(0)).unwrap().fetched_at + HOUR), Freshness::Fresh);
    assert_soon(rig.promised(0).unwrap(), 4 * HOUR, SECOND);
}

#[rstest]
#[case::far_from_due(24 * HOUR, false)]
#[case::used_up(INTERVAL, true)]
#[tokio::test(start_paused = true)]
async fn a_reset_is_looked_at_soon_after_midnight(#[case] interval: Duration, #[case] exhausted: bool) {
    let plan = Plan { interval, wall: "2026-11-23T23:30:00Z", ..Plan::of(10) };
    let mut rig = plan.start(move |request, nth| if exhausted { used_up(request, nth) } else { good(request, nth) });
    rig.run_until(29 * MINUTE).await;
    assert_eq!(rig.server.log().len(), 10, "nothing is asked before");
    rig.run_until(31 * MINUTE).await;
    for who in 0..10 {
        let asked = rig.server.times(who)[1] - 30 * MINUTE;
        assert!((2 * SECOND..=20 * SECOND + SECOND / 10).contains(&asked), "{asked:?}");
    }
    let asked: std::collections::HashSet<_> = rig.server.log().iter().map(|request| request.at).collect();
    assert!(asked.len() > 10, "not all at once");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_crossed_midnight_is_asked_for_again() {
    let plan = Plan { latency: 2 * SECOND, wall: "2026-11-23T23:59:59Z", ..Plan::default() };
    let mut rig = plan.start(good);
    rig.run_until(MINUTE).await;
    assert_eq!(rig.server.times(0).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_paused_pane_sends_nothing() {
    let mut rig = Plan { latency: SECOND, ..Plan::of(8) }.start(good);
    rig.run_until(SECOND / 2).await;
    rig.tell(Command::Pause).await;
    rig.tell(Command::RefreshAll).await;
    rig.tell(Command::SetInterval(MINUTE)).await;
    rig.run_until(10 * HOUR).await;
    assert_eq!(rig.server.log().len(), 5);
    assert_eq!(rig.counts()["answered"], 5, "what was in flight may finish");
    assert!((0..8).all(|who| rig.promised(who).is_none()), "nothing is planned");
    rig.tell(Command::Resume).await;
    rig.run_until(10 * HOUR + 10 * SECOND).await;
    assert_eq!(rig.server.log().len(), 13);
    assert!((0..8).all(|who| rig.promised(who).is_some()));
}

#[tokio::test(start_paused = true)]
async fn the_interval_can_be_changed() {
    let mut rig = Plan::of(4).start(good);
    rig.run_until(10 * SECOND).await;
    rig.tell(Command::SetInterval(MINUTE)).await;
    rig.run_until(11 * SECOND).await;
    assert!((0..4).all(|who| rig.promised(who).unwrap() <= 71 * SECOND), "the rows say so at once");
    rig.run_until(10 * SECOND + 5 * MINUTE).await;
    for who in 0..4 {
        assert!((5..=6).contains(&rig.server.times(who).len()), "{:?}", rig.server.times(who));
    }
    rig.tell(Command::SetInterval(HOUR)).await;
    let before = rig.server.log().len();
    rig.run_until(62 * MINUTE).await;
    let after = rig.server.log().len() - before;
    assert!((4..=8).contains(&after), "{after}");
    assert!(rig.usage.credentials().iter().all(|one| one.freshness(rig.clock.now()) == Freshness::Fresh));
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_the_commands_end() {
    let mut rig = Plan { capacity: 1, ..Plan::of(50) }.start(good);
    rig.run_until(SECOND / 10).await;
    drop(rig.commands);
    rig.task.await.unwrap();
}

#[rstest]
#[case::while_it_sleeps(10 * SECOND)]
#[case::while_it_asks(SECOND / 100)]
#[tokio::test(start_paused = true)]
async fn it_ends_when_nobody_listens(#[case] when: Duration) {
    let mut rig = Plan::of(5).start(good);
    rig.run_until(when).await;
    drop(rig.updates);
    rig.task.await.unwrap();
    assert!(rig.start.elapsed() < 20 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_source_is_not_swallowed() {
    let mut rig = Plan::default().start(|_, _| panic!("the source"));
    rig.run_until(SECOND).await;
    assert!(rig.task.await.unwrap_err().is_panic());
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_loses_nothing_and_holds_no_command_up() {
    let mut rig = Plan { capacity: 1, ..Plan::of(30) }.start(good);
    tokio::time::sleep(MINUTE).await;
    assert!(rig.server.log().len() <= IN_FLIGHT, "nothing new is sent meanwhile");
    for _ in 0..10 {
        rig.tell(Command::RefreshAll).await;
    }
    while rig.usage.credentials().iter().any(|one| one.baseline().is_none()) {
        tokio::time::sleep(SECOND / 2).await;
        let update = rig.updates.recv().await.unwrap();
        rig.take(update);
    }
    rig.run_until(rig.start.elapsed() + SECOND).await;
    assert_eq!(rig.counts()["asking"], rig.server.log().len());
    assert_eq!(rig.counts()["answered"], rig.server.log().len());
}

#[rstest]
#[case::slept(TimeDelta::hours(9))]
#[case::set_back(TimeDelta::hours(-9))]
#[tokio::test(start_paused = true)]
async fn a_jump_of_the_clock_brings_all_back_one_after_another(#[case] jump: TimeDelta) {
    let mut rig = Plan { interval: 6 * HOUR, wall: "2026-11-23T10:00:00Z", ..Plan::of(20) }.start(good);
    rig.run_until(10 * MINUTE).await;
    rig.clock.jump(jump);
    rig.run_until(15 * MINUTE).await;
    assert_eq!(rig.server.log().len(), 40);
    let later: Vec<_> = rig.server.log().split_off(20);
    assert!(later.windows(2).all(|pair| pair[1].at - pair[0].at >= 2 * SECOND), "{later:?}");
    let now = rig.clock.now();
    assert!(rig.usage.credentials().iter().all(|one| one.freshness(now) == Freshness::Fresh));
}
