//! The list of credentials: titles, and a row for each that is in sight.
//!
//! ```text
//!      KEY    TIER  WINDOW  USED          LEFT    RESET        USED TODAY   AGE
//! ▌ ●★ work   plus  day     ███████▋···   37 %   5h 12m   1,262.3 / 2,000   <1m
//!   ▲  batch  pro   4h      █████████▌·   14 %   1h 12m   4,321.7 / 5,000   <1m   low
//! ```
//!
//! Where there is height each has a second line (`row/second.rs`).
//!
//! Only the rows in sight are looked at, so that ten thousand credentials cost what fifty do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::Context;
use crate::ui::cells;
use crate::ui::columns::{Columns, Span};
use crate::ui::row::{self, Row};

/// Draws the list.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    let (titles, lines) = (u16::from(ctx.layout.titles), ctx.layout.lines);
    let first = ctx.app.first_row();
    let ids = ctx.app.rows().iter().skip(first).take(ctx.layout.page().into());
    let rows: Vec<Row> = ids.filter_map(|id| ctx.app.usage().get(*id)).map(|entry| Row::of(entry, ctx)).collect();
    let columns = Columns::of(ctx.layout, area.width, ctx.app.measure(), ctx.app.is_masked());
    if rows.is_empty() {
        return draw_nothing(cells::line(area, titles), buf, ctx);
    }
    if ctx.layout.titles {
        draw_titles(area, buf, &columns, ctx);
    }
    for (place, row) in (0..).zip(&rows) {
        let selected = ctx.app.selected_row() == Some(first + usize::from(place));
        let top = cells::line(area, titles + place * lines);
        row::draw::draw(Rect { height: lines, ..top }.intersection(area), buf, row, &columns, selected, ctx);
    }
}

fn draw_titles(area: Rect, buf: &mut Buffer, columns: &Columns, ctx: &Context<'_>) {
    let remaining = ctx.app.shows_remaining();
    let (gauge, count, percent) =
        if remaining { ("LEFT", "LEFT TODAY", "USED") } else { ("USED", "USED TODAY", "LEFT") };
    let style = ctx.theme.quiet;
    let line = cells::line(area, 0);
    cells::put(columns.name.of(line), buf, "KEY", style);
    if let Some(tier) = columns.tier {
        cells::put(tier.of(line), buf, "TIER", style);
    }
    if let Some(window) = columns.window {
        cells::put(window.of(line), buf, "WINDOW", style);
    }
    cells::put(columns.gauge.of(line), buf, gauge, style);
    if let Some(spark) = columns.spark {
        cells::put(spark.of(line), buf, "REQUESTS BY HOUR (UTC)", style);
    }
    let mut right = |span: Span, text: &str| cells::put_right(span.of(line), buf, text, style);
    right(columns.percent, percent);
    if let Some(numbers) = columns.numbers {
        right(numbers, count);
    }
    if let Some(reset) = columns.reset {
        right(reset, "RESET");
    }
    if let Some(age) = columns.age {
        right(age, "AGE");
    }
}

/// Says why there is no row.
pub(super) fn draw_nothing(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    let text = format!("   {}", why_nothing(ctx));
    cells::put(area, buf, &cells::fit(&text, area.width, ctx.theme.marks.cut), ctx.theme.quiet);
}

/// What about the filter lets nothing through, and what clears it.
pub(super) fn why_nothing(ctx: &Context<'_>) -> String {
    let filter = ctx.app.filter();
    match filter.hint() {
        // While it is being typed the next letter may make sense of it.
        Some(hint) if filter.is_editing() => hint,
        Some(hint) => format!("{hint}; Esc clears the filter"),
        None => "no key matches the filter: Esc clears it".to_owned(),
    }
}
