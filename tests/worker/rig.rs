//! A worker under paused time, with a server and a wall clock that are only pretended.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::api::{QuotaSource, UsagePage, UsageQuery};
use chutes_top::clock::Clock;
use chutes_top::domain::account::{Account, Cap, Capping, Subscription};
use chutes_top::domain::activity::ChuteId;
use chutes_top::domain::credential::{ApiKey, Credential, CredentialId};
use chutes_top::domain::failure::{Failure, FailureKind};
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::snapshot::Snapshot;
use chutes_top::domain::usage::{Update, UsageManager};
use chutes_top::worker::{After, Command, Keeper, Setup, run};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_mins(1);
pub(crate) const HOUR: Duration = Duration::from_hours(1);
/// 300 s, as by default.
pub(crate) const INTERVAL: Duration = Duration::from_mins(5);

/// A wall clock that goes with tokio's, and can be set.
#[derive(Debug)]
pub(crate) struct WallClock {
    start: Instant,
    wall: Mutex<DateTime<Utc>>,
}

impl WallClock {
    /// Sets the clock ahead (or, negative, back), as a sleep of the machine or its user would.
    pub(crate) fn jump(&self, by: TimeDelta) {
        *self.wall.lock().unwrap() += by;
    }
}

impl Clock for WallClock {
    fn now(&self) -> DateTime<Utc> {
        *self.wall.lock().unwrap() + self.start.elapsed()
    }
}

/// A request as the server saw it: when, since the start, and for which credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) at: Duration,
    pub(crate) who: usize,
}

type Answer = Result<QuotaUsage, Failure>;

/// Which optional request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Caps,
    Rows,
    Chute(String),
    Account,
    /// A page of the usage since then.
    Usage(DateTime<Utc>, u32),
    Names,
}

/// An optional request as the server saw it; `who` is nobody's for the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) at: Duration,
    pub(crate) who: Option<usize>,
    pub(crate) what: What,
}

/// What it answers to an optional request.
pub(crate) enum Told {
    Caps(Option<Subscription>),
    Rows(Vec<ChuteId>),
    Chute(QuotaUsage),
    Account(Account),
    Usage(UsagePage),
    Names(HashMap<ChuteId, String>),
}

type Telling = Result<Told, Failure>;

/// What a server that knows everything answers.
#[expect(clippy::unnecessary_wraps, reason = "it is one of the answers")]
pub(crate) fn plain(asked: &Asked) -> Telling {
    Ok(match &asked.what {
        What::Caps => Told::Caps(Some(plus(None))),
        What::Rows => Told::Rows(Vec::new()),
        What::Chute(_) => Told::Chute(QuotaUsage::new(Quota::Finite(50), Some(10.5))),
        What::Account => Told::Account(Account::new(None, Some("fake_plus"), Some(7.35), 0)),
        What::Usage(..) => Told::Usage(UsagePage { total: 0, buckets: Vec::new() }),
        What::Names => Told::Names(HashMap::from([(ChuteId::parse("chute-a").unwrap(), "a model".to_owned())])),
    })
}

/// A plan whose four hours end then.
pub(crate) fn plus(reset_at: Option<DateTime<Utc>>) -> Subscription {
    let four_hour = Capping::Capped(Cap { usage: 1.25, cap: 4.0, reset_at });
    let (price, custom) = (Some(10.0), Some(false));
    Subscription { price, custom, anchor: None, four_hour, monthly: Capping::Uncapped, renews_at: None }
}

/// The server. It answers what the test says, after its latency.
pub(crate) struct Server {
    start: Instant,
    clock: Arc<WallClock>,
    latency: Duration,
    answer: Box<dyn Fn(Request, usize) -> Answer + Send + Sync>,
    tell: Box<dyn Fn(&Asked) -> Telling + Send + Sync>,
    log: Mutex<Vec<Request>>,
    /// How often each was asked.
    counts: Mutex<HashMap<usize, usize>>,
    asked: Mutex<Vec<Asked>>,
    flying: AtomicUsize,
    most_flying: AtomicUsize,
}

impl Server {
    pub(crate) fn clock(&self) -> Arc<WallClock> {
        self.clock.clone()
    }

    pub(crate) fn log(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn most_flying(&self) -> usize {
        self.most_flying.load(Ordering::Relaxed)
    }

    /// When `who` was asked.
    pub(crate) fn times(&self, who: usize) -> Vec<Duration> {
        self.log().iter().filter(|request| request.who == who).map(|request| request.at).collect()
    }

    /// Every optional request.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// When an optional request of that kind was sent.
    pub(crate) fn times_of(&self, is_it: impl Fn(&What) -> bool) -> Vec<Duration> {
        self.asked().iter().filter(|asked| is_it(&asked.what)).map(|asked| asked.at).collect()
    }

    /// The most requests of any kind within any `span`, both ends included.
    pub(crate) fn busiest(&self, span: Duration) -> usize {
        let daily = self.log().into_iter().map(|request| request.at);
        let mut all: Vec<_> = daily.chain(self.asked().into_iter().map(|asked| asked.at)).collect();
        all.sort();
        let from = |first: usize| all[first..].iter().take_while(|at| **at - all[first] <= span).count();
        (0..all.len()).map(from).max().unwrap_or(0)
    }

    /// How often `who` was asked before this time.
    fn count(&self, who: usize) -> usize {
        let mut counts = self.counts.lock().unwrap();
        let count = counts.entry(who).or_insert(0);
        std::mem::replace(count, *count + 1)
    }

    fn takes_off(&self) -> Flying<'_> {
        let flying = self.flying.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_flying.fetch_max(flying, Ordering::Relaxed);
        Flying(&self.flying)
    }

    /// No wait at all where there is no latency: a test in which the time stands still gets its answers.
    async fn wait(&self) {
        if !self.latency.is_zero() {
            sleep(self.latency).await;
        }
    }

    async fn told(&self, key: Option<&ApiKey>, what: What) -> Telling {
        let _flying = self.takes_off();
        let asked = Asked { at: self.start.elapsed(), who: key.map(who), what };
        self.asked.lock().unwrap().push(asked.clone());
        self.wait().await;
        (self.tell)(&asked)
    }
}

/// The credential that a key of [`Plan::setup`] is of.
fn who(key: &ApiKey) -> usize {
    let text = key.expose();
    let id = text.strip_prefix("cpk_").and_then(|text| text.split('.').next()).unwrap_or(text);
    id.trim_start_matches('0').parse().unwrap_or(0)
}

/// One that is in flight; it lands when it is dropped, too.
struct Flying<'a>(&'a AtomicUsize);

impl Drop for Flying<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Clone)]
pub(crate) struct Source(pub(crate) Arc<Server>);

impl QuotaSource for Source {
    async fn fetch_quota_usage(&self, key: &ApiKey) -> Result<Snapshot, Failure> {
        let server = &self.0;
        let _flying = server.takes_off();
        let request = Request { at: server.start.elapsed(), who: who(key) };
        let nth = server.count(request.who);
        server.log.lock().unwrap().push(request);
        let asked_at = server.clock.now();
        server.wait().await;
        let usage = (server.answer)(request, nth)?;
        Ok(Snapshot::new(usage, asked_at, server.clock.now()))
    }

    async fn fetch_subscription(&self, key: &ApiKey) -> Result<Option<Subscription>, Failure> {
        match self.0.told(Some(key), What::Caps).await? {
            Told::Caps(told) => Ok(told),
            _ => panic!("another answer"),
        }
    }

    async fn fetch_chute_quotas(&self, key: &ApiKey) -> Result<Vec<ChuteId>, Failure> {
        match self.0.told(Some(key), What::Rows).await? {
            Told::Rows(told) => Ok(told),
            _ => panic!("another answer"),
        }
    }

    async fn fetch_chute_quota(&self, key: &ApiKey, chute: &ChuteId) -> Result<QuotaUsage, Failure> {
        match self.0.told(Some(key), What::Chute(chute.as_str().to_owned())).await? {
            Told::Chute(told) => Ok(told),
            _ => panic!("another answer"),
        }
    }

    async fn fetch_account(&self, key: &ApiKey) -> Result<Account, Failure> {
        match self.0.told(Some(key), What::Account).await? {
            Told::Account(told) => Ok(told),
            _ => panic!("another answer"),
        }
    }

    async fn fetch_usage(&self, key: &ApiKey, query: UsageQuery) -> Result<UsagePage, Failure> {
        match self.0.told(Some(key), What::Usage(query.since, query.page)).await? {
            Told::Usage(told) => Ok(told),
            _ => panic!("another answer"),
        }
    }

    async fn fetch_chute_names(&self) -> Result<HashMap<ChuteId, String>, Failure> {
        match self.0.told(None, What::Names).await? {
            Told::Names(told) => Ok(told),
            _ => panic!("another answer"),
        }
    }
}

/// What a rig starts with.
pub(crate) struct Plan {
    pub(crate) count: usize,
    pub(crate) interval: Duration,
    pub(crate) per_minute: Option<u32>,
    pub(crate) latency: Duration,
    pub(crate) wall: &'static str,
    pub(crate) capacity: usize,
    pub(crate) whole_account: bool,
    /// So many keys, one after another, are of one account; 0: the keys do not say whose they are.
    pub(crate) keys_an_account: usize,
    pub(crate) keeper: Option<Keeper>,
    pub(crate) after: Option<After>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            count: 1,
            interval: INTERVAL,
            per_minute: None,
            latency: Duration::from_millis(50),
            wall: "2026-11-23T08:00:00Z",
            capacity: 64,
            whole_account: false,
            keys_an_account: 0,
            keeper: None,
            after: None,
        }
    }
}

impl Plan {
    pub(crate) fn of(count: usize) -> Self {
        Self { count, ..Self::default() }
    }

    pub(crate) fn setup(&self) -> Setup {
        let key = |index: usize| match self.keys_an_account {
            0 => index.to_string(),
            keys => format!("cpk_{index:032}.{:032}.{}", index / keys, "A".repeat(32)),
        };
        let credential =
            |index: usize| Credential::new(CredentialId::new(index), vec![index.to_string()], ApiKey::new(key(index)));
        Setup {
            credentials: (0..self.count).map(credential).collect(),
            interval: self.interval,
            requests_per_minute: self.per_minute,
            seed: 42,
            whole_account: self.whole_account,
            keeper: self.keeper.clone(),
            after: self.after,
        }
    }

    /// A server that answers `answer(request, how often that credential was asked before)`.
    pub(crate) fn server(&self, answer: impl Fn(Request, usize) -> Answer + Send + Sync + 'static) -> Arc<Server> {
        self.telling_server(answer, plain)
    }

    /// One that answers optional requests as `tell` does, too.
    pub(crate) fn telling_server(
        &self,
        answer: impl Fn(Request, usize) -> Answer + Send + Sync + 'static,
        tell: impl Fn(&Asked) -> Telling + Send + Sync + 'static,
    ) -> Arc<Server> {
        let clock = WallClock { start: Instant::now(), wall: Mutex::new(self.wall.parse().unwrap()) };
        Arc::new(Server {
            start: Instant::now(),
            clock: Arc::new(clock),
            latency: self.latency,
            answer: Box::new(answer),
            tell: Box::new(tell),
            log: Mutex::default(),
            counts: Mutex::default(),
            asked: Mutex::default(),
            flying: AtomicUsize::new(0),
            most_flying: AtomicUsize::new(0),
        })
    }

    pub(crate) fn start(self, answer: impl Fn(Request, usize) -> Answer + Send + Sync + 'static) -> Rig {
        self.start_telling(answer, plain)
    }

    pub(crate) fn start_telling(
        self,
        answer: impl Fn(Request, usize) -> Answer + Send + Sync + 'static,
        tell: impl Fn(&Asked) -> Telling + Send + Sync + 'static,
    ) -> Rig {
        self.start_with(&self.telling_server(answer, tell), 42)
    }

    /// A worker that asks `server`, which others may ask too; its chance starts at `seed`.
    pub(crate) fn start_with(&self, server: &Arc<Server>, seed: u64) -> Rig {
        let (server, setup) = (Arc::clone(server), Setup { seed, ..self.setup() });
        let (commands, orders) = mpsc::channel(64);
        let (reports, updates) = mpsc::channel(self.capacity);
        let usage = UsageManager::new(setup.credentials.iter().map(|credential| credential.identity.clone()));
        let task = tokio::spawn(run(setup, Source(server.clone()), server.clock.clone(), orders, reports));
        Rig { start: Instant::now(), clock: server.clock.clone(), server, commands, updates, task, usage, seen: vec![] }
    }
}

/// A running worker, and what it has reported.
pub(crate) struct Rig {
    pub(crate) start: Instant,
    pub(crate) clock: Arc<WallClock>,
    pub(crate) server: Arc<Server>,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) updates: mpsc::Receiver<Update>,
    pub(crate) task: JoinHandle<()>,
    pub(crate) usage: UsageManager,
    pub(crate) seen: Vec<(Duration, Update)>,
}

impl Rig {
    /// Lets the time run to `until` after the start, reading every report.
    pub(crate) async fn run_until(&mut self, until: Duration) {
        let end = self.start + until;
        loop {
            tokio::select! {
                biased;
                update = self.updates.recv() => match update {
                    Some(update) => self.take(update),
                    None => return,
                },
                () = sleep_until(end) => return,
            }
        }
    }

    /// Reads reports until one is like this; panics when none comes for a minute of the rig's time.
    pub(crate) async fn run_until_seen(&mut self, is_it: impl Fn(&Update) -> bool) {
        let read = async {
            loop {
                let update = self.updates.recv().await.unwrap();
                let is_last = is_it(&update);
                self.take(update);
                if is_last {
                    return;
                }
            }
        };
        tokio::time::timeout(MINUTE, read).await.unwrap();
    }

    pub(crate) fn take(&mut self, update: Update) {
        self.usage.apply(update.clone());
        self.seen.push((self.start.elapsed(), update));
    }

    pub(crate) async fn tell(&self, command: Command) {
        self.commands.send(command).await.unwrap();
    }

    /// When it says that `who` is asked next, since the start.
    pub(crate) fn promised(&self, who: usize) -> Option<Duration> {
        let next = self.usage.get(CredentialId::new(who)).unwrap().next_refresh()?;
        Some((next - self.clock.now()).to_std().unwrap_or_default() + self.start.elapsed())
    }

    /// How often each kind of update was seen.
    pub(crate) fn counts(&self) -> HashMap<&'static str, usize> {
        let mut counts = HashMap::new();
        for (_, update) in &self.seen {
            let kind = match update {
                Update::Asking(_) => "asking",
                Update::LetGo { .. } => "let go",
                Update::Answered { .. } => "answered",
                Update::Scheduled(_) => "scheduled",
                Update::HostPaused(_) => "paused",
                Update::Part { .. } => "part",
                Update::Names(_) => "names",
                Update::Remembered(_) => "remembered",
                Update::Notice(_) => "notice",
                Update::Stretched(_) => "stretched",
            };
            *counts.entry(kind).or_default() += 1;
        }
        counts
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of the answers")]
pub(crate) fn good(_: Request, _: usize) -> Answer {
    Ok(QuotaUsage::new(Quota::Finite(300), Some(12.0)))
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of the answers")]
pub(crate) fn used_up(_: Request, _: usize) -> Answer {
    Ok(QuotaUsage::new(Quota::Finite(300), Some(300.0)))
}

pub(crate) fn refusal(status: u16) -> Answer {
    Err(Failure::new(FailureKind::from_status(status), "no").with_status(status))
}

pub(crate) fn too_many(retry_after: Option<Duration>) -> Answer {
    refusal(429).map_err(|failure| Failure { retry_after, ..failure })
}

/// `actual` is `expected`, or up to `slack` later.
#[track_caller]
pub(crate) fn assert_soon(actual: Duration, expected: Duration, slack: Duration) {
    assert!(actual >= expected && actual <= expected + slack, "{actual:?} is not {expected:?} (+ {slack:?})");
}
