//! After an outage requests come back spread, and not all at once.

use std::time::Duration;

use chrono::TimeDelta;
use chutes_top::clock::Clock;
use chutes_top::domain::usage::Freshness;
use crossterm::event::KeyCode;
use rstest::rstest;
use tokio::time::Instant;

use crate::pane::Pane;
use crate::weather::Weather;
use crate::world::World;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const INTERVAL: Duration = Duration::from_mins(5);
/// Few enough that it is not the budget that holds them back.
const COUNT: usize = 30;

/// The most requests for a daily quota within any `span` of the next twenty minutes, and how many rows are
/// current then.
async fn return_of(mut pane: Pane, span: Duration) -> (usize, usize) {
    let since = Instant::now();
    pane.world.state().log = Some(Vec::new());
    pane.run_for(20 * MINUTE).await;
    let log = pane.world.state().log.take().unwrap();
    let busiest = (0..log.len()).map(|first| log[first..].iter().take_while(|at| **at - log[first] <= span).count());
    let (now, entries) = (pane.world.now(), pane.app.usage().credentials().iter());
    let back = entries.filter(|entry| entry.freshness(now) == Freshness::Fresh).count();
    assert!(log.iter().all(|at| *at >= since));
    (busiest.max().unwrap_or(0), back)
}

#[rstest]
#[case::no_network(Weather::Unreachable, 60)]
#[case::a_minute_without_one(Weather::Unreachable, 1)]
#[case::no_answers(Weather::Silent, 30)]
#[case::an_overloaded_server(Weather::Refuses(503), 180)]
#[case::a_captive_portal(Weather::Portal, 20)]
#[case::too_many_requests(Weather::TooMany(None), 90)]
#[case::too_many_and_when(Weather::TooMany(Some(Duration::from_mins(7))), 30)]
#[tokio::test(start_paused = true)]
async fn after_an_outage_they_come_back_one_after_another(#[case] weather: Weather, #[case] minutes: u32) {
    let world = World::new("2026-11-23T10:00:00Z", 1);
    let mut pane = Pane::open(&world, COUNT, INTERVAL);
    pane.run_for(20 * MINUTE).await;
    world.state().weather = weather;
    if !matches!(weather, Weather::TooMany(_)) {
        // The worst case: all of them fail at about the same time. A 429 stops all of them by itself.
        pane.press(KeyCode::Char('R'));
    }
    pane.run_for(MINUTE * minutes).await;
    world.state().weather = Weather::Clear;
    // After a 429 the pause has to end first.
    while pane.app.usage().host_paused_until().is_some() {
        pane.run_for(SECOND).await;
    }
    let (busiest, back) = return_of(pane, 10 * SECOND).await;
    assert_eq!(back, COUNT);
    assert!(busiest <= COUNT / 4, "{busiest} of {COUNT} within ten seconds");
}

#[tokio::test(start_paused = true)]
async fn after_a_sleep_they_come_back_one_after_another() {
    let world = World::new("2026-11-23T10:00:00Z", 1);
    let mut pane = Pane::open(&world, COUNT, INTERVAL);
    pane.run_for(20 * MINUTE).await;
    world.sleep(TimeDelta::hours(9));
    let (busiest, back) = return_of(pane, 10 * SECOND).await;
    assert_eq!(back, COUNT);
    assert!(busiest <= COUNT / 4, "{busiest} of {COUNT} within ten seconds");
}

#[tokio::test(start_paused = true)]
async fn at_midnight_they_are_not_all_asked_at_once() {
    let world = World::new("2026-11-23T23:50:00Z", 1);
    let mut pane = Pane::open(&world, COUNT, INTERVAL);
    pane.run_for(5 * MINUTE).await;
    let (busiest, back) = return_of(pane, 2 * SECOND).await;
    assert_eq!(back, COUNT);
    assert!(busiest <= COUNT / 3, "{busiest} of {COUNT} within two seconds");
}
