//! A forecast in words that cannot be misread.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::forecast::{Forecast, Outlook};
use crate::domain::text;
use crate::domain::usage::WindowState;
use crate::domain::window::WindowKind;
use crate::ui::Context;
use crate::ui::remark::Remark;

/// When a window will be empty, in three lengths.
#[derive(Clone, Debug)]
pub(super) struct RunOut {
    /// `empty ≈15:40, 50m before reset`.
    pub(super) long: String,
    /// `empty ≈15:40`.
    pub(super) middle: String,
    /// `≈15:40`.
    pub(super) short: String,
}

/// When a window will be empty, if that is expected before its reset; of one that is used up there is nothing to expect.
pub(super) fn run_out(state: &WindowState, ctx: &Context<'_>) -> Option<RunOut> {
    let is_running = state.window.is_current(ctx.now) && !state.window.is_exhausted(ctx.now);
    let empty_at = state.empty_at().filter(|_| is_running)?;
    if empty_at <= ctx.now {
        // Nobody has looked since.
        let [long, middle, short] = ["may be empty by now", "empty by now?", "empty?"].map(str::to_owned);
        return Some(RunOut { long, middle, short });
    }
    let clock = clock(empty_at, ctx);
    let before = match state.window.reset_at {
        Some(reset) => format!(", {} before reset", text::until(reset, empty_at)),
        None => String::new(),
    };
    let about = ctx.theme.marks.about;
    let middle = format!("empty {about}{clock}");
    Some(RunOut { long: format!("{middle}{before}"), middle, short: format!("{about}{clock}") })
}

/// That a window lasts, or that it is too early to say: in a few lengths, for a row.
pub(super) fn lasts(state: &WindowState, ctx: &Context<'_>) -> Option<Remark> {
    match &state.forecast {
        Forecast::Lasts(outlook) => {
            let short = format!("lasts ({})", used(outlook, state, ctx));
            let forms = [sentence(state, ctx), plain_sentence(state, ctx), Some(short), Some("lasts".to_owned())];
            Some(forms.into_iter().flatten().collect::<Vec<_>>().into())
        }
        Forecast::TooEarly => Some(["too early for a forecast", "too early"].into()),
        Forecast::RunsOut(..) | Forecast::Unknown => None,
    }
}

/// The forecast of a window, for details. That of four hours is rough: `docs/forecast.md` says how.
pub(super) fn sentence(state: &WindowState, ctx: &Context<'_>) -> Option<String> {
    let sentence = plain_sentence(state, ctx)?;
    let is_rough = state.window.kind == WindowKind::FourHour && state.forecast.outlook().is_some();
    Some(if is_rough { format!("{sentence}; roughly") } else { sentence })
}

fn plain_sentence(state: &WindowState, ctx: &Context<'_>) -> Option<String> {
    match &state.forecast {
        Forecast::Lasts(outlook) => Some(format!("lasts to reset ({})", used(outlook, state, ctx))),
        Forecast::RunsOut(_, run_out) => {
            let foretold = self::run_out(state, ctx)?.long;
            if run_out.empty_at <= ctx.now {
                return Some(foretold);
            }
            let earliest = clock(run_out.earliest, ctx);
            let range = match run_out.latest {
                Some(latest) => format!("between {earliest} and {}", clock(latest, ctx)),
                None => format!("at {earliest} at the earliest, it may last"),
            };
            Some(format!("{foretold}; {range}"))
        }
        Forecast::TooEarly => Some("too early for a forecast".to_owned()),
        Forecast::Unknown => None,
    }
}

/// The part that is expected to be used at the reset: `≈62 % used`, `>99 % used`.
fn used(outlook: &Outlook, state: &WindowState, ctx: &Context<'_>) -> String {
    let part = text::percent_used(outlook.used_at_reset / state.window.limit.amount());
    let is_bound = part.starts_with(['<', '>']);
    format!("{}{part} used", if is_bound { "" } else { ctx.theme.marks.about })
}

/// The reader's clock, or the date if the name of a weekday would be ambiguous.
pub(super) fn clock(at: DateTime<Utc>, ctx: &Context<'_>) -> String {
    if (at - ctx.now).abs() < TimeDelta::days(6) {
        text::clock_time(at, ctx.now, ctx.app.zone())
    } else {
        text::day(at, ctx.app.zone())
    }
}
