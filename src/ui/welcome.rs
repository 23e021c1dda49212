//! What is shown when there is no credential: how to set one, and a key that is being typed.
//!
//! ```text
//!  No Chutes API key is set.                      The key: 101 characters, not shown.
//!
//!  Paste one here, or press Enter and type        the server refuses it: unknown, revoked or restricted key (401)
//!  it: it is tested, and kept where only you
//!  can read it.                                   Enter asks the server once whether the key is good, …
//! ```
//!
//! The file that is named is the one that would be read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::first_run::KeyEntry;
use crate::domain::wrap::wrap;
use crate::ui::Context;
use crate::ui::page;

/// The text. A line that starts with two spaces is to be typed, and is never broken.
const BEFORE: [&str; 9] = [
    "No Chutes API key is set.",
    "",
    "Paste one here, or press Enter and type it: it is tested, and kept where only you can read it.",
    "",
    "Or set one key, or several with a name each, in the environment:",
    "  CHUTES_API_KEY=cpk_...",
    "  CHUTES_API_KEY_WORK=cpk_...",
    "",
    "or in a file that only you can read (chmod 600), one such line a key:",
];
const FILE: &str = "  chutes-top --env-file PATH";
const AFTER: [&str; 2] = ["", "Keys stay on this machine; only the Chutes API sees them."];

/// What is done with a key that is typed.
const WHAT_FOLLOWS: &str = "Enter asks the server once whether the key is good, keeps it where only you can read it, and \
    shows what is left of its quota. Pasting puts another key in its place, Esc goes back.";

/// Draws it.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    if let Some(entry) = ctx.app.key_entry() {
        page::draw(area, buf, entry_lines(entry, page::text_area(area).width, ctx), 1, ctx);
        return;
    }
    let theme = ctx.theme;
    let width = page::text_area(area).width;
    let offer = |key: &'static str, does: &'static str| {
        Line::from(vec![Span::styled(key, theme.accent), Span::styled(does, theme.text)])
    };
    let offers = [
        offer("Enter", "  types a key, or paste it"),
        offer("d", "  starts a simulated demo"),
        offer("q", "  quits"),
        Line::default(),
    ];
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

/// A key that is being typed: only its length.
fn entry_lines(entry: &KeyEntry, width: u16, ctx: &Context<'_>) -> Vec<Line<'static>> {
    let theme = ctx.theme;
    let wrapped = |text: &str, style: Style| -> Vec<Line<'static>> {
        wrap(text, width).into_iter().map(|text| page::line(text, style)).collect()
    };
    let typed = match entry.len() {
        0 => "The key: paste or type it, it is not shown.".to_owned(),
        1 => "The key: 1 character, not shown.".to_owned(),
        // Where there is little room, why it was refused must be in sight.
        count if width < 40 => format!("Key: {count} characters."),
        count => format!("The key: {count} characters, not shown."),
    };
    let mut lines = wrapped(&typed, theme.strong);
    match entry.refused() {
        _ if entry.is_tried() => lines.extend(wrapped("asking the server", theme.accent)),
        Some(why) => lines.extend(wrapped(why, theme.low)),
        None => lines.push(Line::default()),
    }
    lines.push(Line::default());
    lines.extend(wrapped(WHAT_FOLLOWS, theme.text));
    lines
}

fn paragraph(text: &str, width: u16, ctx: &Context<'_>) -> Vec<Line<'static>> {
    let theme = ctx.theme;
    if text.starts_with("  ") {
        return vec![page::line(text, theme.accent)];
    }
    let style = if BEFORE.first() == Some(&text) { theme.strong } else { theme.text };
    wrap(text, width).into_iter().map(|text| page::line(text, style)).collect()
}
