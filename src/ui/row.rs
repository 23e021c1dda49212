//! One credential on one line, or on two where there is height.
//!
//! ```text
//! ▌ ●★ work =  plus   day   ███████▋···   37 %   5h 12m   1,262.3 / 2,000     <1m   shares quota with batch
//!   ○  lab     pro    4h    ███·········  90 %   1h 12m     512 / 5,000     11m   stale, retry <1m: timeout
//!   ✕  bob     ?      rejected, retry in 58m: unknown, revoked or restricted key (401)
//! ```
//!
//! The gauge, the percentage and the reset are those of the window that binds, which is named before the
//! gauge. What a row says is decided first ([`Row::of`]), without regard to the room there is; then it is
//! put into its columns ([`draw::draw`]).

pub(super) mod draw;
mod second;

use chrono::{DateTime, Utc};
use ratatui::style::Style;

use crate::domain::quota::{Headroom, QuotaUsage};
use crate::domain::text;
use crate::domain::tier::Tier;
use crate::domain::usage::{CredentialUsage, Freshness};
use crate::domain::window::{Window, next_daily_reset};
use crate::ui::Context;
use crate::ui::outlook;
use crate::ui::remark::{self, Remark};
use crate::ui::row::second::Second;
use crate::ui::spark;

/// What a row says.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The sign of its state.
    pub(super) mark: &'static str,
    pub(super) mark_style: Style,
    /// Whether it is the best key to use.
    pub(super) is_best: bool,
    /// Its name, masked if names are.
    pub(super) name: String,
    /// Whether it shares its quota with others.
    pub(super) shares_quota: bool,
    /// Its tier.
    pub(super) tier: Tier,
    /// How the text of the row looks: quiet when it is not current.
    pub(super) text_style: Style,
    /// The gauge with its numbers, or words in their place.
    pub(super) body: Body,
    /// How old the numbers are; `None` when there are none.
    pub(super) age: Option<String>,
    /// The remark.
    pub(super) remark: Remark,
    pub(super) remark_style: Style,
    /// Replaces the reset where there is no room for a remark.
    short_remark: Option<String>,
    /// Whether the remark takes the place of the numbers where there is no room for both.
    remark_comes_first: bool,
    /// The requests of today by the hour.
    spark: Option<String>,
    /// What its second line says, if it has one.
    second: Option<Second>,
}

/// The middle of a row.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// A gauge and its numbers.
    Gauge(Numbers),
    /// Words in their place.
    Words(Remark),
}

/// The numbers of a row, as text.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// The window that the gauge is of.
    pub(super) window: String,
    /// The part used (or left, when that is asked for), 0.0..=1.0; `None` is unknown.
    pub(super) fraction: Option<f64>,
    /// The part left (or used).
    pub(super) percent: String,
    /// When that window is reset.
    pub(super) reset: String,
    /// Requests used today (or left, when that is asked for), and the daily limit.
    pub(super) today: Option<(String, String)>,
    pub(super) fill: Style,
    percent_style: Style,
}

impl Row {
    /// What the row of `entry` says.
    pub(super) fn of(entry: &CredentialUsage, ctx: &Context<'_>) -> Self {
        let (theme, freshness) = (ctx.theme, entry.freshness(ctx.now));
        let current = entry.is_current(ctx.now);
        let (mark, mark_style) = mark(entry, freshness, ctx);
        let failing = entry.failure().is_some();
        let (id, body) = (entry.identity().id, Body::of(entry, freshness, ctx));
        Self {
            mark,
            mark_style,
            is_best: ctx.best == Some(id),
            name: ctx.app.name(id),
            shares_quota: !ctx.app.usage().group_of(id).is_empty(),
            tier: entry.tier(),
            text_style: if current { theme.text } else { theme.quiet },
            remark_comes_first: freshness == Freshness::PendingReset
                || (failing && freshness != Freshness::Failed && matches!(body, Body::Words(_))),
            body,
            age: read_at(entry, ctx).map(|read| text::age(read, ctx.now)),
            remark: remark::of(entry, freshness, ctx),
            remark_style: remark_style(entry, freshness, failing, ctx),
            short_remark: short_remark(entry, freshness, ctx),
            spark: spark::today(entry.hours(), ctx),
            second: (ctx.layout.lines > 1).then(|| Second::of(entry, freshness, ctx)),
        }
    }

    /// The rest, in words.
    pub(super) fn state(&self) -> &Remark {
        match (&self.body, &self.age) {
            (Body::Words(words), None) => words,
            _ => &self.remark,
        }
    }
}

/// A remark is coloured where it asks for attention.
fn remark_style(entry: &CredentialUsage, freshness: Freshness, failing: bool, ctx: &Context<'_>) -> Style {
    let (theme, headroom) = (ctx.theme, entry.headroom(ctx.now));
    if let (Some(state), false) = (entry.old_binding(ctx.now), failing) {
        return if remark::of_part(entry, state).is_some() { theme.low } else { theme.quiet };
    }
    match (freshness, failing) {
        (Freshness::Fresh, false) if matches!(headroom, Headroom::Low | Headroom::NearlyOut | Headroom::Exhausted) => {
            theme.number(headroom)
        }
        (Freshness::Fresh, false) if remark::runs_out(entry, ctx) => theme.low,
        (Freshness::Fresh, false) => theme.quiet,
        (Freshness::Fresh | Freshness::Stale, _) | (Freshness::PendingReset, true) => theme.low,
        _ => theme.quiet,
    }
}

/// The sign of a row, and how it looks.
pub(super) fn mark(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> (&'static str, Style) {
    let (theme, marks, headroom) = (ctx.theme, &ctx.theme.marks, entry.headroom(ctx.now));
    let failing = entry.failure().is_some();
    let (mark, style) = match freshness {
        Freshness::Fresh if failing => (marks.failing, theme.low),
        Freshness::Fresh if entry.old_binding(ctx.now).is_some() => (marks.stale, theme.quiet),
        Freshness::Fresh => (marks.level(headroom), theme.level(headroom)),
        Freshness::Waiting => (marks.waiting, theme.quiet),
        Freshness::Stale | Freshness::PendingReset => (marks.stale, if failing { theme.low } else { theme.quiet }),
        Freshness::Failed => (marks.failed, theme.alarm),
    };
    (if entry.is_asking() { marks.asking } else { mark }, style)
}

/// When the oldest number of the row was read.
fn read_at(entry: &CredentialUsage, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
    let binding = entry.binding(ctx.now).map(|state| state.window.fetched_at);
    entry.baseline().map(|snapshot| binding.map_or(snapshot.fetched_at, |read| read.min(snapshot.fetched_at)))
}

/// For the narrow screen, where the reset gives way to it: `failed`, `11m old`, `≈15:40`.
fn short_remark(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> Option<String> {
    let age = text::age(read_at(entry, ctx)?, ctx.now);
    let is_old = freshness == Freshness::Stale || entry.old_binding(ctx.now).is_some();
    match freshness {
        _ if is_old && freshness != Freshness::PendingReset => {
            Some(format!("{} old", age.split(' ').next().unwrap_or(&age)))
        }
        Freshness::Fresh if entry.failure().is_some() => Some("failed".to_owned()),
        Freshness::Fresh => Some(outlook::run_out(entry.binding(ctx.now)?, ctx)?.short),
        _ => None,
    }
}

impl Body {
    fn of(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> Self {
        let Some(snapshot) = entry.baseline() else {
            return Self::Words(remark::without_numbers(entry, ctx));
        };
        // After the reset nothing is known of today until the next answer.
        let today = match freshness {
            Freshness::PendingReset => QuotaUsage::new(snapshot.usage.quota(), None),
            _ => snapshot.usage,
        };
        let binding = entry.binding(ctx.now).map(|state| &state.window).filter(|_| entry.usage(ctx.now).is_some());
        match (today.headroom(), binding) {
            (headroom, Some(window)) if headroom != Headroom::Unknown => {
                Self::Gauge(Numbers::of(Some(window), &today, entry, ctx))
            }
            (Headroom::Unlimited, _) => Self::Words(remark::without_limit(entry)),
            (Headroom::NoQuota, _) => Self::Words(remark::pay_as_you_go(entry, ctx)),
            _ => Self::Gauge(Numbers::of(None, &today, entry, ctx)),
        }
    }
}

impl Numbers {
    /// The numbers of the window that binds, or, when that is not known, of a day of which only the limit is.
    fn of(window: Option<&Window>, today: &QuotaUsage, entry: &CredentialUsage, ctx: &Context<'_>) -> Self {
        let (theme, headroom) = (ctx.theme, entry.headroom(ctx.now));
        let left = window.and_then(Window::remaining_fraction);
        let used = left.map(|left| 1.0 - left);
        // The gauge and the count show the one, the percentage the other: both can always be read.
        let (fraction, count, part, round): (_, _, _, fn(f64) -> String) = if ctx.app.shows_remaining() {
            (left, today.remaining(), used, text::percent_used)
        } else {
            (used, today.used(), left, text::percent)
        };
        let current = entry.is_current(ctx.now);
        let unknown = || text::UNKNOWN.to_owned();
        Self {
            window: window.map_or_else(|| "day".to_owned(), |window| ctx.app.window_name(&window.kind).to_owned()),
            fraction,
            percent: part.map_or_else(unknown, round),
            reset: reset(window, ctx),
            today: today
                .limit()
                .map(|limit| (count.map_or_else(unknown, text::short_requests), text::short_limit(limit))),
            fill: if current { theme.level(headroom) } else { theme.quiet },
            percent_style: if current { theme.number(headroom) } else { theme.quiet },
        }
    }
}

/// A window's reset as a row shows it: counted down, or by the reader's clock.
fn reset(window: Option<&Window>, ctx: &Context<'_>) -> String {
    if window.is_some_and(Window::is_renewal_pending) {
        return "pending".to_owned();
    }
    let at = match window {
        Some(window) => window.reset_at,
        None => Some(next_daily_reset(ctx.now)),
    };
    match at {
        None => text::UNKNOWN.to_owned(),
        Some(at) if ctx.app.shows_clock() => short_clock(at, ctx),
        Some(at) => text::countdown(at, ctx.now),
    }
}

/// `01:00`, or the date when that is more than a day away.
fn short_clock(at: DateTime<Utc>, ctx: &Context<'_>) -> String {
    let clock = text::clock_time(at, ctx.now, ctx.app.zone());
    if clock.contains(' ') { text::day(at, ctx.app.zone()) } else { clock }
}
