//! The step: what happened becomes the next state and an effect.

use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::{KeyEvent, KeyEventKind};

use crate::app::filter::Filter;
use crate::app::keymap::{self, Action, Mode, Motion};
use crate::app::layout::Layout;
use crate::app::measure::Touched;
use crate::app::{App, Effect, Message, NOTICES, Screen, interval};
use crate::domain::typed::Typed;
use crate::domain::usage::Update;
use crate::domain::view::Sort;
use crate::domain::window::WindowKind;

/// What a refresh key gets while polling is paused.
const PAUSED: &str = "polling is paused: p resumes";

impl App {
    /// Takes in what happened, and returns what to do about it.
    pub fn update(&mut self, message: Message, now: DateTime<Utc>) -> Effect {
        match message {
            Message::Key(key) => return self.key(key, now),
            Message::Mouse(event) => return self.mouse(event),
            Message::Paste(text) => self.paste(&text, now),
            Message::Resized(columns, rows) => self.resize(columns, rows),
            Message::ScrollEnd(end) => self.details_end = end,
            Message::Update(Update::Notice(notice)) => self.notify(notice),
            Message::Update(update) => {
                let (renews_past, touched) = (self.renews_past(&update), Touched::by(&update));
                self.usage.apply(update);
                self.measure_again(touched, now);
                self.settle(now);
                if renews_past {
                    return self.ask_past();
                }
            }
            Message::Past(past) => self.learn_past(past),
            Message::Configured(configured) => return self.configure(&configured, now),
            Message::DemoStarted(identities) => self.begin_anew(identities, true),
            Message::KeyTaken(identities) => self.begin_anew(identities, false),
            Message::Exchanged { identities, before } => return self.exchange(identities, &before, now),
            Message::KeyRefused(why) => self.key_refused(why),
            Message::Notice(notice) => {
                self.first_run.demo_awaited = false;
                self.notify(notice);
            }
        }
        Effect::None
    }

    fn notify(&mut self, notice: String) {
        // It may name a credential, or a path with the user's name.
        self.flash = Some(if self.masked { "a notice: x and ? show it".to_owned() } else { notice.clone() });
        self.add_notice(notice);
    }

    pub(super) fn add_notice(&mut self, notice: String) {
        if self.notices.len() >= NOTICES {
            self.notices.remove(0);
        }
        self.notices.push(notice);
    }

    fn key(&mut self, key: KeyEvent, now: DateTime<Utc>) -> Effect {
        if key.kind == KeyEventKind::Release {
            return Effect::None;
        }
        self.flash = None;
        let mode = self.mode();
        if let Some(action) = keymap::action(mode, key) {
            return self.act(action, now);
        }
        match mode {
            Mode::Filter if self.filter.key(key) => self.filter_edited(now),
            Mode::Welcome | Mode::Key => self.type_key(key),
            _ => {}
        }
        Effect::None
    }

    fn paste(&mut self, text: &Typed, now: DateTime<Utc>) {
        match self.mode() {
            Mode::Filter if self.filter.paste(text.expose()) => self.filter_edited(now),
            Mode::Welcome | Mode::Key => self.paste_key(text),
            _ => {}
        }
    }

    fn filter_edited(&mut self, now: DateTime<Utc>) {
        self.told.settled();
        self.show_matching(now);
    }

    fn act(&mut self, action: Action, now: DateTime<Utc>) -> Effect {
        match action {
            Action::Quit => return Effect::Quit,
            Action::Suspend => return Effect::Suspend,
            Action::Redraw => return Effect::Redraw,
            Action::Refresh | Action::RefreshAll if self.paused => self.flash = Some(PAUSED.to_owned()),
            Action::Refresh => return self.selected().map_or(Effect::None, Effect::Refresh),
            Action::RefreshAll => return Effect::RefreshAll,
            Action::TogglePause => return self.toggle_pause(),
            Action::LongerInterval => return self.step_interval(interval::longer(self.interval), "longest", now),
            Action::ShorterInterval => return self.step_interval(interval::shorter(self.interval), "shortest", now),
            Action::CopyRow => return self.copy_row(now),
            Action::StartDemo => return self.ask_for_demo(),
            Action::TypeKey | Action::ClearKey => self.type_anew(),
            Action::TryKey => return self.try_key(),
            Action::DropKey => return self.drop_key(),
            Action::NextSpan => return self.next_span(),
            Action::NextWindow => return self.next_window(),
            Action::Back => self.back(now),
            Action::ToggleHelp => self.show_help(!self.help_open),
            Action::Move(motion) => self.go(motion),
            Action::Previous => return self.turn_over(Motion::Up, now),
            Action::Next => return self.turn_over(Motion::Down, now),
            Action::OpenDetails => return self.open_details(now),
            Action::NextSort => self.sort_by(Sort { key: self.sort().key.next(), reversed: false }, now),
            Action::ReverseSort => self.sort_by(Sort { reversed: !self.sort().reversed, ..self.sort() }, now),
            Action::NextQuickFilter => self.change_filter(Filter::next_quick, now),
            Action::EditFilter => self.filter.edit(),
            Action::KeepFilter => self.filter.keep(),
            Action::DropFilter => self.change_filter(Filter::clear_text, now),
            Action::ToggleRemaining => self.shows_remaining = !self.shows_remaining,
            Action::ToggleClock => self.shows_clock = !self.shows_clock,
            Action::ToggleMask => self.masked = !self.masked,
            Action::NextLayout => self.next_shape(),
            Action::NextTheme => self.next_theme(),
        }
        Effect::None
    }

    /// One step back: out of the help, out of the details, out of the filter, and no further.
    fn back(&mut self, now: DateTime<Utc>) {
        if self.help_open {
            self.show_help(false);
        } else if self.details_open {
            self.close_details();
        } else if self.filter.is_active() {
            self.change_filter(Filter::clear, now);
        }
    }

    pub(super) fn show_help(&mut self, open: bool) {
        self.help_open = open;
        self.scroll = 0;
    }

    fn open_details(&mut self, now: DateTime<Utc>) -> Effect {
        self.details_open = self.selected().is_some();
        (self.scroll, self.details_end) = (0, u16::MAX);
        self.look_at(self.binding_kind(now))
    }

    pub(super) fn close_details(&mut self) {
        self.details_open = false;
        self.scroll = 0;
        let _nothing_to_ask = self.look_at(None);
    }

    /// Shows the details of a neighbour.
    fn turn_over(&mut self, motion: Motion, now: DateTime<Utc>) -> Effect {
        (self.scroll, self.details_end) = (0, u16::MAX);
        self.list.go(motion, 1);
        self.scroll_to_selection();
        self.look_at(self.binding_kind(now))
    }

    /// The window that binds the selected credential, or else the day.
    fn binding_kind(&self, now: DateTime<Utc>) -> Option<WindowKind> {
        let entry = self.usage.get(self.selected()?)?;
        Some(entry.binding(now).map_or(WindowKind::Daily, |state| state.window.kind.clone()))
    }

    pub(super) fn go(&mut self, motion: Motion) {
        if self.help_open || self.screen() == Screen::Details {
            let page = self.layout().map_or(1, Layout::panel);
            self.hold_scroll();
            self.scroll = match motion {
                Motion::Up => self.scroll.saturating_sub(1),
                Motion::Down => self.scroll.saturating_add(1),
                Motion::PageUp => self.scroll.saturating_sub(page),
                Motion::PageDown => self.scroll.saturating_add(page),
                Motion::First => 0,
                Motion::Last => u16::MAX,
            };
            self.hold_scroll();
        } else {
            let page = self.layout().map_or(1, Layout::page);
            self.list.go(motion, page.into());
            self.scroll_to_selection();
        }
    }

    /// Keeps the last line of the help or the details in sight. How long the details are is known once they are drawn;
    /// until then drawing limits the scroll.
    fn hold_scroll(&mut self) {
        let Some(layout) = self.layout() else { return };
        let end = if self.help_open {
            let lines = u16::try_from(self.help_rows().len()).unwrap_or(u16::MAX);
            lines.saturating_sub(layout.panel() * layout.help_columns())
        } else {
            self.details_end
        };
        self.scroll = self.scroll.min(end);
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        self.size = (columns, rows);
        self.details_end = u16::MAX;
        self.hold_scroll();
        self.scroll_to_selection();
    }

    /// Where there is no list, nothing scrolls.
    pub(super) fn scroll_to_selection(&mut self) {
        if let Some(page) = self.page() {
            self.list.scroll_to_selection(page.into());
        }
    }

    fn sort_by(&mut self, sort: Sort, now: DateTime<Utc>) {
        self.told.settled();
        self.list.set_sort(sort, self.usage.credentials(), now);
        self.show_matching(now);
        let reversed = if sort.reversed { ", reversed" } else { "" };
        self.flash = Some(format!("sorted by {}{reversed}", sort.key.label()));
    }

    fn change_filter(&mut self, change: impl FnOnce(&mut Filter), now: DateTime<Utc>) {
        self.told.settled();
        change(&mut self.filter);
        self.show_matching(now);
    }

    /// Shows what matches the filter now. Only ever because the user filtered or sorted.
    pub(super) fn show_matching(&mut self, now: DateTime<Utc>) {
        let Self { list, filter, usage, names, .. } = self;
        list.show(|id| match (usage.get(id), names.get(id.index())) {
            (Some(entry), Some(name)) => filter.matches(name, entry, now),
            _ => false,
        });
        self.scroll_to_selection();
    }

    fn toggle_pause(&mut self) -> Effect {
        self.paused = !self.paused;
        Effect::SetPaused(self.paused)
    }

    fn step_interval(&mut self, step: Option<Duration>, end: &str, now: DateTime<Utc>) -> Effect {
        let Some(step) = step else {
            self.flash = Some(format!("{} is the {end} interval", interval::text(self.interval)));
            return Effect::None;
        };
        self.interval = step;
        self.interval_since = Some(now);
        self.flash = Some(format!("polling every {}", interval::text(step)));
        Effect::SetInterval(step)
    }

    fn copy_row(&mut self, now: DateTime<Utc>) -> Effect {
        let Some(row) = self.selected().and_then(|id| self.row_text(id, now)) else { return Effect::None };
        self.flash = Some("sent to the clipboard (OSC 52)".to_owned());
        Effect::Copy(row)
    }
}
