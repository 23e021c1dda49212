//! What is said of a credential beside its numbers, or in their place.

use crate::domain::failure::Failure;
use crate::domain::quota::Headroom;
use crate::domain::text;
use crate::domain::usage::{CredentialUsage, Freshness};
use crate::ui::Context;

/// The remark at the end of a row with numbers: `low`, `stale: timeout, retry in <1m`; often empty.
pub(super) fn of(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> String {
    let failure = entry.failure().map(|failed| reason(entry, &failed.failure, ctx));
    match (freshness, failure) {
        (Freshness::Fresh, None) => level(entry.headroom(ctx.now)).to_owned(),
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
