//! The state of the dashboard, and the pure step from one state to the next.
//!
//! [`App::update`] takes a fact or a key and returns the one thing to do about it. No IO, no async, no clock: the time
//! is handed in.

mod change;
pub mod configured;
pub mod filter;
pub mod first_run;
mod front;
pub mod help;
mod input;
pub mod interval;
pub mod keymap;
pub mod layout;
pub mod list;
pub mod measure;
mod message;
mod mouse;
mod past;
mod row_text;
#[cfg(test)]
mod tests;
pub mod themes;
mod title;

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app::filter::Filter;
use crate::app::first_run::FirstRun;
pub use crate::app::front::Screen;
use crate::app::list::List;
use crate::app::measure::Measure;
pub use crate::app::message::{Effect, Message};
use crate::app::themes::Themes;
use crate::domain::credential::{CredentialId, Identity};
use crate::domain::text::Zone;
use crate::domain::threshold::Rules;
use crate::domain::usage::UsageManager;
use crate::domain::view::{Shape, Sort};

/// What the dashboard starts with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The credentials, in the order of the configuration. Their ids are their places.
    pub identities: Vec<Identity>,
    /// The poll interval.
    pub interval: Duration,
    /// The reader's time zone.
    pub zone: Zone,
    /// Notices about the configuration, a line each.
    pub notices: Vec<String>,
    /// Whether the numbers are simulated.
    pub demo: bool,
    /// Whether names and balances are masked from the start.
    pub masked: bool,
    /// Where keys are kept by default, safe to show; `None` without a home directory.
    pub key_file: Option<String>,
}

/// How many notices are kept; the oldest go first.
const NOTICES: usize = 50;

/// The state of the dashboard. Each accessor is what the screen needs to know.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each with a key of its own")]
pub struct App {
    usage: UsageManager,
    /// The names in lower case, in the order of the configuration: what the filter's text looks in.
    names: Vec<String>,
    list: List,
    measure: Measure,
    filter: Filter,
    details_open: bool,
    look: past::Look,
    help_open: bool,
    scroll: u16,
    /// How far the details can be scrolled, once they are drawn.
    details_end: u16,
    size: (u16, u16),
    shape: Shape,
    interval: Duration,
    /// When the user changed it, if ever.
    interval_since: Option<DateTime<Utc>>,
    zone: Zone,
    paused: bool,
    masked: bool,
    shows_remaining: bool,
    shows_clock: bool,
    first_run: FirstRun,
    notices: Vec<String>,
    flash: Option<String>,
    /// What the configuration says.
    told: configured::Told,
    themes: Themes,
    /// What counts as low for whom, where the configuration says it rather than each identity.
    rules: Option<Rules>,
}

impl App {
    /// The state at the start: nothing is known of any credential yet.
    ///
    /// Until the first [`Message::Resized`] the terminal has the size that every terminal once had,
    /// 80 columns and 24 rows.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let usage = UsageManager::new(setup.identities);
        let mut app = Self {
            names: filter::lower_case_names(&usage),
            list: List::new(usage.credentials()),
            measure: Measure::of_names(&usage),
            usage,
            filter: Filter::default(),
            details_open: false,
            look: past::Look::default(),
            help_open: false,
            scroll: 0,
            details_end: u16::MAX,
            size: (80, 24),
            shape: Shape::Full,
            interval: setup.interval,
            interval_since: None,
            zone: setup.zone,
            paused: false,
            masked: setup.masked,
            shows_remaining: false,
            shows_clock: false,
            first_run: FirstRun::new(setup.demo, setup.key_file),
            notices: Vec::new(),
            flash: None,
            told: configured::Told::new(setup.interval),
            themes: Themes::default(),
            rules: None,
        };
        for notice in setup.notices {
            app.add_notice(notice);
        }
        app
    }

    /// Everything known of the credentials.
    #[must_use]
    pub fn usage(&self) -> &UsageManager {
        &self.usage
    }

    /// The credentials that are shown, in display order.
    #[must_use]
    pub fn rows(&self) -> &[CredentialId] {
        self.list.rows()
    }

    /// How many credentials the filter hides.
    #[must_use]
    pub fn hidden_rows(&self) -> usize {
        self.list.hidden()
    }

    /// The selected credential; `None` when no row is shown.
    #[must_use]
    pub fn selected(&self) -> Option<CredentialId> {
        self.list.selected()
    }

    /// The place of the selected credential in [`App::rows`].
    #[must_use]
    pub fn selected_row(&self) -> Option<usize> {
        self.list.selected_row()
    }

    /// The place in [`App::rows`] of the row at the top of the list.
    #[must_use]
    pub fn first_row(&self) -> usize {
        self.list.first_row()
    }

    /// Columns and rows of the terminal.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Which rows are shown.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// How the rows are sorted.
    #[must_use]
    pub fn sort(&self) -> Sort {
        self.list.sort()
    }

    /// Whether the gauges show what remains, rather than what is used.
    #[must_use]
    pub fn shows_remaining(&self) -> bool {
        self.shows_remaining
    }

    /// Whether resets are shown by the clock, rather than counted down to.
    #[must_use]
    pub fn shows_clock(&self) -> bool {
        self.shows_clock
    }

    /// Whether names are hidden.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.masked
    }

    /// Whether polling is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// The poll interval.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Where the reader's clock is set.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// What the user should know, the latest last.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// What came of the last key, or the latest notice; the next key clears it.
    #[must_use]
    pub fn flash(&self) -> Option<&str> {
        self.flash.as_deref()
    }

    /// Lines of the help, or else of the details, that are above the top.
    #[must_use]
    pub fn scroll(&self) -> u16 {
        self.scroll
    }

    /// What a credential is called; when names are masked, by its place in the configuration: `key 3`.
    #[must_use]
    pub fn name(&self, id: CredentialId) -> String {
        match self.usage.get(id) {
            Some(entry) if !self.masked => entry.identity().name(),
            _ => measure::masked_name(id),
        }
    }
}
