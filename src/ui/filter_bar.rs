//! The filter while it is being edited, in the place of the footer.
//!
//! ```text
//!  / tier:pro !lab▏                                          3 of 12   Enter keep   Esc clear
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthChar;

use crate::ui::Context;
use crate::ui::cells;

/// What stands before the text.
const PROMPT: &str = " / ";

/// Draws the filter into the first row of `area`.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    let theme = ctx.theme;
    let info = info(area.width, ctx);
    cells::put(area, buf, PROMPT, theme.accent);
    let room = room(area, ctx);
    let (skipped, _) = scrolled(ctx, room.width);
    cells::put(room, buf, ctx.app.filter().text().get(skipped..).unwrap_or_default(), theme.strong);
    let style = if ctx.app.filter().hint().is_some() { theme.low } else { theme.quiet };
    cells::put_right(Rect { width: area.width.saturating_sub(1), ..area }, buf, &info, style);
}

/// Where the cursor belongs.
pub(super) fn cursor(area: Rect, ctx: &Context<'_>) -> Option<Position> {
    let room = room(area, ctx);
    let (_, column) = scrolled(ctx, room.width);
    (!room.is_empty()).then(|| Position::new(room.x + column.min(room.width - 1), room.y))
}

/// What is said at the right: how many rows match, or what is wrong with the text.
fn info(width: u16, ctx: &Context<'_>) -> String {
    let shown = ctx.app.rows().len();
    let matches = format!("{shown} of {}", shown + ctx.app.hidden_rows());
    let long = match ctx.app.filter().hint() {
        Some(hint) => hint,
        None => format!("{matches}   Enter keep   Esc clear"),
    };
    // At least half of the line is for the text.
    if cells::width(&long) < width / 2 { long } else { matches }
}

/// The room for the text and a cursor behind it.
fn room(area: Rect, ctx: &Context<'_>) -> Rect {
    let rest = cells::after(cells::line(area, 0), cells::width(PROMPT));
    Rect { width: rest.width.saturating_sub(cells::width(&info(area.width, ctx)) + 3), ..rest }
}

/// How many bytes of the text are out of sight at the left, and the cursor's column in what is in sight.
fn scrolled(ctx: &Context<'_>, room: u16) -> (usize, u16) {
    let filter = ctx.app.filter();
    let (mut bytes, mut column) = (0, filter.cursor());
    for c in filter.text().chars() {
        if column < usize::from(room) {
            break;
        }
        bytes += c.len_utf8();
        column = column.saturating_sub(c.width().unwrap_or(0));
    }
    (bytes, u16::try_from(column).unwrap_or(u16::MAX))
}
