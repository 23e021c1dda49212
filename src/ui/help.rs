//! The help: the notices, the keys of the screen behind it, and what the signs mean.
//!
//! ```text
//!  Keys                                          Signs
//!  /        filter by name, tier or state        ●        current, enough left
//!  f        show all, low, exhausted, failed     ▲        under 20 % left
//! ```
//!
//! The app decides the rows; here each becomes one line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::help::HelpRow;
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::page;

/// Draws the help, in two columns where there is room.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    let (columns, width) = (ctx.layout.help_columns(), ctx.layout.help_width(area.width));
    let mut rows = ctx.app.help_rows();
    if columns > 1 {
        keep_together(&mut rows, area.height.into());
    }
    page::draw(area, buf, rows.into_iter().map(|row| line(row, width, ctx)).collect(), columns, ctx);
}

/// Lets the second column begin with a title, if all fits into two columns of that height.
fn keep_together(rows: &mut Vec<HelpRow>, height: usize) {
    let fits = |place: &usize| *place <= height && rows.len() - place <= height;
    let titles = rows.iter().enumerate().filter(|(_, row)| matches!(row, HelpRow::Title(_)));
    if let Some(place) = titles.map(|(place, _)| place).rfind(fits) {
        rows.splice(place..place, std::iter::repeat_n(HelpRow::Blank, height - place));
    }
}

fn line(row: HelpRow, width: u16, ctx: &Context<'_>) -> Line<'static> {
    let theme = ctx.theme;
    let pair = |first: &str, second: &str, column: u16| {
        let second = cells::fit(second, width.saturating_sub(column + 1), theme.marks.cut).into_owned();
        let first = Span::styled(format!("{first:<0$} ", usize::from(column)), theme.accent);
        Line::from(vec![first, Span::styled(second, theme.text)])
    };
    match row {
        HelpRow::Title(title) => page::line(title, theme.strong),
        HelpRow::Keys(binding) => pair(binding.keys, binding.does, 8),
        HelpRow::Word(word, does) => pair(word, does, 12),
        HelpRow::Sign(sign, meaning) => pair(theme.marks.sign(sign), &meaning, 8),
        HelpRow::Notice(notice) => page::line(notice, theme.text),
        HelpRow::Version => page::line(concat!("chutes-top ", env!("CARGO_PKG_VERSION")), theme.quiet),
        HelpRow::Blank => Line::default(),
    }
}
