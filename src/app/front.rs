//! What is in front, and how the terminal is divided for it.

use crate::app::App;
use crate::app::help::{self, HelpRow};
use crate::app::keymap::Mode;
use crate::app::layout::Layout;
use crate::domain::view::Shape;

/// What is in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// No credentials: how to set one.
    Welcome,
    /// The gauges.
    Dashboard,
    /// Everything known of the selected credential.
    Details,
}

impl App {
    /// What is in front, leaving the help aside.
    #[must_use]
    pub fn screen(&self) -> Screen {
        if self.usage.credentials().is_empty() {
            Screen::Welcome
        } else if self.details_open {
            Screen::Details
        } else {
            Screen::Dashboard
        }
    }

    /// Whether the help is open, in front of the screen.
    #[must_use]
    pub fn is_help_open(&self) -> bool {
        self.help_open
    }

    /// What has the keys: whose bindings the footer shows.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.help_open { Mode::Help } else { self.mode_behind_help() }
    }

    /// What has the keys when the help is closed: whose bindings the help lists.
    #[must_use]
    pub fn mode_behind_help(&self) -> Mode {
        match self.screen() {
            Screen::Welcome if self.key_entry().is_some() => Mode::Key,
            Screen::Welcome => Mode::Welcome,
            Screen::Details => Mode::Details,
            Screen::Dashboard if self.filter.is_editing() => Mode::Filter,
            Screen::Dashboard => Mode::List,
        }
    }

    /// The lines of the help; the first [`App::scroll`] of them are scrolled out of sight.
    #[must_use]
    pub fn help_rows(&self) -> Vec<HelpRow> {
        let width = self.layout().map_or(self.size.0, |layout| layout.help_width(self.size.0));
        let masked = ["masked: x shows them".to_owned()];
        let notices = if self.masked && !self.notices.is_empty() { &masked } else { self.notices.as_slice() };
        let mut all = self.usage.credentials().iter().map(|entry| entry.identity().thresholds);
        let first = all.next();
        let thresholds = first.filter(|first| all.all(|other| other == *first));
        help::rows(self.mode_behind_help(), notices, width, thresholds)
    }

    /// How the credentials are laid out, where there is room for it.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// How the terminal is divided; `None` when it is too small.
    #[must_use]
    pub fn layout(&self) -> Option<Layout> {
        self.layout_in(self.size)
    }

    /// How a terminal of that many columns and rows would be divided; `None` when that is too small. What is in
    /// front of the credentials takes all the room there is, however they are laid out.
    #[must_use]
    pub fn layout_in(&self, size: (u16, u16)) -> Option<Layout> {
        let shape = if self.shows_credentials() { self.shape } else { Shape::Full };
        Layout::of(shape, size, self.usage.credentials().len())
    }

    /// How many credentials the list has room for when nothing covers it; `None` where there is no list.
    pub(super) fn page(&self) -> Option<u16> {
        let layout = Layout::of(self.shape, self.size, self.usage.credentials().len());
        layout.filter(|layout| layout.has_rows()).map(Layout::page)
    }

    /// Whether nothing is in front of the credentials.
    pub(super) fn shows_credentials(&self) -> bool {
        self.screen() == Screen::Dashboard && !self.help_open
    }

    /// Lays the credentials out in the next way.
    pub(super) fn next_shape(&mut self) {
        self.shape = self.shape.next();
        self.scroll_to_selection();
        self.flash = Some(match self.layout() {
            Some(layout) if layout.shape == self.shape => format!("layout: {}", self.shape.label()),
            _ => format!("layout: {} (no room)", self.shape.label()),
        });
    }
}
