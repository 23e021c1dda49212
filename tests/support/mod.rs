//! A dashboard under test: the real event loop, app, worker and screen, with scripted keys, a clock that
//! follows tokio's paused time, a source of answers that is no server, and a screen that can be read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: to fail is their job"
)]
#![allow(dead_code, unreachable_pub, reason = "shared by tests, each of which is a crate and uses a part")]

pub mod keys;
pub mod screen;
pub mod source;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeZone, Utc};
use chutes_top::app::{App, Setup};
use chutes_top::clock::Clock;
use chutes_top::credentials::Found;
use chutes_top::domain::credential::{ApiKey, Credential, CredentialId, Identity};
use chutes_top::domain::text::Zone;
use chutes_top::domain::typed::Typed;
use chutes_top::palette::Depth;
use chutes_top::runtime::Exit;
use chutes_top::runtime::attention::{Attention, Run};
use chutes_top::runtime::event_loop::EventLoop;
use chutes_top::runtime::exchange::Exchanged;
use chutes_top::runtime::first_key::Taken;
use chutes_top::runtime::host::{Host, News};
use chutes_top::runtime::input::Input;
use chutes_top::runtime::link::Link;
use chutes_top::runtime::pace::Pace;
use chutes_top::runtime::signals::Signal;
use chutes_top::ui::theme::Looks;
use chutes_top::worker;
use crossterm::event::{KeyModifiers, MouseEvent, MouseEventKind};
use futures_util::stream;
use ratatui::Terminal;
use tokio::sync::mpsc;
use tokio::time::Instant;

use screen::Screen;
use source::FakeSource;

/// How often the dashboards under test poll.
pub const INTERVAL: Duration = Duration::from_mins(5);

/// Long enough for everything that is under way to be drawn; nobody waits for it, time is paused.
const SETTLED: Duration = Duration::from_millis(100);

/// A clock that starts at a given time and goes as fast as tokio's.
#[derive(Debug)]
pub struct PausedClock {
    start: DateTime<Utc>,
    began: Instant,
}

impl PausedClock {
    /// A clock that shows 2026-11-23 18:47:08 UTC now: the next reset is 5 h 12 m away.
    pub fn new() -> Self {
        Self { start: Utc.with_ymd_and_hms(2026, 11, 23, 18, 47, 8).unwrap(), began: Instant::now() }
    }
}

impl Clock for PausedClock {
    fn now(&self) -> DateTime<Utc> {
        self.start + self.began.elapsed()
    }
}

/// What the event loop asked of the world around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Suspend,
    Stop,
    Resume,
    Copy,
    Demo,
    TryKey,
    LetKeyGo,
    Send(String),
    Run(Run),
    Notify(String),
}

/// The one key that a world takes.
pub const GOOD_KEY: &str = "cpk_good.key.to_be_taken";

/// A world that only notes what it is asked. It takes a second to test a key.
#[derive(Clone, Debug, Default)]
pub struct FakeHost(pub Arc<Mutex<Vec<Asked>>>, pub Arc<Mutex<Option<Typed>>>);

impl FakeHost {
    fn note(&self, asked: Asked) {
        self.0.lock().unwrap().push(asked);
    }
}

impl Host for FakeHost {
    fn suspend(&mut self) -> io::Result<()> {
        self.note(Asked::Suspend);
        Ok(())
    }

    fn stop(&mut self) -> io::Result<()> {
        self.note(Asked::Stop);
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        self.note(Asked::Resume);
        Ok(())
    }

    fn copy(&mut self, _text: &str) -> io::Result<()> {
        self.note(Asked::Copy);
        Ok(())
    }

    fn send(&mut self, sequence: &str) -> io::Result<()> {
        self.note(Asked::Send(sequence.to_owned()));
        Ok(())
    }

    fn run(&mut self, run: Run) {
        self.note(Asked::Run(run));
    }

    fn notify(&mut self, note: String) {
        self.note(Asked::Notify(note));
    }

    async fn start_demo(&mut self, interval: Duration) -> Result<(Vec<Identity>, Link), String> {
        self.note(Asked::Demo);
        Ok(worker_of("simulated", interval))
    }

    fn exchange(
        &mut self,
        _found: Found,
        _old: &mut Option<Link>,
        _interval: Duration,
        _paused_until: Option<DateTime<Utc>>,
        _notices: &mut Vec<String>,
    ) -> Option<Exchanged> {
        None
    }

    fn try_key(&mut self, typed: Typed, _interval: Duration) {
        self.note(Asked::TryKey);
        *self.1.lock().unwrap() = Some(typed);
    }

    fn let_key_go(&mut self) {
        self.note(Asked::LetKeyGo);
        *self.1.lock().unwrap() = None;
    }

    async fn news(&mut self) -> News {
        if self.1.lock().unwrap().is_none() {
            return std::future::pending().await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let typed = self.1.lock().unwrap().take().unwrap();
        if typed.expose() != GOOD_KEY {
            let refused = "the server refuses it: unknown, revoked or restricted key (401)";
            return News::KeyTried(Err(refused.to_owned()));
        }
        let (_, link) = worker_of("default", INTERVAL);
        let notice = "default: kept in the keyring".to_owned();
        News::KeyTried(Ok(Taken { credentials: credentials(&["default"]), link, notice }))
    }
}

/// A worker that asks for one credential.
fn worker_of(label: &str, interval: Duration) -> (Vec<Identity>, Link) {
    let credentials = credentials(&[label]);
    let identities = identities(&credentials);
    let setup = worker::Setup {
        credentials,
        interval,
        requests_per_minute: None,
        seed: 1,
        whole_account: false,
        keeper: None,
        after: None,
    };
    (identities, Link::to(setup, FakeSource::new(), Arc::new(PausedClock::new())))
}

/// The dashboard from outside: what its user and its system do to it, and see of it.
pub struct Pane {
    keys: mpsc::UnboundedSender<Input>,
    signals: mpsc::UnboundedSender<Signal>,
    /// What is on the screen.
    pub screen: Screen,
    /// What was asked of the world.
    pub host: FakeHost,
    /// Who answers.
    pub source: FakeSource,
}

impl Pane {
    /// Types keys (`j<enter>`, see [`keys::parse`]), one after the other, and waits until they are drawn.
    pub async fn press(&self, keys: &str) {
        for key in keys::parse(keys) {
            self.keys.send(Input::Key(key)).ok().unwrap();
            tokio::task::yield_now().await;
        }
        self.settle().await;
    }

    /// Pastes text, and waits until it is drawn.
    pub async fn paste(&self, text: &str) {
        self.keys.send(Input::Paste(Typed::new(text.to_owned()))).ok().unwrap();
        self.settle().await;
    }

    /// Uses the mouse in this column and row, and waits until that is drawn.
    pub async fn mouse(&self, kind: MouseEventKind, column: u16, row: u16) {
        let modifiers = KeyModifiers::NONE;
        self.keys.send(Input::Mouse(MouseEvent { kind, column, row, modifiers })).unwrap();
        self.settle().await;
    }

    /// Types keys and lets the dashboard run, but no time pass.
    pub async fn press_now(&self, keys: &str) {
        for key in keys::parse(keys) {
            self.keys.send(Input::Key(key)).ok().unwrap();
        }
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    /// Types keys faster than anything is drawn.
    pub async fn press_at_once(&self, keys: &str) {
        for key in keys::parse(keys) {
            self.keys.send(Input::Key(key)).ok().unwrap();
        }
        self.settle().await;
    }

    /// Sends a signal and waits until it is dealt with.
    pub async fn signal(&self, signal: Signal) {
        self.signals.send(signal).unwrap();
        self.settle().await;
    }

    /// Gives the terminal another size.
    pub async fn resize(&self, columns: u16, rows: u16) {
        self.screen.resize(columns, rows);
        self.signal(Signal::Resized).await;
    }

    /// Waits until all that is under way is drawn.
    pub async fn settle(&self) {
        tokio::time::sleep(SETTLED).await;
    }
}

/// Credentials with these labels, and made-up keys.
pub fn credentials(labels: &[&str]) -> Vec<Credential> {
    labels
        .iter()
        .enumerate()
        .map(|(index, label)| {
            let key = ApiKey::new(format!("cpk_{index:032x}.{index:032x}.MadeUpMadeUpMadeUp"));
            Credential::new(CredentialId::new(index), vec![(*label).to_owned()], key)
        })
        .collect()
}

fn identities(credentials: &[Credential]) -> Vec<Identity> {
    credentials.iter().map(|credential| credential.identity.clone()).collect()
}

/// Runs a dashboard of `labels` on a screen of that size, with `source` answering, while `script` plays
/// its user; says how it ended. A dashboard that is still running after the script is left with `q`.
pub async fn play(size: (u16, u16), labels: &[&str], source: FakeSource, script: impl AsyncFnOnce(&Pane)) -> Exit {
    play_for(Attention::default(), size, labels, source, script).await
}

/// The same for a user who looks elsewhere, and is told so.
pub async fn play_for(
    attention: Attention,
    size: (u16, u16),
    labels: &[&str],
    source: FakeSource,
    script: impl AsyncFnOnce(&Pane),
) -> Exit {
    play_dressed(|app| app, attention, size, labels, source, script).await
}

/// The same with an app that was told how to look.
pub async fn play_dressed(
    dress: impl FnOnce(App) -> App,
    attention: Attention,
    (columns, rows): (u16, u16),
    labels: &[&str],
    source: FakeSource,
    script: impl AsyncFnOnce(&Pane),
) -> Exit {
    let clock: Arc<dyn Clock> = Arc::new(PausedClock::new());
    let credentials = credentials(labels);
    let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
    let setup = Setup {
        identities: identities(&credentials),
        interval: INTERVAL,
        zone,
        notices: Vec::new(),
        demo: false,
        masked: false,
        key_file: Some("~/.config/chutes-top/env".to_owned()),
    };
    let worker = worker::Setup {
        credentials,
        interval: INTERVAL,
        requests_per_minute: None,
        seed: 1,
        whole_account: false,
        keeper: None,
        after: None,
    };
    let link = (!labels.is_empty()).then(|| Link::to(worker, source.clone(), clock.clone()));
    let (keys, typed) = mpsc::unbounded_channel();
    let (signals, raised) = mpsc::unbounded_channel();
    let pane = Pane { keys, signals, screen: Screen::new(columns, rows), host: FakeHost::default(), source };
    let mut event_loop = EventLoop {
        terminal: Terminal::new(pane.screen.clone()).unwrap(),
        input: Box::pin(receive(typed)),
        signals: Box::pin(receive(raised)),
        host: pane.host.clone(),
        app: dress(App::new(setup)),
        looks: Looks { depth: Depth::True, ascii: false },
        clock,
        link,
        reloads: None,
        attention,
        pace: Pace::new(),
    };
    let user = async {
        script(&pane).await;
        // The script may have left already; then nobody listens.
        let _ = pane.keys.send(Input::Key(keys::parse("<C-c>").remove(0)));
    };
    let (exit, ()) = tokio::join!(event_loop.run(), user);
    exit
}

fn receive<T>(receiver: mpsc::UnboundedReceiver<T>) -> impl stream::Stream<Item = T> {
    stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)))
}
