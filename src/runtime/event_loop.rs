//! The event loop: the one place that knows the keys, the worker and the screen.
//!
//! It is generic over the terminal's backend, the streams of inputs and signals, and the host, so that a test can drive
//! the whole program.

mod changes;

use std::ops::ControlFlow;
use std::sync::Arc;

use futures_util::{FutureExt, Stream, StreamExt};
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::time::Instant;

use crate::app::{App, Effect, Message};
use crate::clock::Clock;
use crate::domain::past::PastQuery;
use crate::runtime::attention::{Attention, Raised};
use crate::runtime::host::{Host, News};
use crate::runtime::input::Input;
use crate::runtime::link::{Link, Report};
use crate::runtime::pace::Pace;
use crate::runtime::reload::{Reloaded, Reloads};
use crate::runtime::signals::Signal;
use crate::runtime::{Exit, panics};
use crate::ui::{self, theme::Looks};
use crate::worker::Command;

/// How many inputs, or updates, are taken in before the next frame.
const AT_ONCE: usize = 512;

/// Whether to go on, or how the program ends.
type Flow = ControlFlow<Exit>;

/// Everything that the event loop brings together.
#[derive(Debug)]
pub struct EventLoop<B: Backend, I, S, H> {
    /// Where it is drawn.
    pub terminal: Terminal<B>,
    /// Keys, pasted text and the mouse.
    pub input: I,
    /// What the system wants.
    pub signals: S,
    /// The world outside.
    pub host: H,
    /// The state of the dashboard.
    pub app: App,
    /// What the terminal can show of its theme.
    pub looks: Looks,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The worker, when there is anything to ask.
    pub link: Option<Link>,
    /// The configuration, when it is watched.
    pub reloads: Option<Reloads>,
    /// Alerts and the title.
    pub attention: Attention,
    /// When to draw.
    pub pace: Pace,
}

/// What ends a wait.
enum Event {
    Panicked,
    Signal(Signal),
    Input(Input),
    Worker(Report),
    Reloaded(Result<Reloaded, String>),
    News(News),
    Due,
}

impl<B, I, S, H> EventLoop<B, I, S, H>
where
    B: Backend,
    I: Stream<Item = Input> + Unpin,
    S: Stream<Item = Signal> + Unpin,
    H: Host,
{
    /// Runs until the end of the program, and says which end.
    pub async fn run(&mut self) -> Exit {
        let mut flow = self.measure().await;
        loop {
            if let ControlFlow::Break(exit) = flow {
                return exit;
            }
            if let ControlFlow::Break(exit) = self.draw_when_due() {
                return exit;
            }
            flow = match self.wait().await {
                Event::Panicked => Flow::Break(Exit::Panicked),
                Event::Signal(signal) => self.on_signal(signal).await,
                Event::Input(input) => self.on_inputs(input).await,
                Event::Worker(report) => self.on_report(report).await,
                Event::Reloaded(reloaded) => self.on_reloaded(reloaded).await,
                Event::News(News::KeyTried(tried)) => self.on_key_tried(tried).await,
                Event::News(News::Notice(notice)) => self.on_notice(notice).await,
                // What is low by the time to its end is so without an answer.
                Event::Due => self.raise_alerts(),
            };
        }
    }

    /// Waits until anything happens. The user comes before the worker.
    async fn wait(&mut self) -> Event {
        let wake_at = self.pace.wake_at(Instant::now(), self.clock.now());
        // What is not there is `None` at once, which `select!` does not wait for.
        let worker = async { Some(self.link.as_mut()?.next().await) };
        let reloads = async { Some(self.reloads.as_mut()?.next().await) };
        let due = async {
            self.clock.sleep_until(wake_at?).await;
            Some(())
        };
        tokio::select! {
            biased;
            () = panics::panicked() => Event::Panicked,
            Some(signal) = self.signals.next() => Event::Signal(signal),
            // The stream ends when the reader has panicked, or the script of a test is over.
            input = self.input.next() => Event::Input(input.unwrap_or(Input::Closed)),
            Some(report) = worker => Event::Worker(report),
            Some(reloaded) = reloads => Event::Reloaded(reloaded),
            news = self.host.news() => Event::News(news),
            Some(()) = due => Event::Due,
        }
    }

    fn draw_when_due(&mut self) -> Flow {
        let (at, now) = (Instant::now(), self.clock.now());
        if !self.pace.is_due(at, now) {
            return Flow::Continue(());
        }
        if self.pace.has_drawn() {
            panics::if_asked("ui", None);
        }
        let Self { terminal, app, looks, .. } = self;
        let theme = looks.theme(app.palette());
        let mut end = 0;
        let Ok(_) = terminal.draw(|frame| end = ui::draw_to_scroll(frame, app, &theme, now)) else {
            return Flow::Break(Exit::HungUp);
        };
        let _nothing_to_do = app.update(Message::ScrollEnd(end), now);
        self.pace.drawn(at, now, self.app.next_change(now));
        match self.attention.retitle(&self.app, now) {
            Some(title) => or_hung_up(&self.host.send(&title)),
            None => Flow::Continue(()),
        }
    }

    /// Takes in everything typed or pasted so far, so that a held key cannot outrun the screen.
    async fn on_inputs(&mut self, first: Input) -> Flow {
        let mut next = Some(first);
        for _ in 0..AT_ONCE {
            let Some(input) = next else { break };
            let message = match input {
                Input::Key(key) => Message::Key(key),
                Input::Mouse(event) => Message::Mouse(event),
                Input::Paste(text) => Message::Paste(text),
                Input::Resized(columns, rows) => Message::Resized(columns, rows),
                Input::Closed => return Flow::Break(Exit::HungUp),
            };
            self.pace.at_once();
            self.step(message).await?;
            next = self.input.next().now_or_never().flatten();
        }
        Flow::Continue(())
    }

    /// Takes in all that the worker has said so far.
    async fn on_report(&mut self, first: Report) -> Flow {
        self.pace.soon();
        let mut next = match first {
            Report::Update(update) => Some(update),
            Report::Past(past) => return self.step(Message::Past(past)).await,
            Report::Notice(notice) => return self.on_notice(notice).await,
            Report::Ended(Err(error)) if error.is_panic() => return Flow::Break(Exit::Panicked),
            Report::Ended(_) => {
                self.link = None;
                return self.step(Message::Notice("nothing is refreshed any more: the worker ended".to_owned())).await;
            }
        };
        for _ in 0..AT_ONCE {
            let Some(update) = next else { break };
            self.step(Message::Update(update)).await?;
            next = self.link.as_mut().and_then(Link::try_next);
        }
        self.raise_alerts()
    }

    fn raise_alerts(&mut self) -> Flow {
        let Raised { sequences, notes, runs } = self.attention.raise(&self.app, self.clock.now());
        for run in runs {
            self.host.run(run);
        }
        for note in notes {
            self.host.notify(note);
        }
        if sequences.is_empty() { Flow::Continue(()) } else { or_hung_up(&self.host.send(&sequences)) }
    }

    async fn on_signal(&mut self, signal: Signal) -> Flow {
        match signal {
            Signal::Interrupt => Flow::Break(Exit::Interrupted),
            Signal::Terminate => Flow::Break(Exit::Terminated),
            Signal::HangUp => Flow::Break(Exit::HungUp),
            Signal::Resized => self.measure().await,
            Signal::Stop => or_hung_up(&self.host.stop()),
            Signal::Continue => {
                or_hung_up(&self.host.resume())?;
                self.attention.forget_title();
                self.redraw()?;
                self.measure().await
            }
        }
    }

    /// Tells the app how large the terminal is.
    async fn measure(&mut self) -> Flow {
        let Ok(size) = self.terminal.size() else { return Flow::Break(Exit::HungUp) };
        self.pace.at_once();
        self.step(Message::Resized(size.width, size.height)).await
    }

    /// Clears the terminal and redraws everything. (`Terminal::clear` would ask the terminal for its cursor, and the
    /// answer would get among the keys.)
    fn redraw(&mut self) -> Flow {
        let cleared = self.terminal.size().and_then(|size| self.terminal.resize(size.into()));
        self.pace.at_once();
        if cleared.is_err() { Flow::Break(Exit::HungUp) } else { Flow::Continue(()) }
    }

    /// One step of the app, and its effect.
    async fn step(&mut self, message: Message) -> Flow {
        match self.app.update(message, self.clock.now()) {
            Effect::None => {}
            Effect::ShowPast(query) => self.ask_past(query),
            Effect::Quit => return Flow::Break(Exit::Quit),
            Effect::Suspend => or_hung_up(&self.host.suspend())?,
            Effect::Redraw => self.redraw()?,
            Effect::Refresh(id) => self.tell(Command::Refresh(id)),
            Effect::RefreshAll => self.refresh_all(),
            Effect::SetInterval(interval) => self.tell(Command::SetInterval(interval)),
            Effect::SetPaused(true) => self.tell(Command::Pause),
            Effect::SetPaused(false) => self.tell(Command::Resume),
            Effect::Copy(text) => or_hung_up(&self.host.copy(&text))?,
            Effect::StartDemo => self.start_demo().await,
            Effect::TryKey(typed) => self.host.try_key(typed, self.app.interval()),
            Effect::LetKeyGo => self.host.let_key_go(),
        }
        Flow::Continue(())
    }

    fn ask_past(&mut self, query: PastQuery) {
        if let Some(link) = &self.link {
            link.ask_past(query, self.clock.now());
        }
    }

    fn tell(&mut self, command: Command) {
        if let Some(link) = &mut self.link {
            link.tell(command);
        }
    }

    async fn start_demo(&mut self) {
        let news = match self.host.start_demo(self.app.interval()).await {
            Ok((identities, link)) => {
                self.link = Some(link);
                Message::DemoStarted(identities)
            }
            Err(line) => Message::Notice(line),
        };
        // News asks for nothing but drawing.
        let _drawing = self.app.update(news, self.clock.now());
    }
}

fn or_hung_up(done: &std::io::Result<()>) -> Flow {
    if done.is_err() { Flow::Break(Exit::HungUp) } else { Flow::Continue(()) }
}
