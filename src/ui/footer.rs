//! The last line: the keys that work here, and how the list is filtered and sorted.
//!
//! ```text
//!  / filter  f quick  s sort  r refresh  R all  Enter details  ? help  q quit        f: low   sort: tier ↑   9 hidden
//! ```
//!
//! A line that the last key left (`sorted by name`) takes the place of the keys, and so does the filter while it
//! is being edited.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::keymap::{self, Action, Binding, Mode};
use crate::domain::view::{QuickFilter, Sort, SortKey};
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::filter_bar;
use crate::ui::pieces::{self, Piece};

/// Draws the footer.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    if area.height > 1 {
        let rule = ctx.theme.marks.rule.repeat(usize::from(area.width));
        cells::put(cells::line(area, 0), buf, &rule, ctx.theme.quiet);
    }
    draw_line(last_line(area), buf, ctx);
}

/// Draws what the footer says into one line.
pub(super) fn draw_line(line: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    if ctx.app.mode() == Mode::Filter {
        return filter_bar::draw(line, buf, ctx);
    }
    let inner = Rect { width: line.width.saturating_sub(2), ..cells::after(line, 1) };
    let state = if ctx.app.mode() == Mode::List { state(ctx) } else { Vec::new() };
    if let Some(flash) = ctx.app.flash() {
        let flash = cells::fit(flash, inner.width.saturating_sub(2), ctx.theme.marks.cut);
        return pieces::draw(inner, buf, vec![Piece::new(flash, 200, ctx.theme.strong)], state);
    }
    pieces::draw(inner, buf, keys(ctx), state);
}

/// The line of the footer in which the keys, or the filter, are.
pub(super) fn last_line(area: Rect) -> Rect {
    cells::line(area, area.height.saturating_sub(1))
}

/// The keys. The first ones matter most, but for the last two: help and quit.
fn keys(ctx: &Context<'_>) -> Vec<Piece> {
    let shown = keymap::bindings(ctx.app.mode()).filter(|binding| !binding.short.is_empty());
    let shown: Vec<_> = shown.filter(|binding| has_effect(binding.action, ctx)).collect();
    let mut pieces = Vec::new();
    for (place, binding) in (0u8..).zip(&shown) {
        let always = matches!(binding.action, Action::Quit | Action::ToggleHelp | Action::Back);
        let weight = if always { 100 } else { 60u8.saturating_sub(place) };
        pieces.push(Piece::new(short(binding, ctx), weight, ctx.theme.text).led_by(binding.key(), ctx.theme.accent));
    }
    pieces
}

/// Whether there is anything that a key could act on.
fn has_effect(action: Action, ctx: &Context<'_>) -> bool {
    !matches!(action, Action::Refresh | Action::OpenDetails) || ctx.app.selected().is_some()
}

/// What a key does, in a word.
fn short(binding: &Binding, ctx: &Context<'_>) -> &'static str {
    if binding.action == Action::TogglePause && ctx.app.is_paused() { "resume" } else { binding.short }
}

/// How the list is filtered and sorted, where that is not as at the start.
fn state(ctx: &Context<'_>) -> Vec<Piece> {
    let (theme, filter) = (ctx.theme, ctx.app.filter());
    let mut pieces = Vec::new();
    if filter.quick() != QuickFilter::All {
        pieces.push(Piece::new(format!("only {}", filter.quick().label()), 90, theme.accent));
    }
    if !filter.text().trim().is_empty() {
        // It looks for a name, most likely.
        let text = if ctx.app.is_masked() { "masked" } else { filter.text() };
        pieces.push(Piece::new(format!("/ {}", cells::fit(text, 24, theme.marks.cut)), 80, theme.accent));
    }
    if ctx.app.hidden_rows() > 0 {
        pieces.push(Piece::new(format!("{} hidden", ctx.app.hidden_rows()), 95, theme.text));
    }
    let Sort { key, reversed } = ctx.app.sort();
    if key != SortKey::Configured || reversed {
        let arrow = if reversed { theme.marks.falling } else { theme.marks.rising };
        pieces.push(Piece::new(format!("sort: {} {arrow}", key.label()), 55, theme.text));
    }
    pieces
}
