//! Instances that cannot see one another, and what happens while one waits for its turn.

use std::time::Duration;

use chutes_top::domain::account::AccountId;
use chutes_top::domain::usage::{CredentialUsage, Update, UsageManager};
use chutes_top::history::{Fingerprint, History, Leave, Location, Wish};
use chutes_top::worker::{Keeper, Look, REQUESTS_PER_MINUTE, ask_once};
use pretty_assertions::assert_eq;

use crate::rig::{MINUTE, Plan, Rig, SECOND, Source, good};

const HOST: &str = "https://api.example.com";

fn start() -> chrono::DateTime<chrono::Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

/// `count` credentials with the budget of the public server.
fn plan(count: usize, history: History) -> Plan {
    let keeper = Some(Keeper { history, base: HOST.to_owned() });
    Plan { per_minute: Some(REQUESTS_PER_MINUTE), keeper, ..Plan::of(count) }
}

fn notices(rig: &Rig) -> Vec<String> {
    let notice = |(_, update): &(Duration, Update)| match update {
        Update::Notice(notice) if notice.starts_with("Other instances") => Some(notice.clone()),
        _ => None,
    };
    rig.seen.iter().filter_map(notice).collect()
}

#[tokio::test(start_paused = true)]
async fn a_history_that_does_not_answer_holds_up_one_request_a_minute() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("history.db");
    let (history, _notices) = History::open(Location::File(path.clone()), start());
    history.flush().await;
    // Another process that holds the file, and never lets go of it.
    let held = rusqlite::Connection::open(&path).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut rig = plan(4, history).start(good);
    rig.run_until(MINUTE / 2).await;
    let asked: Vec<_> = rig.server.log().iter().map(|request| request.at).collect();
    assert_eq!(asked.len(), 4);
    assert!(asked[3] - asked[0] < SECOND, "one wait, and not one each: {asked:?}");
    let [notice] = &notices(&rig)[..] else { panic!("{:?}", notices(&rig)) };
    assert!(notice.contains("does not answer") && notice.contains("at most 15 requests a minute"), "{notice}");
}

#[tokio::test(start_paused = true)]
async fn one_that_cannot_see_the_others_spends_a_third() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), b"").unwrap();
    // No directory can be there.
    let (history, _notices) = History::open(Location::File(directory.path().join("file/history.db")), start());
    history.flush().await;
    let mut rig = plan(100, history).start(good);
    rig.run_until(15 * MINUTE).await;
    let busiest = rig.server.busiest(MINUTE);
    assert!((13..=15).contains(&busiest), "{busiest}");
    assert_eq!(notices(&rig).len(), 1, "{:?}", notices(&rig));
    let stretch = rig.seen.iter().rev().find_map(|(_, update)| match update {
        Update::Stretched(stretch) => *stretch,
        _ => None,
    });
    assert_eq!(stretch.map(|stretch| stretch.per_minute), Some(9), "the header says so");
}

#[tokio::test(start_paused = true)]
async fn a_look_whose_turn_comes_in_a_pause_sends_nothing() {
    let history = History::inline(start());
    let plan = plan(30, history.clone());
    let server = plan.server(good);
    let mut rig = plan.start_with(&server, 1);
    rig.run_until(SECOND / 2).await;
    assert_eq!(server.log().len(), 20, "the next turn is after 2.4 s");
    let setup = plan.setup();
    let mut usage = UsageManager::new(setup.credentials.iter().map(|credential| credential.identity.clone()));
    let look = Look { max_age: Duration::ZERO, timeout: 5 * MINUTE };
    let source = Source(server.clone());
    let asking = ask_once(setup, &source, server.clock(), &mut usage, look, |_| {});
    let pausing = async {
        tokio::time::sleep(SECOND / 2).await;
        history.pause(HOST.to_owned(), Vec::new(), start() + MINUTE, 1, start() + SECOND);
    };
    tokio::join!(asking, pausing);
    assert_eq!(server.log().len(), 20);
    let is_left = |one: &CredentialUsage| one.failure().unwrap().failure.message.starts_with("not asked");
    assert!(usage.credentials().iter().all(is_left), "none was let go: none was sent");
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_comes_after_a_pause_is_no_second_trial() {
    let history = History::inline(start());
    let plan = plan(30, history.clone());
    let server = plan.server(good);
    let mut one = plan.start_with(&server, 1);
    one.run_until(SECOND / 2).await;
    let mut other = plan.start_with(&server, 2);
    other.run_until(SECOND / 2).await;
    assert_eq!(server.log().len(), 20, "the next turn is after 2.4 s");
    history.pause(HOST.to_owned(), Vec::new(), start() + 3 * SECOND / 2, 1, start() + SECOND);
    other.run_until(SECOND).await;
    let owner = Fingerprint::of_account(HOST, &AccountId::parse("feedfacecafe40008000d00dbeef0123").unwrap());
    let (host, what, now) = (HOST.to_owned(), "quota".to_owned(), start() + 2 * SECOND);
    let (seen_at, serves_since, allowance) = (None, None, None);
    let wish = Wish { host, owner, what, seen_at, serves_since, takes_failures: true, can_wait: false, allowance, now };
    let leave = history.leave(wish).await.unwrap();
    assert!(matches!(leave, Leave::Granted { is_on_trial: true, .. }), "{leave:?}");
    other.run_until(10 * SECOND).await;
    assert_eq!(server.log().len(), 20, "a third is trying whether the host is well again");
    other.run_until(MINUTE).await;
    assert!(server.log().len() > 20, "it may have been killed while it tried");
}
