//! The report for people: a line a credential, in columns, and a line about all of them.

use chrono::{DateTime, Utc};
use unicode_width::UnicodeWidthStr;

use super::Standing;
use crate::domain::quota::{Headroom, QuotaUsage};
use crate::domain::text::{self, UNKNOWN, Zone};
use crate::domain::tier::Tier;
use crate::domain::usage::{CredentialUsage, Summary, UsageManager};
use crate::domain::window::next_daily_reset;

/// What stands where nothing applies.
const NOTHING: &str = "-";

/// One line. The last cell may be of any width.
type Cells = [String; 6];

/// How the cells of a column stand.
#[derive(Clone, Copy)]
enum Align {
    Left,
    Right,
}

const HEAD: [(&str, Align); 6] = [
    ("KEY", Align::Left),
    ("TIER", Align::Left),
    ("USED / LIMIT", Align::Right),
    ("LEFT", Align::Right),
    ("RESET", Align::Left),
    ("STATE", Align::Left),
];

/// The table, as it is at `now`, with clock times in `zone`:
///
/// ```text
/// KEY            TIER  USED / LIMIT   LEFT  RESET            STATE
/// default, work  plus  12.3 / 2,000  >99 %  6h 21m (01:00)   ok
/// bob            ?                -      -  -                unknown, revoked or restricted key (401): …
///
/// 2 keys: 1,987.7 of 2,000 left · 1 failed · reset in 6h 21m (01:00)
/// ```
#[must_use]
pub fn table(usage: &UsageManager, now: DateTime<Utc>, zone: Zone) -> String {
    let info = usage.all_quota_info(now);
    let mut lines = vec![HEAD.map(|(title, _)| title.to_owned())];
    lines.extend(info.credentials.iter().map(|entry| cells(entry, now, zone)));
    format!("{}\n{}\n", aligned(&lines), totals(&super::summary(&info, now), now, zone))
}

/// What the columns say of one credential.
fn cells(entry: &CredentialUsage, now: DateTime<Utc>, zone: Zone) -> Cells {
    let name = entry.identity().name();
    let unread = |state: String| {
        [name.clone(), Tier::UNKNOWN.label().into(), NOTHING.into(), NOTHING.into(), NOTHING.into(), state]
    };
    match (Standing::of(entry), entry.usage(now), entry.baseline()) {
        (Standing::Failed(failure), _, _) => unread(format!("{}: {}", failure.summary(), failure.message)),
        (Standing::Read, Some(usage), _) => read(name, entry.tier(), usage, state(usage.headroom()), reset(now, zone)),
        (Standing::Read, None, Some(snapshot)) => {
            let unknown = QuotaUsage::new(snapshot.usage.quota(), None);
            read(name, entry.tier(), &unknown, "read just before the reset", reset(now, zone))
        }
        (Standing::Read, None, None) | (Standing::NotAsked, _, _) => unread("not asked for".into()),
    }
}

fn read(name: String, tier: Tier, usage: &QuotaUsage, state: &str, reset: String) -> Cells {
    let left = match usage.headroom() {
        Headroom::Unlimited => NOTHING.to_owned(),
        _ => usage.remaining_fraction().map_or_else(|| UNKNOWN.to_owned(), text::percent),
    };
    [name, tier.label().to_owned(), text::used_of_limit(usage), left, reset, state.to_owned()]
}

/// `6h 21m (01:00)`: how long until the next daily reset, and what the reader's clock shows then.
fn reset(now: DateTime<Utc>, zone: Zone) -> String {
    let at = next_daily_reset(now);
    format!("{} ({})", text::countdown(at, now), text::clock_time(at, now, zone))
}

fn state(headroom: Headroom) -> &'static str {
    match headroom {
        Headroom::Ok | Headroom::Unlimited => "ok",
        Headroom::NoQuota => "nothing included",
        Headroom::Unknown => "use unknown",
        Headroom::Low => "low",
        Headroom::NearlyOut => "nearly out",
        Headroom::Exhausted => "used up",
    }
}

/// The line about all of them.
fn totals(summary: &Summary, now: DateTime<Utc>, zone: Zone) -> String {
    let keys = if summary.total_credentials == 1 { "key" } else { "keys" };
    let mut parts = vec![format!(
        "{} {keys}: {} of {} left",
        summary.total_credentials,
        text::requests(summary.total_remaining),
        text::count(summary.total_quota)
    )];
    let counts = [(summary.failed, "failed"), (summary.unlimited, "unlimited"), (summary.unknown, "unknown")];
    parts.extend(counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    parts.push(format!("reset in {}", reset(now, zone)));
    parts.join(" · ")
}

/// The lines with their columns two blanks apart, and nothing behind the last one.
fn aligned(lines: &[Cells]) -> String {
    let mut widths = [0; HEAD.len()];
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.width().max(*width);
        }
    }
    let mut out = String::new();
    for line in lines {
        let cells = line.iter().zip(widths).zip(HEAD).map(|((cell, width), (_, align))| {
            let blanks = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => format!("{cell}{blanks}"),
                Align::Right => format!("{blanks}{cell}"),
            }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}
