//! What is shown when there is no credential: how to set one.
//!
//! ```text
//!  No Chutes API key is set.
//!
//!  In the environment, one key or several, each with a name:
//!    CHUTES_API_KEY=cpk_...
//!    CHUTES_API_KEY_WORK=cpk_...
//! ```
//!
//! The file that is named is the one that would be read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::domain::wrap::wrap;
use crate::ui::Context;
use crate::ui::page;

/// What is said; a line that starts with two spaces is to be typed, and is never broken.
const BEFORE: [&str; 7] = [
    "No Chutes API key is set.",
    "",
    "One key, or several with a name each, in the environment:",
    "  CHUTES_API_KEY=cpk_...",
    "  CHUTES_API_KEY_WORK=cpk_...",
    "",
    "or in a file that only you can read (chmod 600), one such line a key:",
];
const FILE: &str = "  chutes-top --env-file PATH";
const AFTER: [&str; 2] = ["", "Keys stay on this machine; only the Chutes API sees them."];

/// Draws it.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    let theme = ctx.theme;
    let width = page::text_area(area).width;
    let offer = |key: &'static str, does: &'static str| {
        Line::from(vec![Span::styled(key, theme.accent), Span::styled(does, theme.text)])
    };
    let offers = [offer("d", "  starts a simulated demo"), offer("q", "  quits"), Line::default()];
    let default_file = ctx.app.key_file().map(|path| format!("  {path}"));
    let text = BEFORE.into_iter().chain(default_file.as_deref()).chain([FILE]).chain(AFTER);
    let mut lines: Vec<Line<'_>> = text.flat_map(|text| paragraph(text, width, ctx)).collect();
    if lines.len() + offers.len() < usize::from(area.height) {
        lines.push(Line::default());
        lines.extend(offers);
    } else {
        // Where the screen is low, what can be done right away must be in sight.
        lines.splice(1..1, offers);
    }
    page::draw(area, buf, lines, 1, ctx);
}

fn paragraph(text: &str, width: u16, ctx: &Context<'_>) -> Vec<Line<'static>> {
    let theme = ctx.theme;
    if text.starts_with("  ") {
        return vec![page::line(text, theme.accent)];
    }
    let style = if BEFORE.first() == Some(&text) { theme.strong } else { theme.text };
    wrap(text, width).into_iter().map(|text| page::line(text, style)).collect()
}
