//! A page of text lines between header and footer, of which a part is in sight.
//!
//! ```text
//!  lab · details                                                                            more below
//!  tier     pro custom (5,001 requests a day)
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::wrap::wrap;
use crate::ui::Context;
use crate::ui::cells;

/// The room for the text of a page: `area` without its margins.
pub(super) fn text_area(area: Rect) -> Rect {
    Rect { width: area.width.saturating_sub(2), ..cells::after(area, 1) }
}

/// Draws the lines from `app.scroll()` on, in one column or, when `columns` is more, in several of equal
/// width that are read downwards. The last line stays in sight however far it is scrolled. Gives how many lines are out
/// of sight.
pub(super) fn draw(area: Rect, buf: &mut Buffer, lines: Vec<Line<'_>>, columns: u16, ctx: &Context<'_>) -> usize {
    let inner = text_area(area);
    let (height, columns) = (usize::from(inner.height), columns.max(1));
    let room = height * usize::from(columns);
    let hidden = lines.len().saturating_sub(room);
    let skipped = usize::from(ctx.app.scroll()).min(hidden);
    let width = inner.width / columns;
    for (place, line) in lines.into_iter().skip(skipped).take(room).enumerate() {
        let (column, row) = (place / height.max(1), place % height.max(1));
        let (Ok(column), Ok(row)) = (u16::try_from(column), u16::try_from(row)) else { break };
        let cell = cells::line(cells::after(inner, column * width), row);
        let cell = Rect { width: width.saturating_sub(u16::from(columns > 1) * 2), ..cell };
        line.render(cell.intersection(buf.area), buf);
    }
    let more = match (skipped > 0, skipped < hidden) {
        (false, false) => return hidden,
        (false, true) => ctx.theme.marks.falling,
        (true, false) => ctx.theme.marks.rising,
        (true, true) => "+",
    };
    // At the right edge, where no text is.
    let edge = cells::after(area, area.width.saturating_sub(1));
    cells::put(cells::line(edge, area.height.saturating_sub(1)), buf, more, ctx.theme.accent);
    hidden
}

/// A line of one style.
pub(super) fn line(text: impl Into<String>, style: Style) -> Line<'static> {
    Line::from(Span::styled(text.into(), style))
}

/// Lines of a named fact: the name in a column of its own, the text wrapped beside it.
pub(super) fn fact(name: &str, name_width: u16, text: &str, width: u16, styles: (Style, Style)) -> Vec<Line<'static>> {
    let wrapped = wrap(text, width.saturating_sub(name_width).max(8));
    let pad = usize::from(name_width);
    (wrapped.into_iter().enumerate())
        .map(|(place, text)| {
            let name = if place == 0 { name } else { "" };
            Line::from(vec![Span::styled(format!("{name:<pad$}"), styles.0), Span::styled(text, styles.1)])
        })
        .collect()
}
