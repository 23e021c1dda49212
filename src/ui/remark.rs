//! What is said of a credential beside its numbers, or in their place.

mod low;
mod ways;

pub(super) use self::ways::Remark;
use crate::app::layout::WidthClass;
use crate::domain::account::Role;
use crate::domain::failure::Failure;
use crate::domain::quota::{Headroom, Quota, QuotaUsage};
use crate::domain::text;
use crate::domain::usage::part::Part;
use crate::domain::usage::{Beyond, CredentialUsage, Freshness, WindowState};
use crate::domain::view::Shape;
use crate::domain::window::WindowKind;
use crate::ui::Context;
use crate::ui::outlook;

/// The remark at the end of a row with numbers: `low`, `stale, retry <1m: timeout`; often empty.
pub(super) fn of(entry: &CredentialUsage, freshness: Freshness, ctx: &Context<'_>) -> Remark {
    let before = match freshness {
        Freshness::Waiting | Freshness::Failed => return Remark::default(),
        Freshness::Fresh => match (level(entry.headroom(ctx.now)).longest(), ctx.theme.marks.between) {
            ("", _) => String::new(),
            (level, dot) => format!("{level}{dot}"),
        },
        Freshness::Stale => "stale, ".to_owned(),
        Freshness::PendingReset => "reset, ".to_owned(),
    };
    if let Some(failed) = entry.failure() {
        return failing(entry, &failed.failure, &before, ctx);
    }
    match freshness {
        Freshness::Stale => Remark(vec![format!("stale, {}", next(entry, ctx)), "stale".to_owned()]),
        Freshness::PendingReset if is_held(entry, ctx) => {
            Remark(vec![format!("reset, {}", next(entry, ctx)), "reset".to_owned()])
        }
        Freshness::PendingReset => checking("", ctx),
        _ => current(entry, ctx),
    }
}

/// That a reset has passed, of which no answer is in yet.
pub(super) fn checking(window: &str, ctx: &Context<'_>) -> Remark {
    let (lead, checking) = (format!("{window} reset"), under_way("checking", ctx));
    let lead = lead.trim_start();
    Remark(vec![format!("{lead}, {checking}"), checking, lead.to_owned()])
}

/// What is said of current numbers: what matters most of what there is to say.
fn current(entry: &CredentialUsage, ctx: &Context<'_>) -> Remark {
    if let Some(state) = entry.old_binding(ctx.now) {
        return old(entry, state, ctx);
    }
    if let Some(state) = entry.used_up_chute(ctx.now) {
        return used_up_chute(entry, state, ctx);
    }
    let headroom = entry.headroom(ctx.now);
    let binding = entry.binding(ctx.now);
    let is_low = !level(headroom).longest().is_empty();
    match (headroom, binding.and_then(|state| outlook::run_out(state, ctx))) {
        (Headroom::Exhausted, _) => used_up(entry, ctx),
        // It is the balance that is low.
        (_, None) if is_low && pays_as_it_goes(entry, ctx) => {
            let (level, paid) = (level(headroom), paid(entry, ctx));
            let level = level.longest();
            let with = paid.0.iter().map(|paid| format!("{level}, {paid}"));
            Remark(with.chain([level.to_owned()]).collect())
        }
        (_, run_out) if is_low || run_out.is_some() => low::of(entry, run_out, ctx),
        _ if binding.is_some_and(|state| state.window.is_renewal_pending()) => ["renewal pending", "renewing"].into(),
        _ => in_passing(entry, ctx),
    }
}

/// That a chute's own quota is used up, and what the day leaves for the others: `large-instruct used up, day 9 % left`.
fn used_up_chute(entry: &CredentialUsage, state: &WindowState, ctx: &Context<'_>) -> Remark {
    let short = format!("{} used up", ctx.app.window_name(&state.window.kind));
    let day = entry.usage(ctx.now).and_then(QuotaUsage::remaining_fraction);
    let with_day =
        day.map(|left| format!("{short}, {} {} left", ctx.app.window_name(&WindowKind::Daily), text::percent(left)));
    Remark(with_day.into_iter().chain([short, "chute used up".to_owned()]).collect())
}

/// That the number of the window that binds is old, and why if it could not be learned: `4h stale: server error (503)`.
fn old(entry: &CredentialUsage, state: &WindowState, ctx: &Context<'_>) -> Remark {
    let lead = format!("{} stale", ctx.app.window_name(&state.window.kind));
    let reasons = of_part(entry, state).map(|failure| [failure.summary(), failure.short_summary(), failure.brief()]);
    let with_reason = reasons.into_iter().flatten().map(|reason| format!("{lead}: {reason}"));
    Remark(with_reason.chain([lead.clone(), "stale".to_owned()]).collect())
}

/// Why the optional request that brings the number of a window failed, if it did.
pub(super) fn of_part<'a>(entry: &'a CredentialUsage, state: &WindowState) -> Option<&'a Failure> {
    match &state.window.kind {
        WindowKind::Daily => entry.part_failure(Part::Quota),
        WindowKind::FourHour | WindowKind::Monthly => entry.part_failure(Part::Caps),
        // Or it is not known any more which chutes have a quota of their own.
        WindowKind::Chute(chute) => entry.chute_failure(chute).or(entry.quotas().failure()),
    }
}

/// Whether no request is included, so that each is paid for.
fn pays_as_it_goes(entry: &CredentialUsage, ctx: &Context<'_>) -> bool {
    let quota = entry.usage(ctx.now).map(QuotaUsage::quota);
    entry.binding(ctx.now).is_none() && quota == Some(Quota::Finite(0))
}

/// What there is to say when nothing asks for attention.
fn in_passing(entry: &CredentialUsage, ctx: &Context<'_>) -> Remark {
    if has_remarks(ctx) && pays_as_it_goes(entry, ctx) {
        return paid(entry, ctx);
    }
    if let Some(failure) = entry.caps_in_doubt(ctx.now) {
        let reasons = [failure.summary(), failure.short_summary(), failure.brief()];
        return Remark(reasons.iter().map(|reason| format!("caps: {reason}")).collect());
    }
    if let Some(state) = entry.windows().iter().find(|state| !state.window.is_current(ctx.now)) {
        return checking(ctx.app.window_name(&state.window.kind), ctx);
    }
    match entry.account().value().map(|account| account.role) {
        Some(Role::Free) if entry.binding(ctx.now).is_some() => return ["free account", "free"].into(),
        Some(Role::Invoiced) if entry.binding(ctx.now).is_some() => return ["invoiced account", "invoiced"].into(),
        _ => {}
    }
    let not_told: Vec<_> = entry.not_told().collect();
    let not_told: Vec<_> = not_told.iter().map(|kind| ctx.app.window_name(kind)).collect();
    match not_told.as_slice() {
        [] => {}
        [name] => return Remark(vec![format!("{name}: ? cap not told"), format!("{name}: ?")]),
        names => {
            let (all, both) = (names.join(" and "), names.join(", "));
            return Remark(vec![
                format!("{all}: ? caps not told"),
                format!("{both}: ? not told"),
                format!("{both}: ?"),
            ]);
        }
    }
    let names = peers(entry, ctx);
    match names.as_slice() {
        [] => Remark::default(),
        [one] => Remark(vec![format!("shares quota with {one}"), "shares quota".to_owned(), "shared".to_owned()]),
        [one, more @ ..] => {
            let all = format!("shares quota with {one} and {} more", more.len());
            Remark(vec![all, "shares quota".to_owned(), "shared".to_owned()])
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

/// That all is used up, when it is looked at next (seldom, until the reset), and what comes meanwhile.
fn used_up(entry: &CredentialUsage, ctx: &Context<'_>) -> Remark {
    let next = entry.next_refresh().filter(|next| *next > ctx.now && !ctx.app.is_paused());
    let look = next.map(|next| format!("look {}", text::clock_time(next, ctx.now, ctx.app.zone())));
    let used_up = "used up".to_owned();
    let beyond = low::balance(entry, ctx).or_else(|| beyond(entry, ctx));
    Remark(match (look, beyond) {
        (Some(look), Some(beyond)) => vec![
            format!("used up, next {look}, {beyond}"),
            format!("next {look}, {beyond}"),
            format!("{look}, {beyond}"),
            format!("used up, next {look}"),
            format!("next {look}"),
            used_up,
        ],
        (Some(look), None) => vec![format!("used up, next {look}"), format!("next {look}"), used_up],
        (None, Some(beyond)) => vec![format!("used up, {beyond}"), beyond, used_up],
        (None, None) => vec![used_up],
    })
}

/// What comes when everything included is used up, as far as is known.
pub(super) fn beyond(entry: &CredentialUsage, ctx: &Context<'_>) -> Option<String> {
    match entry.beyond() {
        Beyond::Paid(_) if ctx.app.is_masked() => Some("paid from balance".to_owned()),
        Beyond::Paid(balance) => {
            Some(format!("paid from balance {}{}", text::dollars(balance), balance_age(entry, ctx)))
        }
        Beyond::Refused => Some(format!("refused (402){}", balance_age(entry, ctx))),
        Beyond::Unlimited => match entry.account().value()?.role {
            Role::Invoiced => Some("goes on the invoice".to_owned()),
            _ => Some("free account".to_owned()),
        },
        Beyond::Unknown => None,
    }
}

/// How old the balance is, after it, where it is not current any more: `, 2h 5m ago`.
pub(super) fn balance_age(entry: &CredentialUsage, ctx: &Context<'_>) -> String {
    age_of(Part::Account, entry, ctx)
}

/// The same after anything of a part that changes seldom.
pub(super) fn age_of(part: Part, entry: &CredentialUsage, ctx: &Context<'_>) -> String {
    entry.old_part(part, ctx.now).map(|read| format!(", {}", text::ago(read, ctx.now))).unwrap_or_default()
}

/// What a row without a daily limit says.
pub(super) fn without_limit(entry: &CredentialUsage) -> Remark {
    match entry.account().value().map(|account| account.role) {
        Some(Role::Free) => ["free account: no daily limit", "no daily limit"].into(),
        Some(Role::Invoiced) => ["invoiced account: no daily limit", "no daily limit"].into(),
        _ => ["no daily limit"].into(),
    }
}

/// What a row without included requests says in the place of its gauge: what requests are paid from, where no remark
/// says it.
pub(super) fn pay_as_you_go(entry: &CredentialUsage, ctx: &Context<'_>) -> Remark {
    if has_remarks(ctx) {
        return Remark::default();
    }
    paid(entry, ctx)
}

/// What requests are paid from that are not included.
fn paid(entry: &CredentialUsage, ctx: &Context<'_>) -> Remark {
    match entry.beyond() {
        Beyond::Paid(_) if ctx.app.is_masked() => ["paid from balance", "from balance"].into(),
        Beyond::Paid(balance) => {
            let balance = format!("{}{}", text::dollars(balance), balance_age(entry, ctx));
            Remark(vec![format!("paid from balance {balance}"), format!("balance {balance}"), balance])
        }
        Beyond::Refused => {
            let age = balance_age(entry, ctx);
            Remark(vec![format!("refused (402): the balance is empty{age}"), format!("refused (402){age}")])
        }
        Beyond::Unlimited | Beyond::Unknown => beyond(entry, ctx).unwrap_or_else(|| "no daily quota".to_owned()).into(),
    }
}

/// Whether the rows have a remark, beside a tier that says `pay as you go`.
fn has_remarks(ctx: &Context<'_>) -> bool {
    ctx.layout.shape == Shape::Full && ctx.layout.width > WidthClass::Narrow
}

/// What a row without numbers says in their place: `asking…`, `rejected, retry in 58m: key refused (401)`.
pub(super) fn without_numbers(entry: &CredentialUsage, ctx: &Context<'_>) -> Remark {
    match entry.failure() {
        Some(failed) => {
            let verdict = if failed.failure.kind.is_rejection() { "rejected, " } else { "failed, " };
            failing(entry, &failed.failure, verdict, ctx)
        }
        None if is_held(entry, ctx) => next(entry, ctx).into(),
        None if entry.is_asking() => under_way("asking", ctx).into(),
        None => under_way("waiting", ctx).into(),
    }
}

/// A level that needs attention, in words.
pub(super) fn level(headroom: Headroom) -> Remark {
    match headroom {
        Headroom::Low => ["low"].into(),
        Headroom::NearlyOut => ["nearly out"].into(),
        Headroom::Exhausted => ["used up"].into(),
        Headroom::Unknown => ["use not known", "unknown"].into(),
        Headroom::Ok | Headroom::Unlimited | Headroom::NoQuota => Remark::default(),
    }
}

/// That a refresh failed: when it is tried again comes first, then why, and `before` where there is room for
/// it: the mark of the row tells most of that too.
fn failing(entry: &CredentialUsage, failure: &Failure, before: &str, ctx: &Context<'_>) -> Remark {
    let (long, short) = match entry.next_refresh() {
        _ if entry.is_asking() => ("asking again".to_owned(), "asking again".to_owned()),
        _ if ctx.app.is_paused() => ("retry paused".to_owned(), "retry paused".to_owned()),
        Some(at) if at <= ctx.now => ("retry due".to_owned(), "retry due".to_owned()),
        Some(at) => {
            let until = text::until(at, ctx.now);
            (format!("retry in {until}"), format!("retry {until}"))
        }
        None => ("no retry planned".to_owned(), "no retry".to_owned()),
    };
    let (summary, fewer, brief) = (failure.summary(), failure.short_summary(), failure.brief());
    Remark(vec![
        format!("{before}{long}: {summary}"),
        format!("{before}{short}: {summary}"),
        format!("{before}{short}: {fewer}"),
        format!("{short}: {summary}"),
        format!("{short}: {fewer}"),
        format!("{before}{short}: {brief}"),
        format!("{short}: {brief}"),
        format!("{before}{short}"),
        short,
    ])
}

/// Something that is being done: `asking…`.
fn under_way(what: &str, ctx: &Context<'_>) -> String {
    format!("{what}{}", ctx.theme.marks.more)
}

/// Whether nothing is sent for this credential for the time being.
fn is_held(entry: &CredentialUsage, ctx: &Context<'_>) -> bool {
    !entry.is_asking() && (ctx.app.is_paused() || ctx.host_paused_until().is_some())
}

/// When it is asked next, without a failure.
fn next(entry: &CredentialUsage, ctx: &Context<'_>) -> String {
    match entry.next_refresh() {
        _ if entry.is_asking() => under_way("asking", ctx),
        _ if ctx.app.is_paused() => "paused".to_owned(),
        Some(at) if at > ctx.now => format!("next in {}", text::until(at, ctx.now)),
        _ => "due".to_owned(),
    }
}
