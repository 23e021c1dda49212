//! The selected credential, to be read from across the room.
//!
//! ```text
//!                     ▲ batch   pro   2 of 8
//!
//!               ██  ██  ██    ██      ██  ██
//!                   ██  ██    ██          ██
//!                   ██  ██████          ██
//!                   ██      ██        ██
//!                   ██      ██        ██  ██
//!
//!   ██████████████████████████████████████████████▌·······
//!           day   4,321.7 / 5,000   resets in 5h 12m
//!               low, empty ≈22:48   <1m ago
//! ```
//!
//! The digits are as large as the pane allows. They are our own, because those of a crate have one size, and no
//! ASCII. Where the pane is low, first the blank lines go, then the last line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::Context;
use crate::ui::cells::{self, Piece};
use crate::ui::gauge;
use crate::ui::list;
use crate::ui::row::{Body, Numbers, Row};

/// Rows of a digit.
const TALL: u16 = 5;
/// Columns of a digit, and from one to the next. A dot of one row is two columns wide, which is about a square.
const WIDE: u16 = 6;
const STEP: u16 = 8;
/// Between one fact and the next.
const GAP: u16 = 3;
/// Columns of `100%` or `>99%`.
const WIDEST: u16 = 3 * STEP + WIDE;
/// The lines that are there however low the pane: name, gauge, numbers. In two rows the gauge goes too.
const LEAST: u16 = 3;

/// Draws the selected credential.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    let selected = ctx.app.selected().and_then(|id| ctx.app.usage().get(id));
    let Some(row) = selected.map(|entry| Row::of(entry, ctx)) else {
        return list::draw_nothing(cells::line(area, 0), buf, ctx);
    };
    let inner = Rect { width: area.width.saturating_sub(2), ..cells::after(area, 1) };
    match &row.body {
        Body::Gauge(numbers) => draw_numbers(inner, buf, &row, numbers, ctx),
        Body::Words(words) => {
            let lines =
                [title(&row, ctx), plain(words.fitting(inner.width), row.remark_style), last(&row, inner.width, ctx)];
            let gap = u16::from(inner.height > LEAST);
            let top = inner.height.saturating_sub(LEAST + gap) / 2;
            for (line, place) in lines.iter().zip([top, top + 1 + gap, top + 2 + gap]) {
                centred(cells::line(inner, place), buf, line, ctx);
            }
        }
    }
}

fn draw_numbers(area: Rect, buf: &mut Buffer, row: &Row, numbers: &Numbers, ctx: &Context<'_>) {
    let size = (area.width / WIDEST).min(area.height.saturating_sub(LEAST) / TALL);
    // Where there is no room for large digits, the number stands on a line as it is.
    let tall = if size > 0 { size * TALL } else { u16::from(area.height > LEAST) };
    let spare = area.height.saturating_sub(tall + LEAST);
    let (has_last, gap) = (spare > 0, u16::from(spare > 2));
    let taken = LEAST + tall + u16::from(has_last) + 2 * gap;
    let mut place = area.height.saturating_sub(taken) / 2;
    centred(cells::line(area, place), buf, &title(row, ctx), ctx);
    place += 1 + gap;
    let digits = Rect { y: area.y.saturating_add(place), height: tall, ..area };
    if size > 0 {
        draw_large(digits, buf, &numbers.percent, size, ctx.theme.marks.full, numbers.fill);
    } else {
        centred(digits, buf, &plain(&numbers.percent, numbers.fill), ctx);
    }
    place += tall + gap;
    if area.height >= LEAST {
        let look = gauge::Look { full: numbers.fill, empty: ctx.theme.quiet };
        gauge::draw(cells::line(area, place), buf, numbers.fraction, &ctx.theme.marks, look);
        place += 1;
    }
    centred(cells::line(area, place), buf, &facts(row, numbers, area.width, tall > 0, ctx), ctx);
    centred(cells::line(area, place + 1), buf, &last(row, area.width, ctx), ctx);
}

fn plain(text: &str, style: Style) -> Vec<Piece> {
    vec![(text.to_owned(), style)]
}

fn title(row: &Row, ctx: &Context<'_>) -> Vec<Piece> {
    let theme = ctx.theme;
    let mut pieces = vec![(format!("{} ", row.mark), row.mark_style)];
    if row.is_best {
        pieces.push((format!("{} ", theme.marks.best), theme.accent));
    }
    pieces.push((row.name.clone(), theme.strong));
    if row.shares_quota {
        pieces.push((format!(" {}", theme.marks.shared), theme.quiet));
    }
    pieces.push((format!("   {}", row.tier.label()), theme.text));
    if let Some(place) = ctx.app.selected_row() {
        pieces.push((format!("   {} of {}", place + 1, ctx.app.rows().len()), theme.quiet));
    }
    pieces
}

/// The window that binds, what is used of today, and the countdown; shorter where there is no room.
fn facts(row: &Row, numbers: &Numbers, width: u16, has_percent: bool, ctx: &Context<'_>) -> Vec<Piece> {
    let until = if ctx.app.shows_clock() { "resets at" } else { "resets in" };
    let reset = match numbers.reset.as_str() {
        "pending" => "renewal pending".to_owned(),
        reset => format!("{until} {reset}"),
    };
    let percent = if has_percent { String::new() } else { format!("{}   ", numbers.percent) };
    let (window, short) = (&numbers.window, &numbers.reset);
    let today = numbers.today.as_ref().map(|(count, limit)| format!("{count} / {limit}   ")).unwrap_or_default();
    let ways = [
        format!("{percent}{window}   {today}{reset}"),
        format!("{percent}{window}   {reset}"),
        format!("{percent}{window}   {short}"),
    ];
    let fitting = ways.iter().find(|way| cells::width(way) <= width).or(ways.last());
    plain(fitting.map_or("", String::as_str), row.text_style)
}

/// The remark, and how old the numbers are.
fn last(row: &Row, width: u16, ctx: &Context<'_>) -> Vec<Piece> {
    let Some(age) = row.age.as_ref().map(|age| format!("{age} ago")) else { return Vec::new() };
    let mut pieces = Vec::new();
    if !row.remark.longest().is_empty() {
        let room = width.saturating_sub(cells::width(&age) + GAP);
        pieces.push((format!("{}   ", row.remark.fitting(room)), row.remark_style));
    }
    pieces.push((age, ctx.theme.quiet));
    pieces
}

/// Draws pieces in the middle of a line, cut at its end.
fn centred(line: Rect, buf: &mut Buffer, pieces: &[Piece], ctx: &Context<'_>) {
    let margin = line.width.saturating_sub(cells::width_of(pieces)) / 2;
    cells::put_all(cells::after(line, margin), buf, pieces, ctx.theme.marks.cut);
}

/// Draws a percentage with dots of `size` rows, in the middle of `area`. Blanks are left out.
fn draw_large(area: Rect, buf: &mut Buffer, text: &str, size: u16, full: &str, style: Style) {
    let glyphs: Vec<[u8; TALL as usize]> = text.chars().filter_map(glyph).collect();
    let count = u16::try_from(glyphs.len()).unwrap_or(u16::MAX);
    let width = (count.saturating_mul(STEP).saturating_sub(STEP - WIDE)).saturating_mul(size);
    let area = cells::after(area, area.width.saturating_sub(width) / 2);
    let dot = full.repeat(usize::from(2 * size));
    for (column, glyph) in (0u16..).zip(&glyphs) {
        for (line, dots) in (0u16..).zip(glyph) {
            for place in (0u16..3).filter(|place| dots & (0b100 >> place) != 0) {
                let left = cells::after(area, (column * STEP + place * 2) * size);
                (0..size).for_each(|row| _ = cells::put(cells::line(left, line * size + row), buf, &dot, style));
            }
        }
    }
}

/// The rows of a sign, three dots each.
fn glyph(sign: char) -> Option<[u8; TALL as usize]> {
    Some(match sign {
        '0' => [0b111, 0b101, 0b101, 0b101, 0b111],
        '1' => [0b010, 0b110, 0b010, 0b010, 0b111],
        '2' => [0b111, 0b001, 0b111, 0b100, 0b111],
        '3' => [0b111, 0b001, 0b111, 0b001, 0b111],
        '4' => [0b101, 0b101, 0b111, 0b001, 0b001],
        '5' => [0b111, 0b100, 0b111, 0b001, 0b111],
        '6' => [0b111, 0b100, 0b111, 0b101, 0b111],
        '7' => [0b111, 0b001, 0b001, 0b001, 0b001],
        '8' => [0b111, 0b101, 0b111, 0b101, 0b111],
        '9' => [0b111, 0b101, 0b111, 0b001, 0b111],
        '%' => [0b101, 0b001, 0b010, 0b100, 0b101],
        '<' => [0b001, 0b010, 0b100, 0b010, 0b001],
        '>' => [0b100, 0b010, 0b001, 0b010, 0b100],
        '?' => [0b111, 0b001, 0b011, 0b000, 0b010],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text;

    #[test]
    fn every_sign_of_a_percentage_can_be_drawn_large() {
        let shown = (0..=1000).flat_map(|part| {
            let part = f64::from(part) / 1000.0;
            [text::percent(part), text::percent_used(part)]
        });
        for text in shown.chain([text::UNKNOWN.to_owned()]) {
            assert!(text.chars().all(|sign| sign == ' ' || glyph(sign).is_some()), "{text}");
            assert!(text.chars().filter_map(glyph).count() <= 4, "{text}");
        }
    }
}
