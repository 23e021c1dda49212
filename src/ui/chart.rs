//! What was used of a window over a span of time, drawn by hand.
//!
//! ```text
//!  day, the last 24h
//!  2,000            ┊
//!              ▂▄▆██┊
//!           ▂▅██████┊      ▁▂▂▃
//!      0 ░░░████████┊ ▁▁▂▃▅████
//!        ────┬──────┬──────┬───
//!          20:00  02:00  08:00
//! ```
//!
//! The top is the limit, or else the most that was used. A dot at the foot is nothing used; a column that is empty, nothing known. What was not
//! measured here but told by the server, hour by hour, is shaded.

mod axis;
mod points;

use chrono::{DateTime, Utc};
use ratatui::text::{Line, Span};

use crate::domain::past::Past;
use crate::domain::text;
use crate::domain::usage::CredentialUsage;
use crate::domain::window::{Limit, WindowKind};
use crate::ui::Context;
use crate::ui::marks::{Marks, steps_of};
use crate::ui::page;
use points::Column;

/// The narrowest useful chart.
const NARROWEST: u16 = 12;

/// The lines of the chart, `width` columns wide, its field `height` rows high. There are as many before the
/// past is known as after.
pub(super) fn lines(entry: &CredentialUsage, width: u16, height: u16, ctx: &Context<'_>) -> Vec<Line<'static>> {
    let theme = ctx.theme;
    let kind = ctx.app.past_window().cloned().unwrap_or(WindowKind::Daily);
    let span = ctx.app.span().label();
    let title = format!("{}, the last {span}", ctx.app.window_name(&kind));
    let mut lines = vec![page::line(title, theme.strong)];
    let Some(past) = ctx.app.past() else {
        lines.push(page::line(format!("reading what was{}", theme.marks.more), theme.quiet));
        lines.resize(usize::from(height) + 3, Line::default());
        return lines;
    };
    let scale = Scale::of(past, entry, &points::columns(past, told_until(entry), width));
    let labels = scale.labels();
    let margin = labels.iter().map(|label| super::cells::width(label)).max().unwrap_or(0) + 1;
    let field = width.saturating_sub(margin).max(NARROWEST);
    let columns = points::columns(past, told_until(entry), field);
    lines.extend(field_lines(&columns, scale.top, height, (&labels, margin), ctx));
    let (foot, times) = axis::lines(past.query.span, past.until, field, ctx.app.zone(), &theme.marks);
    let pad = " ".repeat(usize::from(margin));
    lines.push(page::line(format!("{pad}{foot}"), theme.quiet));
    lines.push(page::line(format!("{pad}{times}"), theme.quiet));
    if columns.iter().all(|column| column.used.is_none()) {
        lines.push(page::line(format!("{pad}nothing was measured in this time"), theme.quiet));
    } else if columns.iter().any(|column| column.is_told) {
        lines.push(page::line(format!("{pad}{} by the server's hourly counts", theme.marks.told), theme.quiet));
    }
    lines
}

/// Up to when the hourly counts are whole.
fn told_until(entry: &CredentialUsage) -> Option<DateTime<Utc>> {
    entry.hours().fetched_at()
}

/// What the top of the field means.
struct Scale {
    limit: Limit,
    top: f64,
}

impl Scale {
    /// The limit as it is now, or more where more was used. Without a limit it is the highest of the columns.
    fn of(past: &Past, entry: &CredentialUsage, columns: &[Column]) -> Self {
        let window = entry.windows().iter().map(|state| &state.window).find(|window| window.kind == past.query.kind);
        let limit = window.map(|window| window.limit).or(past.samples.last().map(|sample| sample.limit));
        let limit = limit.unwrap_or(Limit::Requests(0));
        let most = past.samples.iter().filter_map(|sample| sample.used).fold(limit.amount(), f64::max);
        let shown = || columns.iter().filter_map(|column| column.used).fold(most, f64::max);
        Self { limit, top: if limit.amount() > 0.0 { most } else { shown() } }
    }

    /// At the top and at the foot.
    fn labels(&self) -> [String; 2] {
        let top = if self.top <= 0.0 {
            String::new()
        } else if self.top > self.limit.amount() {
            text::amount(Some(self.top), self.limit)
        } else {
            text::limit(self.limit)
        };
        [top, "0".to_owned()]
    }
}

/// The field, from its top row to its lowest.
fn field_lines(
    columns: &[Column],
    top: f64,
    height: u16,
    (labels, margin): (&[String; 2], u16),
    ctx: &Context<'_>,
) -> Vec<Line<'static>> {
    let theme = ctx.theme;
    let pad = usize::from(margin).saturating_sub(1);
    (0..height)
        .rev()
        .map(|row| {
            let label = match row {
                0 => labels[1].as_str(),
                row if row + 1 == height => labels[0].as_str(),
                _ => "",
            };
            let mut spans = vec![Span::styled(format!("{label:>pad$} "), theme.quiet)];
            for column in columns {
                let (cell, is_quiet) = cell(column, top, row, height, &theme.marks);
                let style = if is_quiet { theme.quiet } else { theme.text };
                match spans.last_mut() {
                    Some(last) if last.style == style => last.content.to_mut().push_str(cell),
                    _ => spans.push(Span::styled(cell.to_owned(), style)),
                }
            }
            Line::from(spans)
        })
        .collect()
}

/// The sign in one cell of a column, `row` rows above the foot, and whether it is quiet.
fn cell(column: &Column, top: f64, row: u16, height: u16, marks: &Marks) -> (&'static str, bool) {
    let nothing = if column.is_reset { (marks.reset, true) } else { (" ", true) };
    let Some(used) = column.used else { return nothing };
    let per_cell = marks.columns.len();
    let part = if top > 0.0 { used / top } else { 0.0 };
    let mut steps = steps_of(part, per_cell * usize::from(height));
    if used > 0.0 {
        steps = steps.max(1);
    } else if row == 0 {
        return (marks.empty, true);
    }
    let above = steps.saturating_sub(per_cell * usize::from(row));
    match above.checked_sub(1) {
        None => nothing,
        Some(_) if column.is_told && above * 2 >= per_cell => (marks.told, true),
        Some(place) => (marks.columns.get(place).copied().unwrap_or(marks.full), column.is_told),
    }
}
