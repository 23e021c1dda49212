//! The second line of a credential, where there is height for it: what its first line has no room for.
//!
//! ```text
//! ▌ ●  work  plus   day   ███████▋···   37 %   5h 12m   1,262.3 / 2,000     <1m   shares quota with batch
//! ▌          ▁▂▃▅▇▆▄▂·▁▃                   4h  95 %  month  42 %                  lasts to reset (≈62 % used)
//! ```
//!
//! The requests of today by the hour, what is left of the windows that do not bind, and what to expect of the one
//! that does, unless the first line says that. All of it is quiet, but for a window of which little is left.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::forecast::Forecast;
use crate::domain::quota::Headroom;
use crate::domain::text;
use crate::domain::usage::{CredentialUsage, Freshness, WindowState};
use crate::domain::window::WindowKind;
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::columns::Columns;
use crate::ui::outlook;
use crate::ui::remark::Remark;

/// The widest name of a window.
const NAME: u16 = 8;
/// `>99 %`, `100 %`, `stale`, `reset`.
const LEFT: usize = 5;
/// Between one window and the next.
const GAP: u16 = 2;

/// What the second line says.
#[derive(Clone, Debug, Default)]
pub(super) struct Second {
    windows: Vec<Other>,
    outlook: Remark,
    outlook_style: Style,
}

/// A window that does not bind.
#[derive(Clone, Debug)]
struct Other {
    /// `4h  98 %`.
    text: String,
    style: Style,
    /// The part left, as far as it is known: where there is no room, the window with the most left is dropped first.
    left: f64,
}

impl Second {
    /// What it says of `entry`.
    pub(super) fn of(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> Self {
        let is_known = entry.usage(ctx.now).is_some_and(|usage| usage.headroom() != Headroom::Unknown);
        let binding = entry.binding(ctx.now).filter(|_| is_known);
        let of_first_line = binding.map_or(&WindowKind::Daily, |state| &state.window.kind);
        let others = entry.windows().iter().filter(|state| state.window.kind != *of_first_line);
        let others = others.filter(|state| state.window.limit.amount() > 0.0);
        let mut windows: Vec<_> = others.map(|state| other(entry, state, freshness, ctx)).collect();
        let not_told = entry.not_told().map(|kind| named(&kind, text::UNKNOWN, ctx));
        windows.extend(not_told.map(|text| Other { text, style: ctx.theme.quiet, left: 0.0 }));
        let (outlook, outlook_style) = binding.and_then(|state| expected(entry, state, ctx)).unwrap_or_default();
        Self { windows, outlook, outlook_style }
    }

    /// Draws it into `area`, one line high, with the hours of today.
    pub(super) fn draw(&self, area: Rect, buf: &mut Buffer, hours: Option<&str>, columns: &Columns, ctx: &Context<'_>) {
        let Some([spark, windows, outlook]) = columns.second() else { return };
        cells::put(spark.of(area), buf, hours.unwrap_or_default(), ctx.theme.quiet);
        let mut room = windows.of(area);
        for Other { text, style, .. } in self.fitting(room.width) {
            room = cells::after(room, cells::put(room, buf, text, *style) + GAP);
        }
        let text = cells::fit(self.outlook.fitting(outlook.width), outlook.width, ctx.theme.marks.cut);
        cells::put(outlook.of(area), buf, &text, self.outlook_style);
    }

    /// The windows that there is room for.
    fn fitting(&self, room: u16) -> Vec<&Other> {
        let mut windows: Vec<&Other> = self.windows.iter().collect();
        let width = |windows: &[&Other]| windows.iter().map(|other| cells::width(&other.text) + GAP).sum::<u16>();
        while width(&windows) > room + GAP {
            let most = windows.iter().enumerate().max_by(|(_, a), (_, b)| a.left.total_cmp(&b.left));
            let Some((place, _)) = most else { break };
            windows.remove(place);
        }
        windows
    }
}

/// `4h  95 %`.
fn named(kind: &WindowKind, what: &str, ctx: &Context<'_>) -> String {
    format!("{} {what:>LEFT$}", cells::fit(ctx.app.window_name(kind), NAME, ctx.theme.marks.cut))
}

/// What is left of a window, or used, as the percentage of the row. A number older than the row's age says `stale`
/// instead, a window that was reset since `reset`.
fn other(entry: &CredentialUsage, state: &WindowState, freshness: Freshness, ctx: &Context<'_>) -> Other {
    let (window, quiet) = (&state.window, ctx.theme.quiet);
    let say = |what: &str, style: Style, left: f64| Other { text: named(&window.kind, what, ctx), style, left };
    let read = entry.baseline().map(|snapshot| snapshot.fetched_at).filter(|_| freshness == Freshness::Stale);
    if !window.is_current(ctx.now) {
        return say("reset", quiet, 0.0);
    }
    if entry.is_old(window, read.unwrap_or(ctx.now)) {
        return say("stale", quiet, 0.0);
    }
    let Some(left) = window.remaining_fraction() else { return say(text::UNKNOWN, quiet, 0.0) };
    let percent = if ctx.app.shows_remaining() { text::percent_used(1.0 - left) } else { text::percent(left) };
    match entry.identity().thresholds.headroom(state, ctx.now) {
        low @ (Headroom::Low | Headroom::NearlyOut | Headroom::Exhausted) if freshness == Freshness::Fresh => {
            say(&percent, ctx.theme.number(low), left)
        }
        _ => say(&percent, quiet, left),
    }
}

/// What to expect of the window that binds, unless the first line says that.
fn expected(entry: &CredentialUsage, state: &WindowState, ctx: &Context<'_>) -> Option<(Remark, Style)> {
    if !entry.is_current(ctx.now) || state.window.is_exhausted(ctx.now) {
        return None;
    }
    match &state.forecast {
        Forecast::RunsOut(..) => {
            let run_out = outlook::run_out(state, ctx).filter(|_| entry.failure().is_some())?;
            Some((vec![run_out.long, run_out.middle, run_out.short].into(), ctx.theme.low))
        }
        _ => Some((outlook::lasts(state, ctx)?, ctx.theme.quiet)),
    }
}
