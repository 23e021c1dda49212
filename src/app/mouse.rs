//! The mouse: the wheel scrolls, a click selects.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use crate::app::keymap::Motion;
use crate::app::layout::Layout;
use crate::app::{App, Effect};
use crate::domain::view::Shape;

/// Lines that a turn of the wheel scrolls.
const TURN: u16 = 3;

impl App {
    pub(super) fn mouse(&mut self, event: MouseEvent) -> Effect {
        match event.kind {
            MouseEventKind::ScrollUp => self.wheel(Motion::Up),
            MouseEventKind::ScrollDown => self.wheel(Motion::Down),
            MouseEventKind::Down(MouseButton::Left) => self.click(event.row),
            _ => {}
        }
        Effect::None
    }

    fn wheel(&mut self, motion: Motion) {
        self.flash = None;
        let Some(layout) = self.layout() else { return };
        if !self.shows_credentials() || layout.shape == Shape::Big {
            let turns = if layout.shape == Shape::Big { 1 } else { TURN };
            (0..turns).for_each(|_| self.go(motion));
        } else if let Some(page) = self.page() {
            self.list.scroll(motion, TURN.into(), page.into());
        }
    }

    /// Selects the row of the list that is drawn in this row of the terminal, if there is one.
    fn click(&mut self, row: u16) {
        self.flash = None;
        let Some(Layout { header, titles, list, lines, .. }) = self.layout().filter(|layout| layout.has_rows()) else {
            return;
        };
        let place = row.checked_sub(header + u16::from(titles)).filter(|place| *place < list);
        if let Some(place) = place.filter(|_| self.shows_credentials()) {
            self.list.select_on_page((place / lines).into());
        }
    }
}
