//! The optional requests: what is asked of an account besides its daily quota, when, and what it changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::api::{QuotaSource, UsagePage, UsageQuery};
use chutes_top::clock::Clock;
use chutes_top::domain::account::{Account, Cap, Subscription};
use chutes_top::domain::activity::{Bucket, ChuteId};
use chutes_top::domain::credential::{ApiKey, Credential, CredentialId};
use chutes_top::domain::failure::{Failure, FailureKind};
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::snapshot::Snapshot;
use chutes_top::domain::usage::part::Part;
use chutes_top::domain::usage::{Freshness, Update, UsageManager};
use chutes_top::domain::window::WindowKind;
use chutes_top::history::{History, Location};
use chutes_top::worker::{Command, Keeper, Setup, ask_once, run};
use pretty_assertions::assert_eq;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use crate::rig::{HOUR, INTERVAL, MINUTE, SECOND};

#[derive(Debug)]
struct Wall(Instant);

impl Clock for Wall {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-23T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + self.0.elapsed()
    }
}

/// A server that answers everything, and fails where it is told to.
#[derive(Clone)]
struct Everything {
    clock: Arc<Wall>,
    log: Arc<Mutex<Vec<(Duration, &'static str)>>>,
    fails: Arc<Mutex<HashMap<&'static str, FailureKind>>>,
    four_hours_end: DateTime<Utc>,
}

impl Everything {
    fn new() -> Self {
        let clock = Arc::new(Wall(Instant::now()));
        let four_hours_end = clock.now() + TimeDelta::hours(4);
        Self { clock, log: Arc::default(), fails: Arc::default(), four_hours_end }
    }

    async fn asked(&self, what: &'static str) -> Result<(), Failure> {
        self.log.lock().unwrap().push((self.clock.0.elapsed(), what));
        sleep(Duration::from_millis(20)).await;
        let kind = self.fails.lock().unwrap().get(what).copied();
        kind.map_or(Ok(()), |kind| Err(Failure::new(kind, "no")))
    }

    fn fail(&self, what: &'static str, kind: FailureKind) {
        self.fails.lock().unwrap().insert(what, kind);
    }

    fn times(&self, what: &str) -> Vec<Duration> {
        self.log.lock().unwrap().iter().filter(|entry| entry.1 == what).map(|entry| entry.0).collect()
    }
}

impl QuotaSource for Everything {
    async fn fetch_quota_usage(&self, _: &ApiKey) -> Result<Snapshot, Failure> {
        self.asked("quota").await?;
        let now = self.clock.now();
        Ok(Snapshot::new(QuotaUsage::new(Quota::Finite(2000), Some(100.0)), now, now))
    }

    async fn fetch_subscription(&self, _: &ApiKey) -> Result<Option<Subscription>, Failure> {
        self.asked("caps").await?;
        let four_hour = Some(Cap { usage: 1.0, cap: 4.0, reset_at: Some(self.four_hours_end) });
        let none = (None, None, None, None, None);
        let (price, custom, anchor, monthly, renews_at) = none;
        Ok(Some(Subscription { price, custom, anchor, four_hour, monthly, renews_at }))
    }

    async fn fetch_chute_quotas(&self, _: &ApiKey) -> Result<Vec<ChuteId>, Failure> {
        self.asked("rows").await?;
        Ok(vec![ChuteId::parse("chute-a").unwrap()])
    }

    async fn fetch_chute_quota(&self, _: &ApiKey, _: &ChuteId) -> Result<QuotaUsage, Failure> {
        self.asked("chute").await?;
        Ok(QuotaUsage::new(Quota::Finite(50), Some(49.5)))
    }

    async fn fetch_account(&self, _: &ApiKey) -> Result<Account, Failure> {
        self.asked("account").await?;
        Ok(Account::new(None, Some("someone"), Some(7.35), 0))
    }

    async fn fetch_usage(&self, _: &ApiKey, query: UsageQuery) -> Result<UsagePage, Failure> {
        self.asked("usage").await?;
        let hour = query.since + TimeDelta::hours(i64::from(query.page));
        let bucket = Bucket { hour, chute: None, requests: 5.0, dollars: 0.0, input_tokens: 1, output_tokens: 1 };
        Ok(UsagePage { total: 1_001, buckets: vec![bucket] })
    }

    async fn fetch_chute_names(&self) -> Result<HashMap<ChuteId, String>, Failure> {
        self.asked("names").await?;
        Ok(HashMap::from([(ChuteId::parse("chute-a").unwrap(), "model-a".to_owned())]))
    }
}

/// Credentials of accounts of those numbers.
fn setup(accounts: &[u8], keeper: Option<Keeper>) -> Setup {
    let credential = |(index, account): (usize, &u8)| {
        let key = ApiKey::new(format!("cpk_{index:032x}.{account:032x}.{index:032}"));
        Credential::new(CredentialId::new(index), vec![index.to_string()], key)
    };
    let credentials = accounts.iter().enumerate().map(credential).collect();
    Setup { credentials, interval: INTERVAL, requests_per_minute: None, seed: 1, whole_account: true, keeper }
}

struct Running {
    commands: mpsc::Sender<Command>,
    updates: mpsc::Receiver<Update>,
    usage: UsageManager,
    seen: Vec<Update>,
    start: Instant,
}

fn start(server: &Everything, setup: Setup) -> Running {
    let usage = UsageManager::new(setup.credentials.iter().map(|credential| credential.identity.clone()));
    let (commands, told) = mpsc::channel(64);
    let (reports, updates) = mpsc::channel(64);
    tokio::spawn(run(setup, server.clone(), server.clock.clone(), told, reports));
    Running { commands, updates, usage, seen: vec![], start: Instant::now() }
}

impl Running {
    /// Reads reports until it is so.
    async fn until_it(&mut self, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            let update = tokio::time::timeout(MINUTE, self.updates.recv()).await.expect("it comes about").unwrap();
            self.usage.apply(update.clone());
            self.seen.push(update);
        }
    }

    async fn until(&mut self, time: Duration) {
        loop {
            tokio::select! {
                biased;
                Some(update) = self.updates.recv() => {
                    self.usage.apply(update.clone());
                    self.seen.push(update);
                }
                () = sleep_until(self.start + time) => return,
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_row_has_its_number_before_anything_else_is_asked() {
    let server = Everything::new();
    let mut running = start(&server, setup(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], None));
    running.until(MINUTE).await;
    let last_quota = server.times("quota").into_iter().max().unwrap();
    let log = server.log.lock().unwrap().clone();
    assert_eq!(log.iter().filter(|entry| entry.1 == "quota").count(), 12);
    assert!(log.iter().filter(|entry| entry.1 != "quota").all(|entry| entry.0 >= last_quota), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn one_key_runs_the_errands_of_its_account() {
    let server = Everything::new();
    let mut running = start(&server, setup(&[1, 1], None));
    running.until(MINUTE).await;
    for what in ["caps", "rows", "account"] {
        assert_eq!(server.times(what).len(), 1, "{what}");
    }
    let windows = |place| running.usage.get(CredentialId::new(place)).unwrap().windows().len();
    assert_eq!((windows(0), windows(1)), (3, 3), "the day, four hours and a chute, for both keys");
}

#[tokio::test(start_paused = true)]
async fn caps_come_with_every_refresh_and_the_rest_seldom_or_when_asked_for() {
    let server = Everything::new();
    let mut running = start(&server, setup(&[1], None));
    running.until(3 * INTERVAL + SECOND).await;
    assert_eq!((server.times("caps").len(), server.times("account").len()), (4, 1));
    running.commands.send(Command::RefreshAll).await.unwrap();
    running.until(3 * INTERVAL + 10 * SECOND).await;
    assert_eq!((server.times("account").len(), server.times("rows").len()), (2, 2));
    running.until(3 * HOUR).await;
    assert!((3..=5).contains(&server.times("account").len()), "{:?}", server.times("account"));
    assert_eq!(server.times("names").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_fails_is_named_and_changes_nothing_else() {
    let server = Everything::new();
    server.fail("account", FailureKind::ServerError);
    let mut running = start(&server, setup(&[1], None));
    running.until(2 * INTERVAL + SECOND).await;
    let entry = running.usage.get(CredentialId::new(0)).unwrap();
    assert_eq!(entry.part_failure(Part::Account).unwrap().kind, FailureKind::ServerError);
    assert_eq!((entry.freshness(server.clock.now()), entry.failure()), (Freshness::Fresh, None));
    assert_eq!((server.times("quota").len(), server.times("account").len()), (3, 1), "no storm of retries");
}

#[tokio::test(start_paused = true)]
async fn a_429_on_an_errand_is_meant_for_everything() {
    let server = Everything::new();
    server.fail("caps", FailureKind::RateLimited);
    let mut running = start(&server, setup(&[1, 2, 3], None));
    running.until(50 * SECOND).await;
    assert!(running.usage.host_paused_until().is_some());
    let last = server.log.lock().unwrap().iter().map(|entry| entry.0).max().unwrap();
    assert!(last < SECOND, "nothing is sent during the pause: {last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_four_hour_window_that_starts_anew_is_looked_at_soon_after() {
    let mut server = Everything::new();
    server.four_hours_end = server.clock.now() + TimeDelta::minutes(10);
    let mut running = start(&server, Setup { interval: HOUR, ..setup(&[1], None) });
    running.until(11 * MINUTE).await;
    let times = server.times("quota");
    let after = |time: &Duration| (10 * MINUTE + SECOND..=10 * MINUTE + 21 * SECOND).contains(time);
    assert!(times.iter().any(after), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn the_budget_holds_for_everything_that_is_sent() {
    let server = Everything::new();
    let accounts: Vec<u8> = (0..60).collect();
    let mut running = start(&server, Setup { requests_per_minute: Some(45), ..setup(&accounts, None) });
    for minute in 1..60u32 {
        running.until(minute * MINUTE).await;
        running.commands.send(Command::RefreshAll).await.unwrap();
    }
    let log = server.log.lock().unwrap().clone();
    for (place, first) in log.iter().enumerate() {
        let within = log[place..].iter().take_while(|entry| entry.0 - first.0 < MINUTE).count();
        assert!(within <= 45, "{within} requests in the minute from {:?}", first.0);
    }
}

/// Time is not paused here: the history answers from a thread of its own, which paused time would not wait for.
#[tokio::test]
async fn what_was_learned_is_told_at_the_next_start_before_anything_is_asked() {
    let server = Everything::new();
    let (history, _notices) = History::open(Location::Memory, server.clock.now());
    let keeper = Keeper { history: history.clone(), base: "https://api.example".to_owned() };
    let known_hours =
        |usage: &UsageManager| usage.get(CredentialId::new(0)).unwrap().hours().value().map_or(0, |hours| hours.len());
    let mut first = start(&server, setup(&[1], Some(keeper.clone())));
    first.until_it(|running| known_hours(&running.usage) == 3).await;
    assert_eq!(server.times("usage").len(), 3, "1,001 entries are three pages");
    history.flush().await;

    let mut second = start(&server, setup(&[1], Some(keeper)));
    second.until_it(|running| running.seen.iter().any(|update| matches!(update, Update::Asking(_)))).await;
    let remembered = second.seen.iter().position(|update| matches!(update, Update::Remembered(_)));
    let asking = second.seen.iter().position(|update| matches!(update, Update::Asking(_)));
    assert!(remembered.is_some() && remembered < asking, "{:?}", second.seen);
    let entry = second.usage.get(CredentialId::new(0)).unwrap();
    assert_eq!(entry.usage(server.clock.now()).unwrap().used(), Some(100.0));
    assert!(entry.windows().iter().any(|state| state.window.kind == WindowKind::FourHour));
    assert_eq!(known_hours(&second.usage), 3);
}

#[tokio::test(start_paused = true)]
async fn one_look_at_everything_has_the_parts_and_no_past() {
    let server = Everything::new();
    server.fail("rows", FailureKind::ServerError);
    let setup = setup(&[1, 2], None);
    let mut usage = UsageManager::new(setup.credentials.iter().map(|credential| credential.identity.clone()));
    ask_once(setup, &server, server.clock.clone(), &mut usage).await;
    let entry = usage.get(CredentialId::new(1)).unwrap();
    assert_eq!(entry.account().value().unwrap().balance, Some(7.35));
    assert_eq!(entry.part_failure(Part::Quotas).unwrap().kind, FailureKind::ServerError);
    assert_eq!(entry.failure(), None);
    assert!(server.times("usage").is_empty() && server.times("names").is_empty());
}
