//! A row put into its columns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::app::measure::SHARED;
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::columns::{Columns, Span};
use crate::ui::gauge;
use crate::ui::remark::Remark;
use crate::ui::row::{Body, Numbers, Row};

/// Draws a row into `area`, as high as the layout has rows.
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
        (0..area.height).for_each(|line| _ = cells::put(cells::line(area, line), buf, marks.selection, theme.accent));
    }
    if let Some(second) = &row.second {
        second.draw(cells::line(area, 1), buf, row.spark.as_deref(), columns, ctx);
    }
    let area = cells::line(area, 0);
    cells::put(columns.mark.of(area), buf, row.mark, row.mark_style);
    if row.is_best {
        cells::put(columns.star.of(area), buf, marks.best, theme.accent);
    }
    draw_name(columns.name.of(area), buf, row, selected, ctx);
    if let Some(tier) = columns.tier {
        let text = if cells::width(row.tier.label()) <= tier.width { row.tier.label() } else { row.tier.short_label() };
        cells::put(tier.of(area), buf, &fitted(text, tier, ctx), row.text_style);
    }
    let put_words = |words: &Remark, span: Span, style: Style, buf: &mut Buffer| {
        cells::put(span.of(area), buf, &fitted(words.fitting(span.width), span, ctx), style);
    };
    match &row.body {
        _ if columns.remark.is_none() && row.remark_comes_first => {
            put_words(&row.remark, columns.to_the_end, row.remark_style, buf);
        }
        Body::Words(words) if row.age.is_some() => put_words(words, columns.words, row.text_style, buf),
        Body::Words(words) => put_words(words, columns.to_the_end, row.remark_style, buf),
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

/// Draws the numbers of the window that binds, and today's count.
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
    if let (Some(span), Some((count, limit))) = (columns.numbers, &numbers.today) {
        // As wide as the widest limit, so that what is used stands below what is used.
        let width = usize::from(ctx.app.measure().limit);
        cells::put_right(span.of(area), buf, &fitted(&format!("{count} / {limit:>width$}"), span, ctx), row.text_style);
    }
}

/// Draws the hours of today, the age and the remark.
fn draw_end(area: Rect, buf: &mut Buffer, row: &Row, columns: &Columns, selected: bool, ctx: &Context<'_>) {
    if let (Some(span), Some(spark)) = (columns.spark, &row.spark) {
        cells::put(span.of(area), buf, spark, ctx.theme.quiet);
    }
    if let (Some(span), Some(age)) = (columns.age, &row.age) {
        // `20h 0m` is as good as `20h`.
        let age = if cells::width(age) > span.width { age.split(' ').next().unwrap_or(age) } else { age };
        cells::put_right(span.of(area), buf, &fitted(age, span, ctx), row.text_style);
    }
    if let (Some(span), true) = (columns.remark, row.age.is_some()) {
        let emphasis = |style: Style| if selected { style.add_modifier(Modifier::BOLD) } else { style };
        let remark = row.remark.fitting(span.width);
        cells::put(span.of(area), buf, &fitted(remark, span, ctx), emphasis(row.remark_style));
    }
}
