//! A row put into its columns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::ui::Context;
use crate::ui::cells;
use crate::ui::columns::{Columns, Span};
use crate::ui::gauge;
use crate::ui::row::{Body, Numbers, Row};

/// The columns of the sign after the name of a key that shares its quota, with the space before it.
pub(in crate::ui) const SHARED: u16 = 2;

/// Draws a row into `area`, one line high.
pub(in crate::ui) fn draw(
    area: Rect,
    buf: &mut Buffer,
    row: &Row,
    columns: &Columns,
    selected: bool,
    ctx: &Context<'_>,
) {
    let (theme, marks) = (ctx.theme, &ctx.theme.marks);
    if selected {
        cells::put(area, buf, marks.selection, theme.accent);
    }
    cells::put(columns.mark.of(area), buf, row.mark, row.mark_style);
    if row.is_best {
        cells::put(columns.star.of(area), buf, marks.best, theme.accent);
    }
    draw_name(columns.name.of(area), buf, row, selected, ctx);
    if let Some(tier) = columns.tier {
        cells::put(tier.of(area), buf, &fitted(row.tier, tier, ctx), row.text_style);
    }
    match &row.body {
        Body::Words(words) => {
            let span = if row.age.is_some() { columns.words } else { columns.to_the_end };
            let style = if row.age.is_some() { row.text_style } else { row.remark_style };
            cells::put(span.of(area), buf, &fitted(words, span, ctx), style);
        }
        Body::Gauge(numbers) => draw_numbers(area, buf, row, numbers, columns, ctx),
    }
    draw_end(area, buf, row, columns, selected, ctx);
}

fn fitted(text: &str, span: Span, ctx: &Context<'_>) -> String {
    cells::fit(text, span.width, ctx.theme.marks.cut).into_owned()
}

/// The name, cut to leave room for the sign that it shares its quota. On its selected row it is never dim:
/// it is what the keys act on.
fn draw_name(area: Rect, buf: &mut Buffer, row: &Row, selected: bool, ctx: &Context<'_>) {
    let theme = ctx.theme;
    let style = if selected { theme.strong } else { row.text_style };
    let shared = if row.shares_quota { SHARED } else { 0 };
    let name = cells::fit(&row.name, area.width.saturating_sub(shared), theme.marks.cut);
    let taken = cells::put(area, buf, &name, style);
    if row.shares_quota {
        cells::put(cells::after(area, taken + SHARED - 1), buf, theme.marks.shared, theme.quiet);
    }
}

/// Draws what is of the window that binds, and the count of today.
fn draw_numbers(area: Rect, buf: &mut Buffer, row: &Row, numbers: &Numbers, columns: &Columns, ctx: &Context<'_>) {
    let theme = ctx.theme;
    if let Some(span) = columns.window {
        cells::put(span.of(area), buf, &fitted(&numbers.window, span, ctx), row.text_style);
    }
    let look = gauge::Look { full: numbers.fill, empty: theme.quiet };
    gauge::draw(columns.gauge.of(area), buf, numbers.fraction, &theme.marks, look);
    cells::put_right(columns.percent.of(area), buf, &numbers.percent, numbers.percent_style);
    if let Some(span) = columns.reset {
        match (&row.short_remark, columns.remark) {
            (Some(short), None) => cells::put_right(span.of(area), buf, short, theme.low),
            _ => cells::put_right(span.of(area), buf, &fitted(&numbers.reset, span, ctx), row.text_style),
        };
    }
    if let (Some((count, limit)), Some((used, most))) = (columns.numbers, &numbers.today) {
        cells::put_right(count.of(area), buf, used, row.text_style);
        cells::put(limit.of(area), buf, "/", row.text_style);
        cells::put_right(limit.of(area), buf, most, row.text_style);
    }
}

/// Draws the hours of today, the age and the remark.
fn draw_end(area: Rect, buf: &mut Buffer, row: &Row, columns: &Columns, selected: bool, ctx: &Context<'_>) {
    if let (Some(span), Some(spark)) = (columns.spark, &row.spark) {
        cells::put(span.of(area), buf, spark, ctx.theme.quiet);
    }
    if let (Some(span), Some(age)) = (columns.age, &row.age) {
        cells::put_right(span.of(area), buf, &fitted(age, span, ctx), row.text_style);
    }
    if let (Some(span), true) = (columns.remark, row.age.is_some()) {
        let emphasis = |style: Style| if selected { style.add_modifier(Modifier::BOLD) } else { style };
        let remark = row.remark.fitting(span.width);
        cells::put(span.of(area), buf, &fitted(remark, span, ctx), emphasis(row.remark_style));
    }
}
