//! Facts on one line, each of which may be said shorter or left out where there is no room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::cells;

/// A fact: the ways to say it, from the longest.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    forms: Vec<Form>,
    style: Style,
    /// What belongs before its text, in a style of its own: the key of a footer.
    lead: Option<(String, Style)>,
    /// The separator before it when it is not the first.
    separator: &'static str,
    /// Whether what follows it is kept apart.
    heading: bool,
}

/// Between facts that have nothing to do with each other.
const APART: &str = "   ";

/// One way to say it.
#[derive(Clone, Debug)]
struct Form {
    text: String,
    /// How much it matters to say it this way, rather than the next way or not at all.
    weight: u8,
}

impl Piece {
    /// A fact with one form.
    pub(super) fn new(text: impl Into<String>, weight: u8, style: Style) -> Self {
        Self { forms: Vec::new(), style, lead: None, separator: APART, heading: false }.or(text, weight)
    }

    /// A shorter way to say it. It must not matter less than the longer one.
    pub(super) fn or(mut self, text: impl Into<String>, weight: u8) -> Self {
        self.forms.push(Form { text: text.into(), weight });
        self
    }

    /// What stands between it and the one before.
    pub(super) fn after(self, separator: &'static str) -> Self {
        Self { separator, ..self }
    }

    /// The same, kept apart from what follows.
    pub(super) fn heading(self) -> Self {
        Self { heading: true, ..self }
    }

    /// The same, with `lead` and a space before it.
    pub(super) fn led_by(self, lead: &str, style: Style) -> Self {
        Self { lead: Some((format!("{lead} "), style)), ..self }
    }

    fn text(&self) -> Option<&str> {
        self.forms.first().map(|form| form.text.as_str())
    }
}

/// Draws `left` from the left edge and `right` up to the right edge of `area`. What matters least is
/// shortened or left out until all of it fits.
pub(super) fn draw(area: Rect, buf: &mut Buffer, mut left: Vec<Piece>, mut right: Vec<Piece>) {
    const BETWEEN: u16 = 2;
    while width(&left).saturating_add(width(&right)).saturating_add(BETWEEN) > area.width {
        let pieces = left.iter_mut().chain(right.iter_mut());
        let Some(least) = pieces
            .filter(|piece| !piece.forms.is_empty())
            .min_by_key(|piece| piece.forms.first().map(|form| form.weight))
        else {
            return;
        };
        least.forms.remove(0);
    }
    put(area, buf, &left);
    put(cells::after(area, area.width - width(&right)), buf, &right);
}

/// The pieces that are shown at all, each with its text and its separator.
fn shown(pieces: &[Piece]) -> impl Iterator<Item = (&'static str, &Piece, &str)> {
    let mut before: Option<bool> = None;
    pieces.iter().filter_map(|piece| Some((piece, piece.text()?))).map(move |(piece, text)| {
        let separator = match before.replace(piece.heading) {
            None => "",
            Some(true) => APART,
            Some(false) => piece.separator,
        };
        (separator, piece, text)
    })
}

fn width(pieces: &[Piece]) -> u16 {
    shown(pieces).fold(0, |sum: u16, (separator, piece, text)| {
        let lead = piece.lead.as_ref().map_or(0, |(lead, _)| cells::width(lead));
        sum.saturating_add(cells::width(separator)).saturating_add(lead).saturating_add(cells::width(text))
    })
}

fn put(mut area: Rect, buf: &mut Buffer, pieces: &[Piece]) {
    for (separator, piece, text) in shown(pieces) {
        area = cells::after(area, cells::put(area, buf, separator, Style::new()));
        if let Some((lead, style)) = &piece.lead {
            area = cells::after(area, cells::put(area, buf, lead, *style));
        }
        area = cells::after(area, cells::put(area, buf, text, piece.style));
    }
}
