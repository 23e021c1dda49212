//! What is done for a user who looks elsewhere: alerts, and the title of the terminal.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::config::alerts::{Alerts, Osc};
use crate::domain::alerts::{Alert, Subject, Watch};
use crate::domain::credential::CredentialId;
use crate::domain::text;

/// How many notifications are shown at once; the rest is counted in one more.
const NOTIFICATIONS: usize = 3;
/// What the balance is called in the place of a window.
const BALANCE: &str = "balance";
/// The longest title, in characters.
const TITLE: usize = 80;

/// Watches for what is to be told.
#[derive(Clone, Debug, Default)]
pub struct Attention {
    alerts: Alerts,
    watch: Option<Watch>,
    has_title: bool,
    /// The title that was set last.
    title: Option<String>,
    /// Whether tmux is in between, which passes on only what is wrapped for it.
    in_tmux: bool,
}

/// What is to be done about alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raised {
    /// What is to be written to the terminal.
    pub sequences: String,
    /// The lines that the desktop is to show.
    pub notes: Vec<String>,
    /// The programs to be run.
    pub runs: Vec<Run>,
}

/// A program to be run, and what it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Variables for its environment.
    pub facts: Vec<(&'static str, String)>,
}

impl Attention {
    /// Watches from `since` on.
    #[must_use]
    pub fn new(alerts: Alerts, has_title: bool, in_tmux: bool, since: DateTime<Utc>) -> Self {
        let watch = alerts.is_on().then(|| Watch::new(since));
        Self { alerts, watch, has_title, title: None, in_tmux }
    }

    /// Other credentials are asked for; each was `before` what is said there.
    pub fn exchange(&mut self, before: &[Option<CredentialId>]) {
        if let Some(watch) = &mut self.watch {
            watch.exchange(before);
        }
    }

    /// What is to be done about what was learned since the last time. Of the demo nothing is told.
    pub fn raise(&mut self, app: &App, now: DateTime<Utc>) -> Raised {
        let Some(watch) = self.watch.as_mut().filter(|_| !app.is_demo()) else { return Raised::default() };
        let alerts = watch.look(app.usage(), now);
        let time = app.zone().clock_time(now).time();
        if alerts.is_empty() || self.alerts.quiet.is_some_and(|quiet| quiet.holds(time)) {
            return Raised::default();
        }
        let texts: Vec<String> = alerts.iter().map(|alert| text_of(alert, app)).collect();
        let run = |(alert, text): (&Alert, &String)| Run {
            command: self.alerts.command.clone(),
            facts: facts(alert, text, app),
        };
        let has_command = !self.alerts.command.is_empty();
        let runs = if has_command { alerts.iter().zip(&texts).map(run).collect() } else { Vec::new() };
        let few = few(texts);
        Raised { sequences: self.sequences(&few), notes: if self.alerts.desktop { few } else { Vec::new() }, runs }
    }

    fn sequences(&self, texts: &[String]) -> String {
        let mut sequences = if self.alerts.bell { "\x07".to_owned() } else { String::new() };
        if let Some(osc) = self.alerts.osc {
            for text in texts {
                sequences += &self.notification(osc, text);
            }
        }
        sequences
    }

    fn notification(&self, osc: Osc, text: &str) -> String {
        // What came from outside is free of control characters. A semicolon would end a field.
        let text = text.replace(';', ",");
        let sequence = match osc {
            Osc::Nine => format!("\x1b]9;{text}\x1b\\"),
            Osc::SevenSevenSeven => format!("\x1b]777;notify;chutes-top;{text}\x1b\\"),
            Osc::NinetyNine => format!("\x1b]99;;{text}\x1b\\"),
        };
        if self.in_tmux { format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")) } else { sequence }
    }

    /// What sets the title of the terminal, if it is to be another one.
    pub fn retitle(&mut self, app: &App, now: DateTime<Utc>) -> Option<String> {
        if !self.has_title {
            return None;
        }
        let title: String = app.title(now).chars().take(TITLE).collect();
        if self.title.as_ref() == Some(&title) {
            return None;
        }
        let sequence = format!("\x1b]2;{title}\x1b\\");
        self.title = Some(title);
        Some(sequence)
    }

    /// The terminal was given back meanwhile, and its title with it.
    pub fn forget_title(&mut self) {
        self.title = None;
    }
}

/// The first few, and how many more there are.
fn few(mut texts: Vec<String>) -> Vec<String> {
    if let Some(more) = texts.len().checked_sub(NOTIFICATIONS).filter(|more| *more > 0) {
        texts.truncate(NOTIFICATIONS);
        texts.push(format!("and {more} more"));
    }
    texts
}

fn text_of(alert: &Alert, app: &App) -> String {
    let window = match &alert.subject {
        Subject::Window(window) => app.window_name(&window.kind),
        Subject::Balance(_) => BALANCE,
    };
    alert.text(&app.name(alert.id), window, app.is_masked())
}

fn facts(alert: &Alert, text: &str, app: &App) -> Vec<(&'static str, String)> {
    let none = String::new;
    let (window, left, limit, unit, percent, reset_at) = match &alert.subject {
        Subject::Window(window) => (
            app.window_name(&window.kind).to_owned(),
            text::plain(window.remaining().unwrap_or(0.0)),
            text::plain(window.limit.amount()),
            window.limit.unit(),
            text::plain(window.remaining_fraction().unwrap_or(0.0) * 100.0),
            window.reset_at,
        ),
        // How much there is of it is hidden like the names.
        Subject::Balance(_) if app.is_masked() => (BALANCE.to_owned(), none(), none(), "dollars", none(), None),
        Subject::Balance(left) => (BALANCE.to_owned(), text::plain(left.max(0.0)), none(), "dollars", none(), None),
    };
    vec![
        ("CHUTES_ALERT_TEXT", text.to_owned()),
        ("CHUTES_ALERT_LABEL", app.name(alert.id)),
        ("CHUTES_ALERT_WINDOW", window),
        ("CHUTES_ALERT_LEVEL", alert.level.as_str().to_owned()),
        ("CHUTES_ALERT_LEFT", left),
        ("CHUTES_ALERT_LIMIT", limit),
        ("CHUTES_ALERT_UNIT", unit.to_owned()),
        ("CHUTES_ALERT_PERCENT", percent),
        ("CHUTES_ALERT_THRESHOLD", alert.threshold.map(|threshold| threshold.to_string()).unwrap_or_default()),
        ("CHUTES_ALERT_EMPTY_AT", time(alert.empty_at)),
        ("CHUTES_ALERT_RESET_AT", time(reset_at)),
    ]
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
