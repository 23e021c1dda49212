//! What the event loop needs from outside: the shell, the clipboard, the simulated server.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::credentials::Found;
use crate::demo::{self, Demo};
use crate::domain::api_base::ApiBase;
use crate::domain::credential::{Credential, Identity};
use crate::domain::typed::Typed;
use crate::domain::usage::part::PartAnswer;
use crate::history::Location;
use crate::runtime::attention::Run;
use crate::runtime::desktop::Desktop;
use crate::runtime::exchange::{Exchange, Exchanged};
use crate::runtime::first_key::{FirstKey, Taken};
use crate::runtime::link::Link;
use crate::runtime::runner::Runner;
use crate::runtime::teller::Teller;
use crate::runtime::{client, signals, terminal};
use crate::worker::{Keeper, Setup};

/// The world around the event loop; a fake in tests.
pub trait Host {
    /// The user wants to suspend: asks for the stop, which comes back as a signal.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    fn suspend(&mut self) -> io::Result<()>;

    /// Gives the terminal back and stops until continued, which comes back as a signal.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    fn stop(&mut self) -> io::Result<()>;

    /// Takes the terminal over again.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    fn resume(&mut self) -> io::Result<()>;

    /// Puts text on the clipboard.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// Writes an escape sequence to the terminal.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    fn send(&mut self, sequence: &str) -> io::Result<()>;

    /// Runs a program, without waiting for it.
    fn run(&mut self, run: Run);

    /// Has the desktop show a line, without waiting for it.
    fn notify(&mut self, note: String);

    /// Starts the simulated server, and a worker that asks it this often.
    ///
    /// The error is a line for the user.
    fn start_demo(&mut self, interval: Duration) -> impl Future<Output = Result<(Vec<Identity>, Link), String>>;

    /// Replaces the worker `old` by one that asks for the credentials that were found, every `interval`, once the
    /// host's pause is over. What the user should know goes to `notices`. `None`: nothing changes.
    fn exchange(
        &mut self,
        found: Found,
        old: &mut Option<Link>,
        interval: Duration,
        paused_until: Option<DateTime<Utc>>,
        notices: &mut Vec<String>,
    ) -> Option<Exchanged>;

    /// Starts to test a key, to store it, and to ask for it every `interval`: [`Host::news`] returns the result.
    fn try_key(&mut self, typed: Typed, interval: Duration);

    /// Gives that up.
    fn let_key_go(&mut self);

    /// Waits for the result of what was started; for ever if nothing was. Cancel-safe.
    fn news(&mut self) -> impl Future<Output = News>;
}

/// The result of what was started outside.
#[derive(Debug)]
pub enum News {
    /// A key was tried; the error is a line for the user.
    KeyTried(Result<Taken, String>),
    /// A line for the user.
    Notice(String),
}

/// This machine.
#[derive(Debug)]
pub struct Machine {
    clock: Arc<dyn Clock>,
    demo: Option<Demo>,
    demo_requests_per_minute: Option<u32>,
    exchange: Option<Exchange>,
    first_key: Option<FirstKey>,
    trial: Option<JoinHandle<Result<Taken, String>>>,
    runner: Runner,
    desktop: Desktop,
}

impl Machine {
    /// This machine, whose simulated server runs by `clock` and gets at most so many requests a minute.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, demo_requests_per_minute: Option<u32>) -> Self {
        Self {
            clock,
            demo: None,
            demo_requests_per_minute,
            exchange: None,
            first_key: None,
            trial: None,
            runner: Runner::default(),
            desktop: Desktop::default(),
        }
    }

    /// Sets what is asked for, so that it can be exchanged later.
    pub fn asks(&mut self, exchange: Exchange) {
        self.exchange = Some(exchange);
    }

    /// Sets what to do with a key that is typed on the first screen; without it none is accepted.
    pub fn on_first_key(&mut self, first_key: FirstKey) {
        self.first_key = Some(first_key);
    }
}

impl Host for Machine {
    fn suspend(&mut self) -> io::Result<()> {
        signals::stop_job()
    }

    fn stop(&mut self) -> io::Result<()> {
        if !signals::can_stop() {
            return Ok(());
        }
        terminal::leave()?;
        signals::stop_here()
    }

    fn resume(&mut self) -> io::Result<()> {
        terminal::enter()
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        terminal::copy(text)
    }

    fn send(&mut self, sequence: &str) -> io::Result<()> {
        terminal::send(sequence)
    }

    fn run(&mut self, run: Run) {
        self.runner.run(run);
    }

    fn notify(&mut self, note: String) {
        self.desktop.show(note);
    }

    async fn start_demo(&mut self, interval: Duration) -> Result<(Vec<Identity>, Link), String> {
        let demo = demo::start(self.clock.clone()).await.map_err(|error| format!("the demo cannot start: {error}"))?;
        let identities = demo.credentials.iter().map(|credential| credential.identity.clone()).collect();
        let base = ApiBase::parse(&demo.base_url)?;
        let (keeper, notices) = Keeper::open(Location::Memory, &base, &*self.clock);
        let teller = Teller::new(keeper.clone(), notices, &demo.credentials);
        let (credentials, budget) = (demo.credentials.clone(), self.demo_requests_per_minute);
        let setup = Setup::to_run(credentials.clone(), interval, budget, keeper.clone(), &*self.clock);
        let (make, clock) = (client(base, setup.gap(), self.clock.clone()), self.clock.clone());
        // It takes some milliseconds to compute, for which the first frame should not wait.
        let make = move || {
            keep_past(&keeper, &credentials, clock.now());
            make()
        };
        self.demo = Some(demo);
        Ok((identities, Link::to_made(setup, teller, make, self.clock.clone())))
    }

    fn exchange(
        &mut self,
        found: Found,
        old: &mut Option<Link>,
        interval: Duration,
        paused_until: Option<DateTime<Utc>>,
        notices: &mut Vec<String>,
    ) -> Option<Exchanged> {
        self.exchange.as_mut()?.to(found, old, interval, paused_until, &self.clock, notices)
    }

    fn try_key(&mut self, typed: Typed, interval: Duration) {
        self.let_key_go();
        let (first_key, clock) = (self.first_key.clone(), self.clock.clone());
        self.trial = Some(tokio::spawn(async move {
            match first_key {
                Some(first_key) => first_key.take(&typed, interval, clock).await,
                None => Err("there is no home directory to keep a key in".to_owned()),
            }
        }));
    }

    fn let_key_go(&mut self) {
        if let Some(trial) = self.trial.take() {
            trial.abort();
        }
    }

    async fn news(&mut self) -> News {
        let tried = tokio::select! {
            Some(tried) = async { Some(self.trial.as_mut()?.await) } => tried,
            notice = self.desktop.failed() => return News::Notice(notice),
        };
        self.trial = None;
        // The panic hook has reported it, and ends the program.
        let tried = tried.unwrap_or_else(|_| Err("the key could not be tested".to_owned()));
        let is_first = self.exchange.as_ref().is_none_or(Exchange::is_of_nobody);
        if let (Ok(taken), Some(first_key), true) = (&tried, &self.first_key, is_first) {
            self.exchange = Some(Exchange::new(first_key.server.clone(), taken.credentials.clone()));
        }
        News::KeyTried(tried)
    }
}

/// Puts into the history what a dashboard that was always open would have recorded.
fn keep_past(keeper: &Keeper, credentials: &[Credential], now: DateTime<Utc>) {
    for (id, plans) in demo::past_plans(now) {
        let Some(credential) = credentials.get(id.index()) else { continue };
        let answers: Vec<_> = plans.into_iter().map(|(plan, at)| (PartAnswer::Caps(Some(plan)), at)).collect();
        keeper.keep_past(&credential.key, &answers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::domain::usage::Update;
    use crate::domain::window::WindowKind;
    use crate::runtime::link::Report;

    /// How many of the demo's credentials were asked by the time that so many are answered.
    async fn asked(requests_per_minute: Option<u32>, answers: usize) -> usize {
        let mut machine = Machine::new(Arc::new(SystemClock), requests_per_minute);
        let (_, mut link) = machine.start_demo(Duration::from_mins(5)).await.unwrap();
        let (mut asked, mut answered) = (0, 0);
        while answered < answers {
            match link.next().await {
                Report::Update(Update::Asking(_)) => asked += 1,
                Report::Update(Update::Answered { .. }) => answered += 1,
                _ => {}
            }
        }
        asked
    }

    /// Before the first answer the past of the caps is known, for their charts and forecasts.
    #[tokio::test]
    async fn the_demo_has_a_past() {
        let mut machine = Machine::new(Arc::new(SystemClock), None);
        let (_, mut link) = machine.start_demo(Duration::from_mins(5)).await.unwrap();
        let remembered = loop {
            match link.next().await {
                Report::Update(Update::Remembered(remembered)) => break remembered,
                Report::Update(Update::Answered { .. }) => panic!("nothing was remembered"),
                _ => {}
            }
        };
        let of_month = remembered.samples.iter().find(|(kind, _)| *kind == WindowKind::Monthly);
        assert!(of_month.is_some_and(|(_, readings)| readings.len() > 20), "{of_month:?}");
    }

    /// With one request a minute a second answer is a minute away, however busy the machine is.
    #[tokio::test]
    async fn the_demo_has_the_budget_that_was_asked_for() {
        assert_eq!(asked(Some(1), 1).await, 1);
        let soon = Duration::from_secs(40);
        assert!(tokio::time::timeout(soon, asked(None, 3)).await.unwrap() >= 3);
    }
}
