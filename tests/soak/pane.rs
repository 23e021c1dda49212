//! The pane: the app, the link to the worker and the screen, and what is known of them from outside.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, Utc};
use chutes_top::app::{App, Effect, Message, Setup};
use chutes_top::clock::Clock;
use chutes_top::domain::credential::Identity;
use chutes_top::domain::text::Zone;
use chutes_top::domain::usage::Update;
use chutes_top::runtime::link::{Link, Report};
use chutes_top::ui;
use chutes_top::ui::theme::Theme;
use chutes_top::worker::{self, Command, REQUESTS_PER_MINUTE};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::{Instant, sleep_until};

use std::sync::Arc;

use crate::accounts;
use crate::world::World;

/// A running dashboard.
pub(crate) struct Pane {
    pub(crate) world: World,
    pub(crate) app: App,
    link: Link,
    terminal: Terminal<TestBackend>,
    /// What the last good answer of each credential said of how long it serves.
    pub(crate) intervals: Vec<Duration>,
    /// Since when each is being asked.
    pub(crate) asking: Vec<Option<Instant>>,
    /// The last good answer of each: when it was in, by the clock on the wall and by tokio's.
    learned: Vec<Option<(DateTime<Utc>, Instant)>>,
    /// How many answers there were, good and bad.
    pub(crate) answers: (usize, usize),
}

impl Pane {
    pub(crate) fn open(world: &World, credentials: usize, interval: Duration) -> Self {
        let credentials = accounts::credentials(credentials);
        let identities: Vec<Identity> = credentials.iter().map(|credential| credential.identity.clone()).collect();
        let count = identities.len();
        let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
        let setup =
            Setup { identities, interval, zone, notices: Vec::new(), demo: false, masked: false, key_file: None };
        let worker = worker::Setup {
            credentials,
            interval,
            requests_per_minute: Some(REQUESTS_PER_MINUTE),
            seed: 7,
            whole_account: true,
            keeper: None,
            after: None,
        };
        let mut pane = Self {
            app: App::new(setup),
            link: Link::to(worker, world.clone(), Arc::new(world.clone())),
            terminal: Terminal::new(TestBackend::new(120, 40)).unwrap(),
            intervals: vec![Duration::MAX; count],
            asking: vec![None; count],
            learned: vec![None; count],
            answers: (0, 0),
            world: world.clone(),
        };
        pane.resize(120, 40);
        pane
    }

    /// Lets the time run, taking in every report.
    pub(crate) async fn run_for(&mut self, duration: Duration) {
        let end = Instant::now() + duration;
        loop {
            tokio::select! {
                biased;
                report = self.link.next() => self.take(report),
                () = sleep_until(end) => return,
            }
        }
    }

    fn take(&mut self, report: Report) {
        match report {
            Report::Update(update) => {
                self.note(&update);
                self.step(Message::Update(update));
            }
            Report::Ended(ended) => panic!("the worker ended: {ended:?}"),
            Report::Past(_) | Report::Notice(_) => panic!("there is no history"),
        }
    }

    fn note(&mut self, update: &Update) {
        match update {
            Update::Asking(id) => self.asking[id.index()] = Some(Instant::now()),
            Update::LetGo { id, .. } => self.asking[id.index()] = None,
            Update::Answered { id, result, interval, .. } => {
                self.asking[id.index()] = None;
                if let Ok(snapshot) = result {
                    self.learned[id.index()] = Some((snapshot.fetched_at, Instant::now()));
                    self.intervals[id.index()] = *interval;
                    self.answers.0 += 1;
                } else {
                    self.answers.1 += 1;
                }
            }
            _ => {}
        }
    }

    /// Whether no clock has jumped since an answer that was in at `fetched_at`, of whichever credential.
    pub(crate) fn is_steady_since(&self, fetched_at: DateTime<Utc>) -> bool {
        let learned = self.learned.iter().flatten().find(|(at, _)| *at == fetched_at);
        let jumped = self.world.state().jumped;
        learned.is_some_and(|(_, at)| jumped.is_none_or(|jumped| *at > jumped + Duration::from_secs(1)))
    }

    /// One step of the app, and what it asks for.
    pub(crate) fn step(&mut self, message: Message) {
        let effect = self.app.update(message, self.world.now());
        let command = match effect {
            Effect::Refresh(id) => Command::Refresh(id),
            Effect::RefreshAll => Command::RefreshAll,
            Effect::SetInterval(interval) => Command::SetInterval(interval),
            Effect::SetPaused(paused) => {
                self.world.state().paused = paused.then(Instant::now);
                if paused { Command::Pause } else { Command::Resume }
            }
            Effect::None | Effect::Copy(_) | Effect::Redraw | Effect::ShowPast(_) => return,
            Effect::Quit | Effect::Suspend | Effect::StartDemo | Effect::TryKey(_) | Effect::LetKeyGo => {
                panic!("nobody asked for {effect:?}")
            }
        };
        self.link.tell(command);
    }

    pub(crate) fn press(&mut self, code: KeyCode) {
        self.step(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.terminal.backend_mut().resize(columns, rows);
        self.step(Message::Resized(columns, rows));
    }

    /// Draws the screen and gives its lines.
    pub(crate) fn draw(&mut self) -> Vec<String> {
        let now = self.world.now();
        let Self { terminal, app, .. } = self;
        terminal.draw(|frame| ui::draw(frame, app, &Theme::default(), now)).unwrap();
        let buffer = terminal.backend().buffer();
        let rows = buffer.content.chunks(usize::from(buffer.area.width.max(1)));
        rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect()).collect()
    }
}
