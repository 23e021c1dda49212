//! A worker under paused time, with a server and a wall clock that are only pretended.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::api::QuotaSource;
use chutes_top::clock::Clock;
use chutes_top::domain::credential::{ApiKey, Credential, CredentialId};
use chutes_top::domain::failure::{Failure, FailureKind};
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::snapshot::Snapshot;
use chutes_top::domain::usage::{Update, UsageManager};
use chutes_top::worker::{Command, Setup, run};
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

/// The server. It answers what the test says, after its latency.
pub(crate) struct Server {
    start: Instant,
    clock: Arc<WallClock>,
    latency: Duration,
    answer: Box<dyn Fn(Request, usize) -> Answer + Send + Sync>,
    log: Mutex<Vec<Request>>,
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

    /// The most requests within any `span`, both ends included.
    pub(crate) fn busiest(&self, span: Duration) -> usize {
        let log = self.log();
        let from = |first: usize| log[first..].iter().take_while(|one| one.at - log[first].at <= span).count();
        (0..log.len()).map(from).max().unwrap_or(0)
    }
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
        let flying = server.flying.fetch_add(1, Ordering::Relaxed) + 1;
        let _flying = Flying(&server.flying);
        server.most_flying.fetch_max(flying, Ordering::Relaxed);
        let request = Request { at: server.start.elapsed(), who: key.expose().parse().unwrap() };
        let nth = server.times(request.who).len();
        server.log.lock().unwrap().push(request);
        let asked_at = server.clock.now();
        sleep(server.latency).await;
        let usage = (server.answer)(request, nth)?;
        Ok(Snapshot::new(usage, asked_at, server.clock.now()))
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
        }
    }
}

impl Plan {
    pub(crate) fn of(count: usize) -> Self {
        Self { count, ..Self::default() }
    }

    pub(crate) fn setup(&self) -> Setup {
        let credential = |index: usize| {
            Credential::new(CredentialId::new(index), vec![index.to_string()], ApiKey::new(index.to_string()))
        };
        Setup {
            credentials: (0..self.count).map(credential).collect(),
            interval: self.interval,
            requests_per_minute: self.per_minute,
            seed: 42,
            whole_account: false,
            keeper: None,
        }
    }

    /// A server that answers `answer(request, how often that credential was asked before)`.
    pub(crate) fn server(&self, answer: impl Fn(Request, usize) -> Answer + Send + Sync + 'static) -> Arc<Server> {
        let clock = WallClock { start: Instant::now(), wall: Mutex::new(self.wall.parse().unwrap()) };
        Arc::new(Server {
            start: Instant::now(),
            clock: Arc::new(clock),
            latency: self.latency,
            answer: Box::new(answer),
            log: Mutex::default(),
            flying: AtomicUsize::new(0),
            most_flying: AtomicUsize::new(0),
        })
    }

    pub(crate) fn start(self, answer: impl Fn(Request, usize) -> Answer + Send + Sync + 'static) -> Rig {
        let server = self.server(answer);
        let setup = self.setup();
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
