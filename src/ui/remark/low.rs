//! How low a credential is: in the number that its threshold is about, and when it will be empty.

use super::{Remark, level};
use crate::domain::threshold::Unit;
use crate::domain::usage::CredentialUsage;
use crate::ui::Context;
use crate::ui::outlook::RunOut;

/// `low, empty ≈15:40, 50m before reset`, `low: 4,340 requests left`, `low: 1h 50m to empty, ≈15:40`; of one that is not
/// low, when it will be empty.
pub(super) fn of(entry: &CredentialUsage, run_out: Option<RunOut>, ctx: &Context<'_>) -> Remark {
    let level = level(entry.headroom(ctx.now));
    let meant = meant(entry, ctx);
    Remark(match (level.longest(), meant, run_out) {
        ("", _, run_out) => run_out.map(|it| vec![it.long, it.middle, it.short]).unwrap_or_default(),
        (_, None, None) => return level,
        (level, None, Some(it)) => vec![
            format!("{level}, {}", it.long),
            it.long,
            format!("{level}, {}", it.middle),
            format!("{level}, {}", it.short),
            it.short,
        ],
        (level, Some(Meant { words, brief, .. }), None) => {
            vec![format!("{level}: {words}"), format!("{level}: {brief}"), level.to_owned()]
        }
        // When it is empty is what is meant.
        (level, Some(Meant { words, unit: Unit::Seconds, .. }), Some(it)) => vec![
            format!("{level}: {words}, {}", it.short),
            format!("{level}: {words}"),
            format!("{level}, {}", it.short),
            it.short,
        ],
        (level, Some(Meant { words, .. }), Some(it)) => vec![
            format!("{level}: {words}, {}", it.long),
            format!("{level}: {words}, {}", it.middle),
            format!("{level}: {words}"),
            format!("{level}, {}", it.middle),
            format!("{level}, {}", it.short),
            it.short,
        ],
    })
}

/// The number that is meant, where it is not the percentage of the row.
struct Meant {
    words: String,
    brief: String,
    unit: Unit,
}

/// So much is left, with the window where the row tells of another.
fn meant(entry: &CredentialUsage, ctx: &Context<'_>) -> Option<Meant> {
    let reached = entry.reached(ctx.now)?;
    let kind = &reached.state?.window.kind;
    let is_shown = entry.binding(ctx.now).is_some_and(|binding| binding.window.kind == *kind);
    let of = if is_shown { String::new() } else { format!(" of {}", ctx.app.window_name(kind)) };
    let [words, brief] = [reached.words(ctx.now)?, reached.brief(ctx.now)?].map(|words| words + &of);
    Some(Meant { words, brief, unit: reached.threshold.unit() })
}

/// That the balance is low of which requests are paid: `balance low: $4.20`.
pub(in crate::ui) fn balance(entry: &CredentialUsage, ctx: &Context<'_>) -> Option<String> {
    let reached = entry.low_balance(ctx.now).filter(|reached| reached.left > 0.0)?;
    let level = level(reached.headroom);
    let dollars = reached.amount(ctx.now).filter(|_| !ctx.app.is_masked());
    Some(format!("balance {}{}", level.longest(), dollars.map(|it| format!(": {it}")).unwrap_or_default()))
}
