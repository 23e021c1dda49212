//! The report for people: a line a credential, in columns, and a line about all of them.

use chrono::{DateTime, Utc};

use super::Standing;
use super::columns::{self, Align, NOTHING};
use crate::domain::account::Role;
use crate::domain::clean::shorten;
use crate::domain::quota::{Headroom, QuotaUsage};
use crate::domain::text::{self, UNKNOWN, Zone};
use crate::domain::usage::{Beyond, CredentialUsage, Summary, UsageManager, WindowState};
use crate::domain::window::{WindowKind, next_daily_reset};

/// One line. The last cell may be of any width.
type Cells = [String; 8];

const HEAD: [(&str, Align); 8] = [
    ("KEY", Align::Left),
    ("TIER", Align::Left),
    ("USED / LIMIT", Align::Right),
    ("BINDS", Align::Left),
    ("LEFT", Align::Right),
    ("RESET", Align::Left),
    ("BALANCE", Align::Right),
    ("STATE", Align::Left),
];

/// The longest name of a chute that is shown, in characters.
const CHUTE: usize = 12;

/// The table, as it is at `now`, with clock times in `zone`: today's requests, then the window that will stop
/// requests first with what is left of it and when it is reset, and what comes after it.
///
/// ```text
/// KEY            TIER  USED / LIMIT  BINDS   LEFT  RESET           BALANCE  STATE
/// default, work  plus  12.3 / 2,000  4h      45 %  2h 21m (21:00)    $7.35  ok
/// bob            ?                -  -          -  -                     -  unknown, revoked or restricted key (401): …
///
/// 2 keys: 1,987.7 of 2,000 left · 1 failed · reset in 6h 21m (01:00)
/// ```
#[must_use]
pub fn table(usage: &UsageManager, now: DateTime<Utc>, zone: Zone) -> String {
    let info = usage.all_quota_info(now);
    let lines: Vec<Cells> = info.credentials.iter().map(|entry| cells(entry, usage, now, zone)).collect();
    format!("{}\n{}\n", columns::aligned(HEAD, &lines), totals(&super::summary(&info, now), now, zone))
}

/// What the columns say of one credential.
fn cells(entry: &CredentialUsage, usage: &UsageManager, now: DateTime<Utc>, zone: Zone) -> Cells {
    let name = entry.identity().name();
    let tier = entry.tier().label().to_owned();
    let nothing = || NOTHING.to_owned();
    let unread = |state: String| {
        [name.clone(), UNKNOWN.to_owned(), nothing(), nothing(), nothing(), nothing(), nothing(), state]
    };
    match (Standing::of(entry), entry.usage(now), entry.baseline()) {
        (Standing::Failed(failure), _, _) => unread(super::told(failure)),
        (Standing::Read, Some(daily), _) => {
            let [binds, left, reset] = binding(entry, daily, usage, now, zone);
            [name, tier, text::used_of_limit(daily), binds, left, reset, balance(entry), state(entry, usage, now)]
        }
        (Standing::Read, None, Some(snapshot)) => {
            let unknown = QuotaUsage::new(snapshot.usage.quota(), None);
            let [binds, left, reset] = binding(entry, &unknown, usage, now, zone);
            let state = "read just before the reset".to_owned();
            [name, tier, text::used_of_limit(&unknown), binds, left, reset, balance(entry), state]
        }
        (Standing::Read, None, None) | (Standing::NotAsked, _, _) => unread("not asked for".into()),
    }
}

/// The window that binds, what is left of it, and when it is reset. Where none can be judged that is said of
/// the daily quota.
fn binding(
    entry: &CredentialUsage,
    daily: &QuotaUsage,
    usage: &UsageManager,
    now: DateTime<Utc>,
    zone: Zone,
) -> [String; 3] {
    if let Some(WindowState { window, .. }) = entry.binding(now) {
        let left = window.remaining_fraction().map_or_else(|| UNKNOWN.to_owned(), text::percent);
        let reset_at = window.reset_at.map_or_else(
            || UNKNOWN.to_owned(),
            |at| if window.is_renewal_pending() { "renewal pending".to_owned() } else { reset(at, now, zone) },
        );
        return [window_name(&window.kind, usage), left, reset_at];
    }
    let left = match daily.headroom() {
        Headroom::Unlimited => NOTHING.to_owned(),
        _ => daily.remaining_fraction().map_or_else(|| UNKNOWN.to_owned(), text::percent),
    };
    [NOTHING.to_owned(), left, reset(next_daily_reset(now), now, zone)]
}

/// `day`, `4h`, `month`, or the name of the chute.
pub(super) fn window_name(kind: &WindowKind, usage: &UsageManager) -> String {
    match kind {
        WindowKind::Daily => "day".to_owned(),
        WindowKind::FourHour => "4h".to_owned(),
        WindowKind::Monthly => "month".to_owned(),
        WindowKind::Chute(chute) => shorten(usage.chute_name(chute), CHUTE),
    }
}

/// `6h 21m (01:00)`: how long until the reset, and what the reader's clock shows then.
fn reset(at: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> String {
    format!("{} ({})", text::countdown(at, now), text::clock_time(at, now, zone))
}

/// The dollars left; an account that pays otherwise says so in their place.
fn balance(entry: &CredentialUsage) -> String {
    let Some(account) = entry.account().value() else { return NOTHING.to_owned() };
    match (account.role, account.balance) {
        (Role::Free, _) => "free".to_owned(),
        (Role::Invoiced, _) => "invoiced".to_owned(),
        (Role::Ordinary, Some(balance)) => text::dollars(balance),
        (Role::Ordinary, None) => UNKNOWN.to_owned(),
    }
}

/// How close to empty the window that binds is, and what comes next when it is.
fn state(entry: &CredentialUsage, usage: &UsageManager, now: DateTime<Utc>) -> String {
    let next = match entry.beyond() {
        Beyond::Paid(_) => ", paid from balance",
        Beyond::Refused => ", refused (402)",
        Beyond::Unlimited | Beyond::Unknown => "",
    };
    if let Some(state) = entry.used_up_chute(now) {
        return format!("{} used up", window_name(&state.window.kind, usage));
    }
    match entry.headroom(now) {
        Headroom::Ok | Headroom::Unlimited => {
            let not_told: Vec<_> = entry.not_told().map(|kind| window_name(&kind, usage)).collect();
            match not_told.as_slice() {
                [] => "ok".to_owned(),
                [name] => format!("ok, {name} ? (cap not told)"),
                names => format!("ok, {} ? (caps not told)", names.join(" and ")),
            }
        }
        Headroom::NoQuota => format!("nothing included{next}"),
        Headroom::Unknown => "use unknown".to_owned(),
        Headroom::Low => "low".to_owned(),
        Headroom::NearlyOut => "nearly out".to_owned(),
        Headroom::Exhausted => format!("used up{next}"),
    }
}

/// The line about all of them.
fn totals(summary: &Summary, now: DateTime<Utc>, zone: Zone) -> String {
    let keys = if summary.total_credentials == 1 { "key" } else { "keys" };
    let mut parts = vec![format!("{} {keys}{}", summary.total_credentials, left(summary))];
    let counts = [(summary.failed, "failed"), (summary.unlimited, "unlimited"), (summary.unknown, "unknown")];
    parts.extend(counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    parts.push(format!("reset in {}", reset(next_daily_reset(now), now, zone)));
    parts.join(" · ")
}

/// `: 1,987.7 of 2,000 left`, of those that have a count; nothing where none has one.
fn left(summary: &Summary) -> String {
    if summary.successful == 0 {
        ": nothing read".to_owned()
    } else if summary.successful == summary.unlimited + summary.unknown {
        String::new()
    } else {
        format!(": {} of {} left", text::requests(summary.total_remaining), text::count(summary.total_quota))
    }
}
