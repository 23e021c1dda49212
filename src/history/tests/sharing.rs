//! Several processes with one file. (Two connections of one process are as far apart as two processes:
//! SQLite shares nothing between them.)

use std::fs;

use pretty_assertions::assert_eq;

use super::*;
use crate::domain::failure::{Failure, FailureKind};

#[tokio::test]
async fn two_may_write_at_once() {
    let (_directory, path) = place();
    let (one, notices_of_one) = open(&path);
    let (two, notices_of_two) = open(&path);
    for minute in 0..200 {
        one.record(vec![sample(2 * minute, 1.0)]);
        two.record(vec![sample(2 * minute + 1, 2.0)]);
    }
    one.flush().await;
    two.flush().await;
    for history in [&one, &two] {
        assert_eq!((daily(history).await.len(), history.lost()), (400, 0));
    }
    assert_eq!(close(one, notices_of_one).await, Vec::<String>::new());
    // What closes first takes nothing away from the other.
    two.record(vec![sample(999, 3.0)]);
    assert_eq!(daily(&two).await.len(), 401);
    assert_eq!(close(two, notices_of_two).await, Vec::<String>::new());
    assert_eq!(integrity(&path), "ok");
}

#[tokio::test]
async fn ten_may_begin_the_file_at_once() {
    let (_directory, path) = place();
    let all: Vec<_> = (0..10).map(|_| open(&path)).collect();
    for (minute, (history, _)) in all.iter().enumerate() {
        history.record(vec![sample(i64::try_from(minute).unwrap(), 1.0)]);
    }
    for (history, _) in &all {
        history.flush().await;
    }
    for (history, notices) in all {
        assert_eq!(daily(&history).await.len(), 10);
        assert_eq!(close(history, notices).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn ten_may_find_a_damaged_file_at_once() {
    let (_directory, path) = place();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, vec![0x5a; 10_000]).unwrap();
    let all: Vec<_> = (0..10).map(|_| open(&path)).collect();
    for (history, _) in &all {
        history.record(vec![sample(0, 1.0)]);
        history.flush().await;
    }
    let mut notices = Vec::new();
    for (history, receiver) in all {
        notices.extend(close(history, receiver).await);
    }
    assert_eq!((set_aside(&path).len(), notices.len()), (1, 1), "{notices:?}");
}

/// Both find the damage; one sets the file aside, and the other must not do so with the new one.
#[tokio::test]
async fn damage_found_while_running_is_set_aside_once() {
    let (_directory, path) = place();
    let (one, notices_of_one) = open(&path);
    let (two, notices_of_two) = open(&path);
    // Opening finds damage as well, which is another matter: both are open before there is any.
    two.flush().await;
    one.record((0..5_000).map(|minute| sample(minute, 1.0)).collect());
    one.flush().await;
    one.read(|connection| connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")).await.unwrap();
    let length = fs::metadata(&path).unwrap().len();
    let mut bytes = fs::read(&path).unwrap();
    // The first pages hold the schema, which is read again with every statement.
    bytes[32_768..].fill(0x5a);
    fs::write(&path, &bytes).unwrap();
    assert!(length > 100_000, "{length}");
    for history in [&one, &two] {
        history.read(|connection| connection.execute_batch("PRAGMA shrink_memory")).await.unwrap();
    }

    one.record(vec![sample(0, 7.0)]);
    one.flush().await;
    two.samples(owner(), WindowKind::Daily, now()).await.unwrap_err();
    two.record(vec![sample(1, 8.0)]);
    two.flush().await;
    for history in [&one, &two] {
        assert_eq!(daily(history).await, [sample(0, 7.0), sample(1, 8.0)]);
    }
    assert_eq!(set_aside(&path).len(), 1, "{:?}", names_beside(&path));
    assert_eq!((one.lost(), two.lost()), (0, 0));
    let said = close(one, notices_of_one).await;
    assert_eq!(said, ["The history was found damaged: it is set aside beside a new one."]);
    close(two, notices_of_two).await;
    assert_eq!(integrity(&path), "ok");
}

/// Only what is damaged is lost: who wants to be left alone is still left alone.
#[tokio::test]
async fn a_pause_outlives_a_damaged_file() {
    let (_directory, path) = place();
    let (history, _notices) = open(&path);
    let until = now() + TimeDelta::hours(6);
    history.pause("https://x".to_owned(), vec![], until, 1, now());
    history.record((0..5_000).map(|minute| sample(minute, 1.0)).collect());
    history.flush().await;
    history.read(|connection| connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")).await.unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // The first pages hold the schema and the hosts.
    bytes[65_536..].fill(0x5a);
    fs::write(&path, &bytes).unwrap();
    history.read(|connection| connection.execute_batch("PRAGMA shrink_memory")).await.unwrap();
    history.samples(owner(), WindowKind::Daily, now() - TimeDelta::days(9)).await.unwrap_err();
    history.flush().await;
    assert_eq!(set_aside(&path).len(), 1, "{:?}", names_beside(&path));
    assert_eq!(history.leave(wish("https://x", owner(), 0)).await, Ok(Leave::Paused(until)));
}

/// SQLite removes the log of a file that is closed last, by its name, which may be the new file's by then: it
/// looks first whether the file was moved, and this holds it to that.
#[tokio::test]
async fn closing_a_file_that_was_set_aside_leaves_the_new_one_alone() {
    let (_directory, path) = place();
    let (old, notices_of_old) = open(&path);
    old.record(vec![sample(0, 1.0)]);
    old.flush().await;
    let opened = Connection::open(&path).unwrap();
    opened.pragma_update(None, "user_version", 99).unwrap();
    drop(opened);

    let (new, _notices) = open(&path);
    new.record(vec![sample(1, 2.0)]);
    new.flush().await;
    close(old, notices_of_old).await;
    let (third, _notices) = open(&path);
    assert_eq!(daily(&third).await, [sample(1, 2.0)]);
    // Its log went with it.
    let aside = Connection::open(path.with_file_name("history.db.newer-99")).unwrap();
    let used: f64 = aside.query_row("SELECT used FROM sample", [], |row| row.get(0)).unwrap();
    assert!((used - 1.0).abs() < f64::EPSILON, "{used}");
}

#[tokio::test]
async fn a_refresh_falls_to_one_process_an_interval() {
    let minute = |after| now() + TimeDelta::minutes(after);
    let history = History::inline(minute(0));
    let take = async |after: i64| {
        history.take_refresh("https://x".to_owned(), owner(), TimeDelta::minutes(5), minute(after)).await.unwrap()
    };
    assert_eq!((take(0).await, take(0).await, take(4).await), (true, false, false));
    assert!(take(5).await, "what came of it is not waited for longer than that");
    assert!(take(-60).await, "a clock that was set back holds nobody up");
    history.pause("https://x".to_owned(), Vec::new(), minute(30), 1, minute(0));
    assert!(!take(20).await, "the host wants to be left alone");
    assert!(take(31).await);
}

#[tokio::test]
async fn the_last_failure_is_known_until_there_is_an_answer() {
    let history = History::inline(now());
    let settle = |failure: Option<Failure>| {
        let (host, what) = ("https://x".to_owned(), "quota".to_owned());
        history.settle(Outcome { host, owner: owner(), what, at: now(), failure });
    };
    let known = async || history.failures(vec![another(), owner()], "quota").await.unwrap();
    assert_eq!(known().await, [None, None]);
    let refused = Failure::new(FailureKind::Unauthorized, "no such key").with_status(401);
    settle(Some(refused.clone()));
    assert_eq!(known().await, [None, Some(LastFailure { failure: refused, at: now() })]);
    settle(None);
    assert_eq!(known().await, [None, None]);
}

/// A wish to ask `host` for something of `owner`, so many seconds after [`now`].
fn wish(host: &str, owner: Fingerprint, seconds: i64) -> Wish {
    let (host, what, now) = (host.to_owned(), "quota".to_owned(), now() + TimeDelta::seconds(seconds));
    let (seen_at, serves_since, allowance) = (None, None, None);
    Wish { host, owner, what, seen_at, serves_since, takes_failures: true, can_wait: false, allowance, now }
}

#[tokio::test]
async fn a_pause_lets_go_of_what_is_asked_of_its_own_host() {
    let history = History::inline(now());
    let leave = async |host: &str, owner, seconds| history.leave(wish(host, owner, seconds)).await.unwrap();
    assert!(matches!(leave("https://x", owner(), 0).await, Leave::Granted { .. }));
    assert!(matches!(leave("https://y", another(), 0).await, Leave::Granted { .. }));
    history.pause("https://x".to_owned(), vec![owner()], now() + TimeDelta::seconds(2), 1, now());
    assert!(matches!(leave("https://x", owner(), 1).await, Leave::Paused(_)));
    assert!(matches!(leave("https://x", owner(), 3).await, Leave::Granted { is_on_trial: true, .. }));
    assert!(matches!(leave("https://y", another(), 3).await, Leave::Busy(_)), "another is asking that host still");
}

#[tokio::test]
async fn what_is_released_may_be_asked_and_only_that() {
    let history = History::inline(now());
    let leave = async |seconds| history.leave(wish("https://x", owner(), seconds)).await.unwrap();
    let turn = |seconds| Turn {
        host: "https://x".to_owned(),
        owner: owner(),
        what: "quota".to_owned(),
        at: now() + TimeDelta::seconds(seconds),
    };
    history.pause("https://x".to_owned(), vec![], now(), 1, now() - TimeDelta::seconds(1));
    assert!(matches!(leave(1).await, Leave::Granted { is_on_trial: true, .. }));
    assert!(matches!(leave(2).await, Leave::Busy(_)));
    history.release(turn(1));
    assert!(matches!(leave(3).await, Leave::Granted { is_on_trial: true, .. }), "nor is anybody trying any more");
    history.release(turn(1));
    assert!(matches!(leave(4).await, Leave::Busy(_)), "what was claimed since then stands");
}

#[tokio::test]
async fn an_older_version_and_a_newer_one_go_on_with_one_ledger() {
    let (_directory, path) = place();
    let (newer, _notices) = open(&path);
    let until = now() + TimeDelta::hours(1);
    newer.pause("https://x".to_owned(), vec![], until, 1, now());
    newer.flush().await;
    newer.read(|connection| connection.execute_batch("PRAGMA user_version = 99")).await.unwrap();
    let (older, _notices) = open(&path);
    assert_eq!(older.leave(wish("https://x", owner(), 0)).await, Ok(Leave::Paused(until)), "what is known is not lost");
    older.pause("https://y".to_owned(), vec![], until, 1, now());
    older.flush().await;
    assert_eq!(newer.leave(wish("https://y", owner(), 0)).await, Ok(Leave::Paused(until)));
    assert!(!older.is_alone() && !newer.is_alone());
}
