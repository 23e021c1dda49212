//! What is written later than it was learned: nothing newer is lost to it.

use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::quota::{Quota, QuotaUsage};

const HOST: &str = "https://x";

fn second(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

fn hour() -> DateTime<Utc> {
    "2026-11-23T17:00:00Z".parse().unwrap()
}

fn chute(letter: char) -> ChuteId {
    ChuteId::parse(&format!("{letter}0000000-0000-0000-0000-000000000000")).unwrap()
}

fn bucket(letter: char, requests: f64) -> Bucket {
    Bucket { hour: hour(), chute: Some(chute(letter)), requests, dollars: 0.0, input_tokens: 0, output_tokens: 0 }
}

fn wish(seconds: i64) -> Wish {
    let (host, what, now) = (HOST.to_owned(), "quota".to_owned(), second(seconds));
    let (seen_at, serves_since, allowance) = (None, None, None);
    Wish { host, owner: owner(), what, seen_at, serves_since, takes_failures: true, can_wait: false, allowance, now }
}

/// Everything that an instance learns, as of so many seconds after [`now`].
fn learn(history: &History, seconds: i64, used: f64, failure: Option<Failure>) {
    let at = second(seconds);
    history.keep_snapshot(owner(), &Snapshot::new(QuotaUsage::new(Quota::Finite(300), Some(used)), at, at));
    history.keep_rows(owner(), &[chute('a')], at);
    history.import_buckets(owner(), vec![bucket('a', used)], at);
    history.keep_usage_until(owner(), hour(), at);
    history.store_names(Arc::new(HashMap::from([(chute('a'), format!("after {used}"))])), at);
    history.settle(Outcome { host: HOST.to_owned(), owner: owner(), what: "quota".to_owned(), at, failure });
}

/// A history that was kept in memory while its file was held, and the file, which is free by now and another instance's.
fn left_behind(path: &Path) -> (History, impl FnOnce() -> History) {
    drop(open_impatiently(path));
    let holder = holder_of(path);
    let (late, _) = open_impatiently(path);
    let path = path.to_owned();
    (late, move || {
        drop(holder);
        open_impatiently(&path).0
    })
}

#[tokio::test]
async fn what_was_kept_in_memory_meanwhile_replaces_nothing_newer() {
    let (_directory, path) = place();
    let (late, free) = left_behind(&path);
    let failure = Failure::new(FailureKind::Timeout, "no answer");
    learn(&late, 0, 1.0, Some(failure));
    late.import_buckets(owner(), vec![bucket('b', 4.0)], second(0));
    late.pause(HOST.to_owned(), vec![owner()], second(20), 3, second(1));
    let other = free();
    learn(&other, 30, 7.0, None);
    assert!(matches!(other.leave(wish(40)).await, Ok(Leave::Granted { .. })));

    late.record(vec![Sample { at: second(61), ..sample(0, 1.0) }]);
    assert!(!late.is_alone(), "it is in the file");
    let known = other.remember(vec![owner()]).await.unwrap().remove(0);
    assert_eq!(
        known.snapshot.map(|snapshot| (snapshot.usage.used(), snapshot.fetched_at)),
        Some((Some(7.0), second(30)))
    );
    assert_eq!(known.rows.map(|(_, at)| at), Some(second(30)));
    let hours = other.hourly(owner(), hour()).await.unwrap();
    assert_eq!(hours, [HourlyRequests { hour: hour(), requests: 11.0 }], "what was not known of is there");
    let names = other.names().await.unwrap();
    assert_eq!((names.0[&chute('a')].as_str(), names.1), ("after 7", Some(second(30))));
    assert_eq!(other.failures(vec![owner()], "quota").await.unwrap(), [None]);
    let again = other.leave(wish(41)).await;
    assert!(matches!(again, Ok(Leave::Busy(_))), "nor is what was claimed since then let go: {again:?}");
    let mut elsewhere = wish(41);
    elsewhere.owner = another();
    let asked = other.leave(elsewhere).await;
    assert!(matches!(asked, Ok(Leave::Granted { refusals: 0, is_on_trial: false, .. })), "a pause of then: {asked:?}");
}

/// The claim is newer than the answer, which is newer than the one that is kept.
#[tokio::test]
async fn a_claim_of_since_then_stands() {
    let (_directory, path) = place();
    let (late, free) = left_behind(&path);
    learn(&late, 0, 1.0, None);
    let other = free();
    assert!(matches!(other.leave(wish(55)).await, Ok(Leave::Granted { .. })));
    late.record(vec![Sample { at: second(61), ..sample(0, 1.0) }]);
    assert!(matches!(other.leave(wish(62)).await, Ok(Leave::Busy(_))));
}

#[rstest]
#[case::older(-30, false)]
#[case::of_the_same_time(0, false)]
#[case::newer(30, true)]
#[case::of_a_clock_that_is_a_little_ahead(65, true)]
#[case::of_a_clock_that_was_an_hour_ahead(3_600, false)]
#[tokio::test]
async fn only_what_is_newer_stays(#[case] stored: i64, #[case] stays: bool) {
    let history = History::inline(now());
    let keep = |seconds| -> Writing {
        let part = Part::Quotas.as_str();
        Box::new(move |connection, now| answers::keep(connection, owner(), part, "[]", second(seconds), now))
    };
    history.write(second(stored), keep(stored));
    history.write(second(60), keep(0));
    let known = history.remember(vec![owner()]).await.unwrap().remove(0);
    assert_eq!(known.answers[0].1, second(if stays { stored } else { 0 }));
}

#[tokio::test]
async fn a_pause_that_a_wrong_clock_wrote_is_no_end_of_pauses() {
    let history = History::inline(now());
    let year = TimeDelta::days(365);
    history.pause(HOST.to_owned(), vec![], now() + year, 1, now() + year - TimeDelta::seconds(1));
    history.pause(HOST.to_owned(), vec![], second(60), 1, now());
    assert_eq!(history.leave(wish(1)).await, Ok(Leave::Paused(second(60))));
}
