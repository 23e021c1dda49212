//! What is said of a credential beside its numbers, or in their place.

use crate::domain::account::Role;
use crate::domain::failure::Failure;
use crate::domain::quota::Headroom;
use crate::domain::text;
use crate::domain::usage::{Beyond, CredentialUsage, Freshness};
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::outlook;
use crate::ui::row;

/// The ways to say a remark, from the longest.
#[derive(Clone, Debug, Default)]
pub(super) struct Remark(Vec<String>);

impl Remark {
    /// The longest way that is no wider than `width`, or else the shortest.
    pub(super) fn fitting(&self, width: u16) -> &str {
        let fits = self.0.iter().find(|text| cells::width(text) <= width);
        fits.or(self.0.last()).map_or("", String::as_str)
    }

    /// The longest way.
    pub(super) fn longest(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }
}

impl From<String> for Remark {
    fn from(text: String) -> Self {
        Self(vec![text])
    }
}

/// The remark at the end of a row with numbers: `low`, `stale: timeout, retry in <1m`; often empty.
pub(super) fn of(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> Remark {
    let failure = entry.failure().map(|failed| reason(entry, &failed.failure, ctx));
    let text = match (freshness, failure) {
        (Freshness::Fresh, None) => return current(entry, ctx),
        (Freshness::Fresh, Some(failure)) => match level(entry.headroom(ctx.now)) {
            "" => failure,
            level => format!("{level}{}{failure}", ctx.theme.marks.between),
        },
        (Freshness::Stale, Some(failure)) => format!("stale: {failure}"),
        (Freshness::Stale, None) => format!("stale, {}", next(entry, ctx)),
        (Freshness::PendingReset, Some(failure)) => format!("reset; {failure}"),
        (Freshness::PendingReset, None) if is_held(entry, ctx) => format!("reset, {}", next(entry, ctx)),
        (Freshness::PendingReset, None) => "reset, checking…".to_owned(),
        (Freshness::Waiting | Freshness::Failed, _) => String::new(),
    };
    text.into()
}

/// What is said of current numbers: what matters most of what there is to say.
fn current(entry: &CredentialUsage, ctx: &Context<'_>) -> Remark {
    let headroom = entry.headroom(ctx.now);
    let binding = entry.binding(ctx.now);
    match (headroom, binding.and_then(|state| outlook::run_out(state, ctx))) {
        (Headroom::Exhausted, _) => used_up(entry, ctx),
        (_, Some(run_out)) => match level(headroom) {
            "" => Remark(vec![run_out.long, run_out.middle, run_out.short]),
            level => Remark(vec![
                format!("{level}, {}", run_out.long),
                run_out.long,
                format!("{level}, {}", run_out.middle),
                format!("{level}, {}", run_out.short),
                run_out.short,
            ]),
        },
        (_, None) if !level(headroom).is_empty() => level(headroom).to_owned().into(),
        (_, None) if binding.is_some_and(|state| state.window.is_renewal_pending()) => {
            "renewal pending".to_owned().into()
        }
        _ => in_passing(entry, ctx),
    }
}

/// What there is to say when nothing asks for attention.
fn in_passing(entry: &CredentialUsage, ctx: &Context<'_>) -> Remark {
    if let Some(state) = entry.windows().iter().find(|state| !state.window.is_current(ctx.now)) {
        return format!("{} reset, checking…", row::window_name(&state.window.kind, ctx)).into();
    }
    match entry.account().value().map(|account| account.role) {
        Some(Role::Free) if entry.binding(ctx.now).is_some() => return "free account".to_owned().into(),
        Some(Role::Invoiced) if entry.binding(ctx.now).is_some() => return "invoiced account".to_owned().into(),
        _ => {}
    }
    let names = peers(entry, ctx);
    match names.as_slice() {
        [] => Remark::default(),
        [one] => Remark(vec![format!("shares quota with {one}"), "shares quota".to_owned()]),
        [one, more @ ..] => {
            Remark(vec![format!("shares quota with {one} and {} more", more.len()), "shares quota".to_owned()])
        }
    }
}

/// The other credentials of the account.
pub(super) fn peers(entry: &CredentialUsage, ctx: &Context<'_>) -> Vec<String> {
    let id = entry.identity().id;
    ctx.app.usage().group_of(id).iter().filter(|peer| **peer != id).map(|peer| ctx.app.name(*peer)).collect()
}

/// Whether the window that binds is expected to be empty before its reset.
pub(super) fn runs_out(entry: &CredentialUsage, ctx: &Context<'_>) -> bool {
    entry.binding(ctx.now).is_some_and(|state| state.empty_at().is_some())
}

/// That all is used up, and what comes next.
fn used_up(entry: &CredentialUsage, ctx: &Context<'_>) -> Remark {
    match beyond(entry, ctx) {
        Some(next) => Remark(vec![format!("used up, {next}"), "used up".to_owned()]),
        None => "used up".to_owned().into(),
    }
}

/// What comes when everything included is used up, as far as is known.
pub(super) fn beyond(entry: &CredentialUsage, ctx: &Context<'_>) -> Option<String> {
    match entry.beyond() {
        Beyond::Paid(_) if ctx.app.is_masked() => Some("paid from balance".to_owned()),
        Beyond::Paid(balance) => Some(format!("paid from balance {}", text::dollars(balance))),
        Beyond::Refused => Some("refused (402)".to_owned()),
        Beyond::Unlimited => match entry.account().value()?.role {
            Role::Invoiced => Some("goes on the invoice".to_owned()),
            _ => Some("free account".to_owned()),
        },
        Beyond::Unknown => None,
    }
}

/// What a row without a daily limit says.
pub(super) fn without_limit(entry: &CredentialUsage) -> String {
    let kind = match entry.account().value().map(|account| account.role) {
        Some(Role::Free) => "free account: ",
        Some(Role::Invoiced) => "invoiced account: ",
        _ => "",
    };
    format!("{kind}no daily limit")
}

/// What a row without included requests says.
pub(super) fn pay_as_you_go(entry: &CredentialUsage, ctx: &Context<'_>) -> String {
    match entry.beyond() {
        Beyond::Paid(_) if ctx.app.is_masked() => "pay as you go".to_owned(),
        Beyond::Paid(balance) => format!("pay as you go, balance {}", text::dollars(balance)),
        Beyond::Refused => "pay as you go, refused (402)".to_owned(),
        Beyond::Unlimited => format!("pay as you go, {}", beyond(entry, ctx).unwrap_or_default()),
        Beyond::Unknown => "no daily quota: pay as you go".to_owned(),
    }
}

/// What a row without numbers says in their place: `asking…`, `rejected: ..., retry in 58m`.
pub(super) fn without_numbers(entry: &CredentialUsage, ctx: &Context<'_>) -> String {
    match entry.failure() {
        Some(failed) => {
            let verdict = if failed.failure.kind.is_rejection() { "rejected" } else { "failed" };
            format!("{verdict}: {}", reason(entry, &failed.failure, ctx))
        }
        None if entry.is_asking() => "asking…".to_owned(),
        None if is_held(entry, ctx) => next(entry, ctx),
        None => "waiting…".to_owned(),
    }
}

/// A level that needs attention, in words.
fn level(headroom: Headroom) -> &'static str {
    match headroom {
        Headroom::Low => "low",
        Headroom::NearlyOut => "nearly out",
        Headroom::Exhausted => "used up",
        Headroom::Unknown => "use not known",
        Headroom::Ok | Headroom::Unlimited | Headroom::NoQuota => "",
    }
}

/// Why a refresh failed, and when it is tried again.
fn reason(entry: &CredentialUsage, failure: &Failure, ctx: &Context<'_>) -> String {
    let again = match entry.next_refresh() {
        _ if entry.is_asking() => "asking again…".to_owned(),
        _ if ctx.app.is_paused() => "paused".to_owned(),
        Some(at) if at <= ctx.now => "retry due".to_owned(),
        Some(at) => format!("retry in {}", text::until(at, ctx.now)),
        None => "no retry planned".to_owned(),
    };
    format!("{}, {again}", failure.summary())
}

/// Whether nothing is sent for this credential for the time being.
fn is_held(entry: &CredentialUsage, ctx: &Context<'_>) -> bool {
    !entry.is_asking() && (ctx.app.is_paused() || ctx.host_paused_until().is_some())
}

/// When it is asked next, without a failure.
fn next(entry: &CredentialUsage, ctx: &Context<'_>) -> String {
    match entry.next_refresh() {
        _ if entry.is_asking() => "asking…".to_owned(),
        _ if ctx.app.is_paused() => "paused".to_owned(),
        Some(at) if at > ctx.now => format!("next in {}", text::until(at, ctx.now)),
        _ => "due".to_owned(),
    }
}
