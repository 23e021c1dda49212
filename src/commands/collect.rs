//! What the commands that watch share: a worker that asks on and on, its history, and the signals that end it.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use self::system::Signals;
pub(super) use self::system::reader_is_gone;
#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;
use crate::api::{Client, Limits};
use crate::clock::Clock;
use crate::commands::Outcome;
use crate::config::Settings;
use crate::demo::{self, Demo};
use crate::domain::api_base::ApiBase;
use crate::domain::credential::Credential;
use crate::domain::usage::{Update, UsageManager};
use crate::history::Location;
use crate::worker::{self, Command, Keeper, Setup};

/// How many updates may wait.
const WAITING: usize = 64;
/// How long the last writes to disk may take.
const LAST_WRITES: Duration = Duration::from_millis(500);

/// Whom to ask, and about whom.
pub(super) struct Source {
    pub(super) base: ApiBase,
    pub(super) credentials: Vec<Credential>,
    /// The simulated server, where it is the one to ask.
    _demo: Option<Demo>,
}

impl Source {
    /// The server of the settings, or the simulated one of the demo, which has credentials of its own. The error is
    /// a line for the user.
    pub(super) async fn of(
        settings: &Settings,
        credentials: Vec<Credential>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, String> {
        if !settings.demo {
            return Ok(Self { base: settings.api_base.clone(), credentials, _demo: None });
        }
        let demo = demo::start(Arc::clone(clock)).await.map_err(|error| format!("the demo cannot start: {error}"))?;
        let mut credentials = demo.credentials.clone();
        for Credential { identity, .. } in &mut credentials {
            identity.thresholds = settings.rules.of(&identity.labels);
        }
        Ok(Self { base: ApiBase::parse(&demo.base_url)?, credentials, _demo: Some(demo) })
    }
}

/// What a collector has to say.
pub(super) enum News {
    /// News of a credential.
    Update(Update),
    /// Something that the user should know.
    Notice(String),
    /// It is time to end, in this way.
    Over(Outcome),
}

impl News {
    fn of(update: Update) -> Self {
        match update {
            Update::Notice(notice) => Self::Notice(notice),
            update => Self::Update(update),
        }
    }
}

/// A worker that asks until it is dropped.
pub(super) struct Collector {
    updates: mpsc::Receiver<Update>,
    notices: mpsc::Receiver<String>,
    signals: Signals,
    worker: JoinHandle<()>,
    keeper: Keeper,
    /// The worker ends when its commands do.
    _commands: mpsc::Sender<Command>,
    _source: Source,
}

impl Collector {
    /// Starts to ask, and returns the usage to keep up to date with it. The error is a line for the user.
    pub(super) async fn start(
        settings: &Settings,
        credentials: Vec<Credential>,
        clock: &Arc<dyn Clock>,
    ) -> Result<(Self, UsageManager), String> {
        let signals = Signals::listen().map_err(|error| format!("the signals cannot be listened to: {error}"))?;
        let source = Source::of(settings, credentials, clock).await?;
        let location = settings.history.clone().map_or(Location::Memory, Location::File);
        let (keeper, notices) = Keeper::open(location, &source.base, &**clock);
        let (interval, budget) = (settings.interval, settings.requests_per_minute);
        let setup = Setup::to_run(source.credentials.clone(), interval, budget, keeper.clone(), &**clock);
        let limits = Limits::for_requests_every(setup.gap());
        let client = Client::with_limits(&source.base, Arc::clone(clock), limits).map_err(|error| error.to_string())?;
        let usage = UsageManager::new(source.credentials.iter().map(|credential| credential.identity.clone()));
        let (commands, told) = mpsc::channel(1);
        let (report, updates) = mpsc::channel(WAITING);
        let worker = tokio::spawn(worker::run(setup, client, Arc::clone(clock), told, report));
        Ok((Self { updates, notices, signals, worker, keeper, _commands: commands, _source: source }, usage))
    }

    /// Waits for the next update. A panic of the worker is resumed here.
    pub(super) async fn next(&mut self) -> News {
        tokio::select! {
            biased;
            outcome = self.signals.next() => News::Over(outcome),
            Some(update) = self.updates.recv() => News::of(update),
            Some(notice) = self.notices.recv() => News::Notice(notice),
            ended = &mut self.worker => match ended {
                Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
                _ => News::Over(Outcome::Failed),
            },
        }
    }

    /// What more has been said already.
    pub(super) fn try_next(&mut self) -> Option<News> {
        self.updates.try_recv().ok().map(News::of)
    }

    /// Stops asking, and waits a moment until all that was learned is written.
    pub(super) async fn end(self) {
        self.worker.abort();
        let _given_up = timeout(LAST_WRITES, self.keeper.history.flush()).await;
    }
}
