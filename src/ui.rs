//! The screen: draws the state of the dashboard for one given `now`, and changes nothing.
//!
//! One pane a file, all with the same signature; each draws its layout in its doc comment. Text that came
//! from outside was cleaned where it came in; here it is only cut to the room there is.

mod big;
mod cells;
mod chart;
mod columns;
mod details;
mod filter_bar;
mod footer;
mod gauge;
mod header;
mod help;
mod line;
mod list;
pub mod marks;
mod outlook;
mod page;
mod pieces;
mod remark;
mod row;
mod shares;
mod spark;
pub mod theme;
mod welcome;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::keymap::Mode;
use crate::app::layout::Layout;
use crate::app::{App, Screen};
use crate::domain::credential::CredentialId;
use crate::domain::view::Shape;
use crate::ui::theme::Theme;

/// What every pane draws from.
#[derive(Clone, Copy, Debug)]
struct Context<'a> {
    app: &'a App,
    theme: &'a Theme,
    /// How this frame is divided.
    layout: Layout,
    /// The one time of this frame.
    now: DateTime<Utc>,
    /// The best key to use now.
    best: Option<CredentialId>,
}

impl Context<'_> {
    /// When the pause that the server asked for ends, if it is still to come.
    fn host_paused_until(&self) -> Option<DateTime<Utc>> {
        self.app.usage().host_paused_until().filter(|until| *until > self.now)
    }
}

/// Draws the whole screen, as it is at `now`. Safe at any size.
///
/// The size is that of the frame, not the app's, which lags behind while a resize is being reported.
pub fn draw(frame: &mut Frame<'_>, app: &App, theme: &Theme, now: DateTime<Utc>) {
    let _end = draw_to_scroll(frame, app, theme, now);
}

/// As [`draw`]; returns how many lines down what was drawn can be scrolled, 0 where the details are not in front.
#[must_use]
pub fn draw_to_scroll(frame: &mut Frame<'_>, app: &App, theme: &Theme, now: DateTime<Utc>) -> u16 {
    let area = frame.area();
    frame.buffer_mut().set_style(area, theme.base);
    let Some(layout) = app.layout_in((area.width, area.height)) else {
        draw_too_small(area, frame.buffer_mut(), theme);
        return 0;
    };
    let ctx = Context { app, theme, layout, now, best: best(app, now) };
    let (scroll_end, cursor) = draw_panes(area, frame.buffer_mut(), &ctx);
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
    scroll_end
}

/// The best key to use. Of one there is nothing to choose.
fn best(app: &App, now: DateTime<Utc>) -> Option<CredentialId> {
    if app.usage().credentials().len() < 2 { None } else { app.usage().overview(now).best }
}

/// Draws header, body and footer, and returns how far the body can be scrolled and the place of the cursor, if it is
/// shown.
fn draw_panes(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) -> (u16, Option<Position>) {
    let Layout { header, footer, .. } = ctx.layout;
    let top = Rect { height: header, ..area };
    let middle = Rect { y: area.y + header, height: area.height.saturating_sub(header + footer), ..area };
    let bottom = Rect { y: middle.bottom(), height: footer, ..area };
    header::draw(top, buf, ctx);
    let scroll_end = draw_body(middle, buf, ctx);
    // Without a footer the last row of the body is used for what must be seen.
    let line = if footer == 0 {
        let line = footer::last_line(middle);
        let has_flash = ctx.app.flash().is_some() && !(area.height == 1 && is_line(ctx));
        if ctx.app.mode() == Mode::Filter || has_flash {
            buf.set_style(line, ratatui::style::Style::reset().patch(ctx.theme.base));
            cells::put(line, buf, &" ".repeat(usize::from(line.width)), ctx.theme.text);
            footer::draw_line(line, buf, ctx);
        }
        line
    } else {
        footer::draw(bottom, buf, ctx);
        footer::last_line(bottom)
    };
    (scroll_end, (ctx.app.mode() == Mode::Filter).then(|| filter_bar::cursor(line, ctx)).flatten())
}

fn draw_body(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) -> u16 {
    match ctx.app.screen() {
        _ if ctx.app.is_help_open() => help::draw(area, buf, ctx),
        Screen::Welcome | Screen::Dashboard if is_line(ctx) => line::draw(area, buf, ctx),
        Screen::Welcome => welcome::draw(area, buf, ctx),
        Screen::Dashboard if ctx.layout.shape == Shape::Big => big::draw(area, buf, ctx),
        Screen::Dashboard => list::draw(area, buf, ctx),
        Screen::Details => return details::draw(area, buf, ctx),
    }
    0
}

/// Whether everything is drawn in one row.
fn is_line(ctx: &Context<'_>) -> bool {
    ctx.layout.shape == Shape::Line && !ctx.app.is_help_open() && ctx.app.screen() != Screen::Details
}

fn draw_too_small(area: Rect, buf: &mut Buffer, theme: &Theme) {
    let (columns, rows) = Layout::SMALLEST;
    let text = format!("too small: {columns}x{rows} needed");
    cells::put(area, buf, &cells::fit(&text, area.width, theme.marks.cut), theme.text);
}
