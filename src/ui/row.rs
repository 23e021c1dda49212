//! One credential on one line.
//!
//! ```text
//! ▌ ● work   plus    ███████▋···   1,262.3 / 2,000   37 %   5h 12m   <1m
//!   ○ lab    pro     ███·········    512.0 / 5,000   90 %   5h 12m   11m   stale: timeout, retry in <1m
//!   ✕ bob    ?       rejected: unknown, revoked or restricted key (401), retry in 58m
//! ```
//!
//! What a row says is decided first ([`Row::of`]), without regard to the room there is; then it is
//! put into its columns ([`draw`]).

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::domain::quota::{Headroom, QuotaUsage, as_f64};
use crate::domain::text;
use crate::domain::usage::{CredentialUsage, Freshness};
use crate::domain::window::next_daily_reset;
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::columns::{Columns, Span};
use crate::ui::gauge;
use crate::ui::remark;

/// What a row says.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The sign of its state.
    mark: &'static str,
    mark_style: Style,
    /// Its name, masked if names are.
    pub(super) name: String,
    /// Its tier.
    pub(super) tier: &'static str,
    /// How the text of the row looks: quiet when it is not current.
    text_style: Style,
    /// The gauge with its numbers, or words in their place.
    pub(super) body: Body,
    /// How old the numbers are; `None` when there are none.
    age: Option<String>,
    /// What else is to be known.
    remark: String,
    remark_style: Style,
    /// What stands in the place of the reset where there is no room for a remark.
    short_remark: Option<String>,
}

/// The middle of a row.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// A gauge and its numbers.
    Gauge(Numbers),
    /// Words in their place.
    Words(String),
}

/// The numbers of a gauge, as text.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// The part used (or left, when that is asked for), 0.0..=1.0; `None` is unknown.
    fraction: Option<f64>,
    /// Requests used (or left, when that is asked for).
    pub(super) count: String,
    /// The limit.
    pub(super) limit: String,
    /// The part left (or used).
    percent: String,
    fill: Style,
    percent_style: Style,
}

impl Row {
    /// What the row of `entry` says.
    pub(super) fn of(entry: &CredentialUsage, ctx: &Context<'_>) -> Self {
        let (theme, freshness) = (ctx.theme, entry.freshness(ctx.now));
        let current = freshness == Freshness::Fresh;
        let (mark, mark_style) = mark(entry, freshness, ctx);
        let failing = entry.failure().is_some();
        Self {
            mark,
            mark_style,
            name: ctx.app.name(entry.identity().id),
            tier: entry.tier().label(),
            text_style: if current { theme.text } else { theme.quiet },
            body: Body::of(entry, freshness, ctx),
            age: entry.baseline().map(|snapshot| text::age(snapshot.fetched_at, ctx.now)),
            remark: remark::of(entry, freshness, ctx),
            remark_style: match (freshness, failing) {
                (Freshness::Fresh, false) => theme.number(entry.headroom(ctx.now)),
                (Freshness::Fresh | Freshness::Stale, _) => theme.low,
                _ => theme.quiet,
            },
            short_remark: short_remark(entry, freshness, ctx),
        }
    }

    /// What else is to be known of it, in words.
    pub(super) fn state(&self) -> &str {
        match (&self.body, &self.age) {
            (Body::Words(words), None) => words,
            _ => &self.remark,
        }
    }

    /// How that looks.
    pub(super) fn state_style(&self) -> Style {
        self.remark_style
    }

    /// How wide the age is.
    pub(super) fn age_width(&self) -> u16 {
        self.age.as_deref().map_or(0, cells::width)
    }
}

/// The sign of a row, and how it looks.
pub(super) fn mark(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> (&'static str, Style) {
    let (theme, marks, headroom) = (ctx.theme, &ctx.theme.marks, entry.headroom(ctx.now));
    let (mark, style) = match freshness {
        Freshness::Fresh => (marks.level(headroom), theme.level(headroom)),
        Freshness::Waiting => (marks.waiting, theme.quiet),
        Freshness::Stale | Freshness::PendingReset => (marks.stale, theme.quiet),
        Freshness::Failed => (marks.failed, theme.alarm),
    };
    (if entry.is_asking() { marks.asking } else { mark }, style)
}

/// For the narrow screen, where the reset gives way to it: `failed`, `11m old`.
fn short_remark(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> Option<String> {
    let age = text::age(entry.baseline()?.fetched_at, ctx.now);
    match freshness {
        Freshness::Stale => Some(format!("{} old", age.split(' ').next().unwrap_or(&age))),
        Freshness::Fresh if entry.failure().is_some() => Some("failed".to_owned()),
        _ => None,
    }
}

impl Body {
    fn of(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> Self {
        let Some(snapshot) = entry.baseline() else {
            return Self::Words(remark::without_numbers(entry, ctx));
        };
        match snapshot.usage.headroom() {
            Headroom::Unlimited => Self::Words("no daily limit".to_owned()),
            Headroom::NoQuota => Self::Words("no daily quota: pay as you go".to_owned()),
            _ if freshness == Freshness::PendingReset => {
                Self::Gauge(Numbers::of(&QuotaUsage::new(snapshot.usage.quota(), None), freshness, ctx))
            }
            _ => Self::Gauge(Numbers::of(&snapshot.usage, freshness, ctx)),
        }
    }
}

impl Numbers {
    fn of(usage: &QuotaUsage, freshness: Freshness, ctx: &Context<'_>) -> Self {
        let (theme, headroom) = (ctx.theme, usage.headroom());
        let left = usage.remaining_fraction();
        let used = left.map(|left| 1.0 - left);
        // The gauge and the count show the one, the percentage the other: both can always be read.
        let (fraction, count, part) =
            if ctx.app.shows_remaining() { (left, usage.remaining(), used) } else { (used, usage.used(), left) };
        let current = freshness == Freshness::Fresh;
        Self {
            fraction,
            count: count.map_or_else(|| text::UNKNOWN.to_owned(), compact),
            limit: usage.limit().map_or_else(|| text::UNKNOWN.to_owned(), compact_count),
            percent: part.map_or_else(|| text::UNKNOWN.to_owned(), text::percent),
            fill: if current { theme.level(headroom) } else { theme.quiet },
            percent_style: if current { theme.number(headroom) } else { theme.quiet },
        }
    }
}

/// Numbers above this are shortened in a row; details have them in full.
const LONGEST: f64 = 999_999_999.0;

fn compact(number: f64) -> String {
    if number.abs() > LONGEST { format!("{number:.2e}") } else { text::requests(number) }
}

fn compact_count(number: u64) -> String {
    if as_f64(number) > LONGEST { format!("{:.2e}", as_f64(number)) } else { text::count(number) }
}

/// Draws a row into `area`, one line high.
pub(super) fn draw(area: Rect, buf: &mut Buffer, row: &Row, columns: &Columns, selected: bool, ctx: &Context<'_>) {
    let (theme, marks) = (ctx.theme, &ctx.theme.marks);
    let emphasis = |style: Style| if selected { style.add_modifier(Modifier::BOLD) } else { style };
    if selected {
        cells::put(area, buf, marks.selection, theme.accent);
    }
    cells::put(columns.mark.of(area), buf, row.mark, row.mark_style);
    let fitted = |text: &str, span: Span| cells::fit(text, span.width, marks.cut).into_owned();
    // A name on its selected row is never dim: it is what the keys act on.
    let name_style = if selected { theme.strong } else { row.text_style };
    cells::put(columns.name.of(area), buf, &fitted(&row.name, columns.name), name_style);
    if let Some(tier) = columns.tier {
        cells::put(tier.of(area), buf, &fitted(row.tier, tier), row.text_style);
    }
    match &row.body {
        Body::Words(words) => {
            let span = if row.age.is_some() { columns.words } else { columns.to_the_end };
            let style = if row.age.is_some() { row.text_style } else { row.remark_style };
            cells::put(span.of(area), buf, &fitted(words, span), style);
        }
        Body::Gauge(numbers) => draw_numbers(area, buf, row, numbers, columns, ctx),
    }
    if let (Some(span), Some(age)) = (columns.age, &row.age) {
        cells::put_right(span.of(area), buf, &fitted(age, span), row.text_style);
    }
    if let (Some(span), true) = (columns.remark, row.age.is_some()) {
        cells::put(span.of(area), buf, &fitted(&row.remark, span), emphasis(row.remark_style));
    }
}

/// Draws the gauge, its numbers and the reset.
fn draw_numbers(area: Rect, buf: &mut Buffer, row: &Row, numbers: &Numbers, columns: &Columns, ctx: &Context<'_>) {
    let theme = ctx.theme;
    let look = gauge::Look { full: numbers.fill, empty: theme.quiet };
    gauge::draw(columns.gauge.of(area), buf, numbers.fraction, &theme.marks, look);
    if let Some((count, limit)) = columns.numbers {
        cells::put_right(count.of(area), buf, &numbers.count, row.text_style);
        cells::put(limit.of(area), buf, "/", row.text_style);
        cells::put_right(limit.of(area), buf, &numbers.limit, row.text_style);
    }
    cells::put_right(columns.percent.of(area), buf, &numbers.percent, numbers.percent_style);
    if let Some(span) = columns.reset {
        match (&row.short_remark, columns.remark) {
            (Some(short), None) => cells::put_right(span.of(area), buf, short, theme.low),
            _ => cells::put_right(span.of(area), buf, &reset(ctx), row.text_style),
        };
    }
}

/// The reset as a row shows it: counted down, or by the reader's clock.
fn reset(ctx: &Context<'_>) -> String {
    let at = next_daily_reset(ctx.now);
    if ctx.app.shows_clock() { text::clock_time(at, ctx.now, ctx.app.zone()) } else { text::countdown(at, ctx.now) }
}
