//! What is written is read again.

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;
use crate::domain::account::{Account, Cap, Capping, Role, Subscription};
use crate::domain::quota::{Quota, QuotaUsage};
use crate::domain::usage::part::{ChuteQuota, PartState};

fn chute(letter: char) -> ChuteId {
    ChuteId::parse(&format!("{}-0000-4000-8000-00000000000a", letter.to_string().repeat(8))).unwrap()
}

fn in_memory() -> History {
    History::open(Location::Memory, now()).0
}

fn hour(hours: i64) -> DateTime<Utc> {
    "2026-11-23T10:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

#[tokio::test]
async fn samples_of_each_window_are_kept_apart() {
    let history = in_memory();
    let month = Sample { kind: WindowKind::Monthly, limit: Limit::Dollars(12.5), reset_at: None, ..sample(2, 3.25) };
    let chute = Sample { kind: WindowKind::Chute(chute('a')), limit: Limit::Requests(u64::MAX), ..sample(1, 7.0) };
    let unknown = Sample { used: None, ..sample(3, 0.0) };
    let anothers = Sample { owner: another(), ..sample(4, 9.0) };
    history.record(vec![unknown.clone(), month.clone(), chute.clone(), sample(0, 0.1), anothers.clone()]);

    assert_eq!(daily(&history).await, [sample(0, 0.1), unknown]);
    for one in [month, chute, anothers] {
        assert_eq!(history.samples(one.owner, one.kind.clone(), now()).await.unwrap(), [one]);
    }
    assert_eq!(history.samples(owner(), WindowKind::FourHour, now()).await.unwrap(), []);
}

#[tokio::test]
async fn samples_begin_where_asked() {
    let history = in_memory();
    history.record((0..10).map(|minute| sample(minute, 1.0)).collect());
    let since = now() + TimeDelta::minutes(7);
    let samples = history.samples(owner(), WindowKind::Daily, since).await.unwrap();
    assert_eq!(samples, [sample(7, 1.0), sample(8, 1.0), sample(9, 1.0)]);
}

#[tokio::test]
async fn many_samples_are_thinned_but_no_peak_is_lost() {
    let history = in_memory();
    let minutes = 10_000;
    let mut all: Vec<Sample> = (0..minutes).map(|minute| sample(minute, 10.0)).collect();
    // A reset in the middle of a span: what was used just before it stays to be seen.
    let reset = all[5_003].at;
    for sample in &mut all[..5_003] {
        sample.reset_at = Some(reset);
    }
    all[5_002].used = Some(1_999.0);
    history.record(all.clone());

    let thinned = daily(&history).await;
    assert!((1_800..2_200).contains(&thinned.len()), "{}", thinned.len());
    assert!(thinned.is_sorted_by_key(|sample| sample.at));
    assert_eq!(thinned.last(), all.last());
    assert!(thinned.contains(&all[5_002]));
}

#[tokio::test]
async fn a_reset_that_moves_with_every_sample_does_not_keep_them_all() {
    let history = in_memory();
    let moving = |minute| Sample { reset_at: Some(now() + TimeDelta::minutes(minute)), ..sample(minute, 1.0) };
    history.record((0..10_000).map(moving).collect());
    let thinned = daily(&history).await;
    assert!((1_800..2_200).contains(&thinned.len()), "{}", thinned.len());
    assert!(thinned[0].at < now() + TimeDelta::minutes(10));
}

#[tokio::test]
async fn the_last_answers_are_remembered() {
    let history = in_memory();
    let usage = QuotaUsage::new(Quota::Finite(9_007_199_254_740_993), Some(1_262.300_000_000_000_2));
    let snapshot = Snapshot::new(usage, now(), now());
    let cap = Cap { usage: 0.1 + 0.2, cap: 8.333, reset_at: Some(now()) };
    let plan = Subscription {
        price: Some(10.0),
        custom: Some(true),
        anchor: Some(now()),
        four_hour: Capping::Capped(cap),
        monthly: Capping::Uncapped,
        renews_at: None,
    };
    let usage = QuotaUsage::new(Quota::Unlimited, None);
    let of_chute = ChuteQuota { chute: chute('b'), count: PartState::learned(usage, now() - TimeDelta::hours(1)) };
    let account = Account::new(Some(USER), Some("fake"), Some(-7.35), 16);
    history.keep_snapshot(owner(), &Snapshot { usage: QuotaUsage::new(Quota::Finite(1), None), ..snapshot });
    history.keep_snapshot(owner(), &snapshot);
    history.keep_answer(owner(), &PartAnswer::Caps(Some(plan.clone())), now());
    history.keep_answer(owner(), &PartAnswer::Quotas(vec![of_chute.clone()]), now());
    history.keep_answer(owner(), &PartAnswer::Account(account), now());
    history.keep_answer(owner(), &PartAnswer::Usage([].into()), now());
    history.keep_answer(another(), &PartAnswer::Caps(None), now());

    let stranger = Fingerprint::of_key(BASE, &ApiKey::new("stranger"));
    let known = history.remember(vec![another(), stranger, owner()]).await.unwrap();
    let nameless = Account { id: None, username: Some("fake".into()), balance: Some(-7.35), role: Role::Free };
    assert_eq!(known[0].answers, [(PartAnswer::Caps(None), now())]);
    assert_eq!(known[1], LastKnown { owner: stranger, snapshot: None, usage_until: None, rows: None, answers: vec![] });
    assert_eq!((known[2].owner, known[2].snapshot), (owner(), Some(snapshot)));
    let mut answers = known[2].answers.clone();
    answers.sort_by_key(|(answer, _)| answer.part().as_str());
    let expected = [PartAnswer::Account(nameless), PartAnswer::Caps(Some(plan)), PartAnswer::Quotas(vec![of_chute])];
    assert_eq!(answers, expected.map(|answer| (answer, now())));
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_left_out() {
    let history = in_memory();
    let nonsense = |connection: &Connection, _| {
        answers::keep(connection, owner(), "caps", "{", now(), now())?;
        answers::keep(connection, owner(), "quota", "[]", now(), now())
    };
    history.write(now(), Box::new(nonsense));
    history.keep_answer(owner(), &PartAnswer::Quotas(vec![]), now());
    let known = history.remember(vec![owner()]).await.unwrap();
    assert_eq!(known[0].snapshot, None);
    assert_eq!(known[0].answers, [(PartAnswer::Quotas(vec![]), now())]);
}

#[tokio::test]
async fn buckets_are_replaced_summed_and_shared_out() {
    let history = in_memory();
    let bucket = |hours, letter: Option<char>, requests| Bucket {
        hour: hour(hours),
        chute: letter.map(chute),
        requests,
        dollars: 0.5,
        input_tokens: 100,
        output_tokens: 10,
    };
    assert_eq!(history.last_bucket(owner()).await.unwrap(), None);
    history.import_buckets(
        owner(),
        vec![bucket(0, Some('a'), 5.0), bucket(0, None, 1.0), bucket(1, Some('b'), 2.0)],
        now(),
    );
    history.import_buckets(owner(), vec![bucket(1, Some('b'), 9.1), bucket(3, Some('a'), 1.0)], now());
    history.import_buckets(another(), vec![bucket(9, Some('a'), 99.0)], now());

    assert_eq!(history.last_bucket(owner()).await.unwrap(), Some(hour(3)));
    let later = [bucket(1, Some('b'), 9.1), bucket(3, Some('a'), 1.0)];
    assert_eq!(history.buckets(owner(), hour(1)).await.unwrap(), later);
    let by_hour = |hours, requests| HourlyRequests { hour: hour(hours), requests };
    assert_eq!(history.hourly(owner(), hour(0)).await.unwrap(), [by_hour(0, 6.0), by_hour(1, 9.1), by_hour(3, 1.0)]);
    assert_eq!(history.hourly(owner(), hour(2)).await.unwrap(), [by_hour(3, 1.0)]);
    let share = |chute, requests, dollars, tokens| ChuteShare { chute, requests, dollars, tokens };
    let shares =
        [share(Some(chute('b')), 9.1, 0.5, 110), share(Some(chute('a')), 6.0, 1.0, 220), share(None, 1.0, 0.5, 110)];
    assert_eq!(history.shares(owner(), hour(0)).await.unwrap(), shares);
}

#[tokio::test]
async fn names_are_added_to_and_their_age_is_known() {
    let history = in_memory();
    assert_eq!(history.names().await.unwrap(), (HashMap::new(), None));
    history.store_names(Arc::new([(chute('a'), "old".into()), (chute('b'), "gone".into())].into()), hour(0));
    history.store_names(Arc::new([(chute('a'), "new\u{1b}[31m".into())].into()), hour(1));
    let names = [(chute('a'), "new".into()), (chute('b'), "gone".into())].into();
    assert_eq!(history.names().await.unwrap(), (names, Some(hour(1))));
}

#[tokio::test]
async fn what_is_older_than_35_days_is_forgotten() {
    let (_directory, path) = place();
    let (history, notices) = open(&path);
    let day = 24 * 60;
    history.record((0..1_700).map(|minute| sample(minute - 36 * day, 1.0)).collect());
    history.record(vec![sample(0, 2.0)]);
    history.record(vec![Sample { owner: another(), ..sample(-36 * day, 1.0) }]);
    let old = |hours| Bucket {
        hour: hour(hours),
        chute: None,
        requests: 1.0,
        dollars: 0.0,
        input_tokens: 0,
        output_tokens: 0,
    };
    history.import_buckets(owner(), vec![old(-36 * 24), old(-33 * 24)], now());
    history.keep_answer(another(), &PartAnswer::Caps(None), now() - TimeDelta::days(36));
    // Pruned at the first start, when there was nothing; so it is due a day later, and not before.
    close(history, notices).await;

    let later = now() + TimeDelta::hours(23);
    let (history, notices) = History::open(Location::File(path.clone()), later);
    history.flush().await;
    close(history, notices).await;
    let count = |table: &str| -> i64 {
        let query = format!("SELECT count(*) FROM {table}");
        Connection::open(&path).unwrap().query_row(&query, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("sample"), count("owner")), (1_702, 2));

    let (history, notices) = History::open(Location::File(path.clone()), now() + TimeDelta::hours(24));
    while count("owner") > 1 {
        history.flush().await;
    }
    assert!(daily(&history).await.iter().all(|sample| sample.at >= now() + TimeDelta::days(1) - RETENTION));
    assert_eq!((count("sample"), count("answer"), count("series")), (1, 0, 1));
    assert_eq!((count("bucket"), count("hour_total")), (1, 1));
    assert_eq!(close(history, notices).await, Vec::<String>::new());
}

#[tokio::test]
async fn nobody_waits_for_a_disk_that_hangs() {
    let history = in_memory();
    let (go_on, held) = std::sync::mpsc::channel::<()>();
    let hanging = history.clone();
    let hang = async move { hanging.read(move |_| held.recv().map_err(|_| rusqlite::Error::InvalidQuery)).await };
    tokio::spawn(hang);
    tokio::task::yield_now().await;
    let queued = i64::try_from(QUEUE).unwrap() + 50;
    for minute in 0..queued {
        history.record(vec![sample(minute, 1.0)]);
    }
    let lost = history.lost();
    assert!((49..=51).contains(&lost), "{lost}");
    go_on.send(()).unwrap();
    assert_eq!(u64::try_from(daily(&history).await.len()).unwrap(), u64::try_from(queued).unwrap() - lost);
}

#[tokio::test]
async fn a_full_disk_is_said_once_and_is_no_end() {
    let (_directory, path) = place();
    let (history, notices) = open(&path);
    let most_pages = |most| format!("PRAGMA max_page_count = {most}");
    history.read(move |connection| connection.execute_batch(&most_pages(1))).await.unwrap();
    history.record((0..5_000).map(|minute| sample(minute, 1.0)).collect());
    history.record((0..5_000).map(|minute| sample(minute, 1.0)).collect());
    history.flush().await;
    history.read(move |connection| connection.execute_batch(&most_pages(100_000))).await.unwrap();
    history.record(vec![sample(0, 5.0)]);
    assert_eq!(daily(&history).await, [sample(0, 5.0)]);
    assert_eq!(history.lost(), 2);
    let notices = close(history, notices).await;
    assert_eq!(notices, ["What is measured cannot be kept just now: database or disk is full."]);
}

#[tokio::test]
async fn a_write_that_fails_takes_no_other_along() {
    let (told, notices) = mpsc::channel(NOTICES);
    let lost = Arc::new(AtomicU64::new(0));
    let mut keeper = Keeper::new(Location::Memory, now(), told.clone(), Arc::clone(&lost));
    keeper.begin();
    let write =
        |minute| -> Writing { Box::new(move |connection, _| samples::record(connection, &[sample(minute, 1.0)])) };
    let half: Writing = Box::new(|connection, _| {
        samples::record(connection, &[sample(1, 1.0)])?;
        connection.execute_batch("INSERT INTO nowhere VALUES (1)")
    });
    // As they are when they were gathered.
    keeper.write_at(now(), vec![write(0), half, write(2)]);
    let is_alone = keeper.is_alone();
    let history = History { jobs: Jobs::Inline(Arc::new(Mutex::new(keeper))), lost, is_alone, notices: told };
    assert_eq!(daily(&history).await, [sample(0, 1.0), sample(2, 1.0)], "nor does anything of it stay");
    assert_eq!(history.lost(), 1);
    assert_eq!(close(history, notices).await.len(), 1);
}

/// SQLite counts in the file's header every transaction that changed it, but for those that are still in the log: so
/// the log is counted, in which each has at least a page.
#[tokio::test]
async fn what_is_written_within_a_moment_is_one_transaction() {
    let (_directory, path) = place();
    let (history, _notices) = open(&path);
    history.record(vec![sample(0, 1.0)]);
    history.flush().await;
    let log = path.with_file_name("history.db-wal");
    let pages = || std::fs::metadata(&log).unwrap().len() / 4_096;
    let before = pages();
    for minute in 1..100 {
        history.record(vec![sample(minute, 1.0)]);
    }
    history.flush().await;
    assert_eq!(daily(&history).await.len(), 100);
    // It may be that the thread was held up while they came: a few transactions, and not a hundred.
    assert!(pages() - before < 50, "{} pages", pages() - before);
}

proptest! {
    #[test]
    fn numbers_come_back_as_they_were(limit in any::<u64>(), used in proptest::num::f64::NORMAL) {
        let usage = QuotaUsage::new(Quota::Finite(limit), Some(used));
        let snapshot = Snapshot::new(usage, now(), now());
        let text = record::write_snapshot(&snapshot).unwrap();
        prop_assert_eq!(record::read_snapshot(&text, now()), Some(snapshot));
    }
}
