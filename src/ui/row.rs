//! One credential on one line.
//!
//! ```text
//! ▌ ●★ work =  plus   day   ███████▋···   37 %   5h 12m   1,262.3 / 2,000   <1m   shares quota with batch
//!   ○  lab     pro    4h    ███·········  90 %   1h 12m     512.0 / 5,000   11m   stale: timeout, retry in <1m
//!   ✕  bob     ?      rejected: unknown, revoked or restricted key (401), retry in 58m
//! ```
//!
//! The gauge, the percentage and the reset are those of the window that binds, which is named before the
//! gauge. What a row says is decided first ([`Row::of`]), without regard to the room there is; then it is
//! put into its columns ([`draw::draw`]).

pub(super) mod draw;

use ratatui::style::Style;

use crate::domain::quota::{Headroom, QuotaUsage, as_f64};
use crate::domain::text;
use crate::domain::usage::{CredentialUsage, Freshness};
use crate::domain::window::{Window, WindowKind, next_daily_reset};
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::outlook;
use crate::ui::remark::{self, Remark};
use crate::ui::spark;

/// What a row says.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The sign of its state.
    mark: &'static str,
    mark_style: Style,
    /// Whether it is the best key to use.
    is_best: bool,
    /// Its name, masked if names are.
    pub(super) name: String,
    /// Whether it shares its quota with others.
    pub(super) shares_quota: bool,
    /// Its tier.
    pub(super) tier: &'static str,
    /// How the text of the row looks: quiet when it is not current.
    text_style: Style,
    /// The gauge with its numbers, or words in their place.
    pub(super) body: Body,
    /// How old the numbers are; `None` when there are none.
    age: Option<String>,
    /// What else is to be known.
    remark: Remark,
    remark_style: Style,
    /// What stands in the place of the reset where there is no room for a remark.
    short_remark: Option<String>,
    /// The requests of today by the hour.
    spark: Option<String>,
}

/// The middle of a row.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// A gauge and its numbers.
    Gauge(Numbers),
    /// Words in their place.
    Words(String),
}

/// The numbers of a row, as text.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// The window that the gauge is of.
    window: String,
    /// The part used (or left, when that is asked for), 0.0..=1.0; `None` is unknown.
    fraction: Option<f64>,
    /// The part left (or used).
    percent: String,
    /// When that window is reset.
    reset: String,
    /// Requests used today (or left, when that is asked for), and the daily limit.
    pub(super) today: Option<(String, String)>,
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
        let id = entry.identity().id;
        Self {
            mark,
            mark_style,
            is_best: ctx.best == Some(id),
            name: ctx.app.name(id),
            shares_quota: !ctx.app.usage().group_of(id).is_empty(),
            tier: entry.tier().label(),
            text_style: if current { theme.text } else { theme.quiet },
            body: Body::of(entry, freshness, ctx),
            age: entry.baseline().map(|snapshot| text::age(snapshot.fetched_at, ctx.now)),
            remark: remark::of(entry, freshness, ctx),
            remark_style: remark_style(entry, freshness, failing, ctx),
            short_remark: short_remark(entry, freshness, ctx),
            spark: spark::today(entry.hours(), ctx),
        }
    }

    /// What else is to be known of it, in words.
    pub(super) fn state(&self) -> &str {
        match (&self.body, &self.age) {
            (Body::Words(words), None) => words,
            _ => self.remark.longest(),
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

    /// The window that its gauge is of.
    pub(super) fn window(&self) -> Option<&str> {
        match &self.body {
            Body::Gauge(numbers) => Some(&numbers.window),
            Body::Words(_) => None,
        }
    }

    /// Whether the hours of today are known.
    pub(super) fn has_hours(&self) -> bool {
        self.spark.is_some()
    }

    /// How wide the name is, with the sign that it shares its quota.
    pub(super) fn name_width(&self) -> u16 {
        cells::width(&self.name).saturating_add(u16::from(self.shares_quota) * draw::SHARED)
    }
}

/// A remark is coloured where it asks for attention.
fn remark_style(entry: &CredentialUsage, freshness: Freshness, failing: bool, ctx: &Context<'_>) -> Style {
    let (theme, headroom) = (ctx.theme, entry.headroom(ctx.now));
    match (freshness, failing) {
        (Freshness::Fresh, false) if matches!(headroom, Headroom::Low | Headroom::NearlyOut | Headroom::Exhausted) => {
            theme.number(headroom)
        }
        (Freshness::Fresh, false) if remark::runs_out(entry, ctx) => theme.low,
        (Freshness::Fresh, false) => theme.quiet,
        (Freshness::Fresh | Freshness::Stale, _) => theme.low,
        _ => theme.quiet,
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

/// For the narrow screen, where the reset gives way to it: `failed`, `11m old`, `≈15:40`.
fn short_remark(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> Option<String> {
    let age = text::age(entry.baseline()?.fetched_at, ctx.now);
    match freshness {
        Freshness::Stale => Some(format!("{} old", age.split(' ').next().unwrap_or(&age))),
        Freshness::Fresh if entry.failure().is_some() => Some("failed".to_owned()),
        Freshness::Fresh if entry.is_exhausted(ctx.now) => None,
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
        let (fraction, count, part) =
            if ctx.app.shows_remaining() { (left, today.remaining(), used) } else { (used, today.used(), left) };
        let current = entry.freshness(ctx.now) == Freshness::Fresh;
        let unknown = || text::UNKNOWN.to_owned();
        Self {
            window: window.map_or_else(|| "day".to_owned(), |window| window_name(&window.kind, ctx)),
            fraction,
            percent: part.map_or_else(unknown, text::percent),
            reset: reset(window, ctx),
            today: today.limit().map(|limit| (count.map_or_else(unknown, compact), compact_count(limit))),
            fill: if current { theme.level(headroom) } else { theme.quiet },
            percent_style: if current { theme.number(headroom) } else { theme.quiet },
        }
    }
}

/// What a window is called: `day`, `4h`, `month`, or the name of its chute.
pub(super) fn window_name(kind: &WindowKind, ctx: &Context<'_>) -> String {
    match kind {
        WindowKind::Daily => "day".to_owned(),
        WindowKind::FourHour => "4h".to_owned(),
        WindowKind::Monthly => "month".to_owned(),
        WindowKind::Chute(chute) => {
            // `owner/model`: the model is what tells two of them apart.
            let name = ctx.app.usage().chute_name(chute);
            name.rsplit('/').next().filter(|model| !model.is_empty()).unwrap_or(name).to_owned()
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
fn short_clock(at: chrono::DateTime<chrono::Utc>, ctx: &Context<'_>) -> String {
    let clock = text::clock_time(at, ctx.now, ctx.app.zone());
    if clock.contains(' ') { text::day(at, ctx.app.zone()) } else { clock }
}
