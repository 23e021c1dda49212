//! How long a start waits for a large history. Run by hand, optimised:
//! `cargo test --release --test history_figures -- --ignored --nocapture`.

use std::io::Write;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::domain::account::{Cap, Capping, Subscription};
use chutes_top::domain::activity::{Bucket, ChuteId};
use chutes_top::domain::credential::ApiKey;
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::snapshot::Snapshot;
use chutes_top::domain::usage::part::PartAnswer;
use chutes_top::domain::window::{Limit, WindowKind, next_daily_reset};
use chutes_top::history::{Fingerprint, History, Location, Sample};

const CREDENTIALS: usize = 50;
const DAYS: i64 = 35;
const MINUTES: usize = 5;

fn owners() -> Vec<Fingerprint> {
    (0..CREDENTIALS)
        .map(|index| Fingerprint::of_key("http://127.0.0.1", &ApiKey::new(format!("key {index}"))))
        .collect()
}

fn chutes() -> Vec<ChuteId> {
    (0..5).filter_map(|index| ChuteId::parse(&format!("{index}0000000-0000-4000-8000-00000000000a"))).collect()
}

/// What a pane writes that is left open for 35 days: 1.5 million samples, and what it was told.
async fn fill(history: &History, now: DateTime<Utc>) {
    let start = now - TimeDelta::days(DAYS);
    for minute in (0..DAYS * 24 * 60).step_by(MINUTES) {
        let at = start + TimeDelta::minutes(minute);
        let windows = [WindowKind::Daily, WindowKind::FourHour, WindowKind::Monthly];
        let samples = owners().into_iter().flat_map(|owner| {
            let reset_at = Some(next_daily_reset(at));
            windows.clone().map(|kind| Sample {
                owner,
                kind,
                at,
                used: Some(1.5),
                limit: Limit::Dollars(9.0),
                reset_at,
            })
        });
        history.record(samples.collect());
        history.flush().await;
    }
    let cap = Capping::Capped(Cap { usage: 1.0, cap: 8.0, reset_at: Some(now) });
    let plan = Subscription { price: None, custom: None, anchor: None, four_hour: cap, monthly: cap, renews_at: None };
    for owner in owners() {
        let snapshot = Snapshot::new(QuotaUsage::new(Quota::Finite(2_000), Some(1.0)), now, now);
        history.keep_snapshot(owner, &snapshot);
        history.keep_answer(owner, &PartAnswer::Caps(Some(plan.clone())), now);
        history.keep_answer(owner, &PartAnswer::Quotas(Vec::new()), now);
        let buckets = (0..DAYS * 24).flat_map(|hour| {
            let hour = start + TimeDelta::hours(hour);
            let bucket =
                move |chute| Bucket { hour, chute, requests: 9.0, dollars: 0.1, input_tokens: 9, output_tokens: 9 };
            chutes().into_iter().map(Some).map(bucket)
        });
        history.import_buckets(owner, buckets.collect(), now);
        history.flush().await;
    }
    assert_eq!(history.lost(), 0);
}

#[tokio::test]
#[ignore = "a measurement: writes 1.5 million samples"]
async fn a_start_with_35_days_of_50_credentials() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("history.db");
    let now: DateTime<Utc> = "2026-11-23T17:38:21Z".parse().expect("a time");
    let began = tokio::time::Instant::now();
    let (history, mut notices) = History::open(Location::File(file.clone()), now);
    fill(&history, now).await;
    drop(history);
    assert_eq!(notices.recv().await, None);
    let mut out = std::io::stdout();
    let size = std::fs::metadata(&file).expect("a file").len();
    writeln!(out, "filled in {:?}: {} MB", began.elapsed(), size / 1_000_000).expect("stdout");

    for _ in 0..3 {
        let began = tokio::time::Instant::now();
        let (history, _notices) = History::open(Location::File(file.clone()), now);
        let returned = began.elapsed();
        let known = history.remember(owners()).await.expect("remembered");
        let remembered = began.elapsed();
        assert!(known.iter().all(|known| known.snapshot.is_some() && known.answers.len() == 2));
        let began_chart = tokio::time::Instant::now();
        let since = now - TimeDelta::days(30);
        let owner = *owners().first().expect("an owner");
        let samples = history.samples(owner, WindowKind::Daily, since).await.expect("samples");
        let charted = began_chart.elapsed();
        let began_hours = tokio::time::Instant::now();
        for owner in owners() {
            let hours = history.hourly(owner, now - TimeDelta::days(7)).await.expect("hours");
            assert!(hours.len() >= 167);
        }
        let told = began_hours.elapsed();
        writeln!(
            out,
            "open returned {returned:?}, opened and remembered {remembered:?}, a month's {} samples {charted:?}, \
             a week by the hour of all {told:?}",
            samples.len()
        )
        .expect("stdout");
    }
    let began = tokio::time::Instant::now();
    let (history, mut notices) = History::open(Location::File(file), now + TimeDelta::days(1));
    let known = history.remember(owners()).await.expect("remembered");
    writeln!(out, "a start that prunes a day: remembered {} after {:?}", known.len(), began.elapsed()).expect("stdout");
    drop(history);
    assert_eq!(notices.recv().await, None);
}
