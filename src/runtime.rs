//! The dashboard as a running program: terminal, keys, signals, worker and screen brought together.
//!
//! One thread runs everything but the reading of keys ([`input`]). The first frame is drawn before anything slow
//! starts, and a resting program sleeps until the text on the screen changes.

pub mod attention;
pub mod desktop;
pub mod event_loop;
pub mod exchange;
pub mod first_key;
pub mod host;
pub mod input;
pub mod link;
pub mod pace;
pub mod panics;
pub mod reload;
pub mod runner;
pub mod signals;
pub mod teller;
pub mod terminal;

use std::fmt;
use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::api::{self, Client, Limits};
use crate::app::themes::Themes;
use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::Alerts;
use crate::domain::api_base::ApiBase;
use crate::domain::credential::{Credential, Identity};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::text::Zone;
use crate::domain::threshold::Rules;
use crate::domain::view::{Kept, View};
use crate::history::Location;
use crate::runtime::attention::Attention;
use crate::runtime::event_loop::EventLoop;
use crate::runtime::exchange::Exchange;
use crate::runtime::first_key::{FirstKey, KeepKey, Server};
use crate::runtime::host::{Host, Machine};
use crate::runtime::link::Link;
use crate::runtime::pace::Pace;
use crate::runtime::reload::{Configuration, Reloads};
use crate::runtime::teller::Teller;
use crate::ui::theme::Looks;
use crate::worker::Keeper;

/// What the dashboard is started with.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each with a setting of its own")]
pub struct Launch {
    /// The credentials, in the order of the configuration.
    pub credentials: Vec<Credential>,
    /// Notices about the configuration, a line each.
    pub notices: Vec<String>,
    /// The poll interval.
    pub interval: Duration,
    /// The most requests in any 60 seconds; `None`: no limit, for a server on loopback.
    pub requests_per_minute: Option<u32>,
    /// The same for the demo, which may be asked for later.
    pub demo_requests_per_minute: Option<u32>,
    /// The server to ask.
    pub api_base: ApiBase,
    /// Whether to ask a simulated server, with credentials of its own, instead.
    pub demo: bool,
    /// Where the history is kept; the demo keeps its own in memory.
    pub history: Location,
    /// Whether names and balances are masked from the start.
    pub masked: bool,
    /// Where keys are kept by default, safe to show; `None` without a home directory.
    pub key_file: Option<String>,
    /// Stores a key that is typed on the first screen; `None` where there is no place for one.
    pub keep_key: Option<KeepKey>,
    /// How the user is alerted when a threshold is crossed.
    pub alerts: Alerts,
    /// Whether the terminal's title, if it has one, names the worst credential.
    pub title: bool,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// What the terminal can show of a theme.
    pub looks: Looks,
    /// The themes, and the one to start with.
    pub themes: Themes,
    /// What counts as low for whom, in the demo too.
    pub rules: Rules,
    /// How rows are sorted at the start, and which are shown.
    pub view: View,
    /// The configuration to watch, if any.
    pub configuration: Option<Configuration>,
    /// Stores what the user changed, at the end.
    pub keep: Option<Keep>,
}

/// Stores what the user changed. It is called once, on a thread that may wait for a disk.
#[derive(Clone)]
pub struct Keep(pub Arc<dyn Fn(Kept) + Send + Sync>);

impl fmt::Debug for Keep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keep")
    }
}

/// How the dashboard ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The user left: 0.
    Quit,
    /// SIGINT: 130.
    Interrupted,
    /// SIGTERM: 143.
    Terminated,
    /// SIGHUP, or the terminal is gone: 129.
    HungUp,
    /// A panic, already reported: 101.
    Panicked,
    /// It could not start, as already said on standard error: 2.
    Refused,
}

impl Exit {
    /// The exit code: 128 and the signal's number where a signal was the cause.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Quit => 0,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::HungUp => 129,
            Self::Panicked => 101,
            Self::Refused => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// How long the last writes to disk may take.
const LAST_WRITES: Duration = Duration::from_millis(500);

/// How long a blocking thread (building the client, looking up a name) idles before it ends: so short that it does not
/// wake a resting program to end later.
const KEEP_ALIVE: Duration = Duration::from_secs(1);

/// Runs the dashboard until the user leaves it. The terminal is restored however it ends.
#[must_use]
pub fn run(launch: Launch, clock: Arc<dyn Clock>) -> Exit {
    if !terminal::is_there() {
        return refuse("the dashboard needs a terminal on standard input and output; `chutes-top snapshot` does not");
    }
    panics::install(launch.credentials.iter().map(|credential| credential.key.clone()).collect());
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().thread_keep_alive(KEEP_ALIVE).build()
    {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&format!("no event loop can be had from the system: {error}")),
    };
    // A panic that reaches this point was reported by the hook, on the restored terminal.
    let exit = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(dashboard(launch, clock))));
    runtime.shutdown_timeout(api::PATIENCE);
    match exit {
        Ok(exit) if !panics::has_panicked() => exit,
        _ => Exit::Panicked,
    }
}

/// The dashboard from taking the terminal over to giving it back.
async fn dashboard(launch: Launch, clock: Arc<dyn Clock>) -> Exit {
    // Listened to before the terminal is touched: no signal may end the program in between.
    let signals = match signals::listen() {
        Ok(signals) => signals,
        Err(error) => return refuse(&format!("the signals cannot be listened to: {error}")),
    };
    let mut host = Machine::new(clock.clone(), launch.demo_requests_per_minute);
    let (looks, view, keep) = (launch.looks, launch.view.clone(), launch.keep.clone());
    let (configuration, mouse, themes) = (launch.configuration.clone(), launch.mouse, launch.themes.clone());
    let rules = launch.rules.clone();
    let attention = attention(&launch, &*clock);
    let (setup, link) = match begin(launch, &mut host, &clock).await {
        Ok(begun) => begun,
        Err(line) => return refuse(&line),
    };
    let Ok(guard) = terminal::Guard::enter(mouse) else { return Exit::HungUp };
    let (Ok(terminal), Ok((_reader, input))) = (terminal::open(), input::start()) else { return Exit::HungUp };
    let app = App::new(setup).with_themes(themes).judging_by(rules).starting_with(&view, clock.now());
    let reloads = configuration.and_then(|configuration| Reloads::watch(configuration, clock.clone()));
    let mut event_loop =
        EventLoop { terminal, input, signals, host, app, looks, clock, link, reloads, attention, pace: Pace::new() };
    let exit = event_loop.run().await;
    if let Some(Keep(keep)) = keep.filter(|_| !event_loop.app.is_demo()) {
        let kept = event_loop.app.kept();
        let _given_up = tokio::time::timeout(LAST_WRITES, tokio::task::spawn_blocking(move || keep(kept))).await;
    }
    if let Some(link) = &event_loop.link {
        // A disk that hangs must not hold the shell's prompt back.
        let _given_up = tokio::time::timeout(LAST_WRITES, link.flush()).await;
    }
    // Before the event loop is dropped: dropping ratatui's terminal writes to it, and when that fails, prints
    // to standard error, which is as dead then, and so panics. With the terminal given back it writes nowhere.
    drop(guard);
    exit
}

/// What the app starts with, and the worker, which begins its work after the first frame. The error is a line
/// for the user.
async fn begin(
    launch: Launch,
    host: &mut Machine,
    clock: &Arc<dyn Clock>,
) -> Result<(app::Setup, Option<Link>), String> {
    let Launch {
        credentials,
        notices,
        interval,
        requests_per_minute,
        api_base,
        demo,
        history,
        masked,
        key_file,
        keep_key,
        ..
    } = launch;
    let (identities, link) = if demo {
        let (identities, link) = host.start_demo(interval).await?;
        (identities, Some(link))
    } else {
        let identities: Vec<Identity> = credentials.iter().map(|credential| credential.identity.clone()).collect();
        let server = Server { api_base, requests_per_minute, history };
        host.asks(Exchange::new(server.clone(), credentials.clone()));
        // Without credentials there is nothing to ask for.
        let link = if credentials.is_empty() {
            if let Some(keep) = keep_key {
                host.on_first_key(FirstKey { server, keep });
            }
            None
        } else {
            let (keeper, told) = Keeper::open(server.history.clone(), &server.api_base, &**clock);
            let teller = Teller::new(keeper, told, &credentials);
            Some(server.link(credentials, teller, interval, None, clock))
        };
        (identities, link)
    };
    Ok((app::Setup { identities, interval, zone: Zone::Local, notices, demo, masked, key_file }, link))
}

/// How to build the HTTP client, later and on another thread. If that fails (no certificates, say), every credential
/// shows the failure.
fn client(
    base: ApiBase,
    gap: Duration,
    clock: Arc<dyn Clock>,
) -> impl FnOnce() -> Result<Client, Failure> + Send + 'static {
    move || {
        panics::if_asked("client", None);
        Client::with_limits(&base, clock, Limits::for_requests_every(gap))
            .map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))
    }
}

/// Alerts and the title, for a user who looks elsewhere.
fn attention(launch: &Launch, clock: &dyn Clock) -> Attention {
    // The console of Linux would print it, and a dumb terminal too.
    let is_plain = std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term == "linux");
    let has_title = launch.title && !is_plain;
    if has_title {
        terminal::take_title();
    }
    let in_tmux = std::env::var_os("TMUX").is_some();
    Attention::new(launch.alerts.clone(), has_title, in_tmux, clock.now())
}

/// Says why the dashboard cannot start.
fn refuse(reason: &str) -> Exit {
    // If standard error is gone, nobody can be told.
    let _ = writeln!(io::stderr(), "chutes-top: {reason}");
    Exit::Refused
}
