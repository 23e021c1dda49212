//! The history for people: a block an account, in columns.

use super::rows::{Row, Source};
use super::{Account, By, History};
use crate::domain::activity::ChuteId;
use crate::domain::clean::shorten;
use crate::domain::text::{self, Zone};
use crate::report::columns::{self, Align, NOTHING};

/// The longest name of a chute that is shown, in characters.
const CHUTE: usize = 40;

/// One line.
type Cells = [String; 6];

/// The tables, with times in `zone`:
///
/// ```text
/// work (shared with laptop)
/// DAY FROM          REQUESTS  DOLLARS  TOKENS IN  TOKENS OUT  SOURCE
/// 2026-11-22 01:00       812    $0.35    904,312      81,207  server
/// 2026-11-23 01:00     1,700        -          -           -  measured
/// ```
#[must_use]
pub fn table(history: &History, zone: Zone) -> String {
    let blocks: Vec<String> = history.accounts.iter().map(|account| block(account, history, zone)).collect();
    blocks.join("\n")
}

fn block(account: &Account, history: &History, zone: Zone) -> String {
    let title = match account.shares_with.join("; ") {
        others if others.is_empty() => account.name.clone(),
        others => format!("{} (shared with {others})", account.name),
    };
    let rows = history.rows(account);
    if rows.is_empty() {
        return format!("{title}: nothing is known since {}\n", text::date_time(history.since, zone));
    }
    let first = match history.by {
        By::Hour => "HOUR FROM",
        By::Day => "DAY FROM",
        By::Chute => "CHUTE",
    };
    let head = [
        (first, Align::Left),
        ("REQUESTS", Align::Right),
        ("DOLLARS", Align::Right),
        ("TOKENS IN", Align::Right),
        ("TOKENS OUT", Align::Right),
        ("SOURCE", Align::Left),
    ];
    let lines: Vec<Cells> = rows.iter().map(|row| cells(row, history, zone)).collect();
    format!("{title}\n{}", columns::aligned(head, &lines))
}

fn cells(row: &Row, history: &History, zone: Zone) -> Cells {
    let first = row.start.map_or_else(|| chute(row.chute.as_ref(), history), |start| text::date_time(start, zone));
    let nothing = || NOTHING.to_owned();
    [
        first,
        text::requests(row.requests),
        row.spent.map_or_else(nothing, |spent| text::dollars(spent.dollars)),
        row.spent.map_or_else(nothing, |spent| text::count(spent.input_tokens)),
        row.spent.map_or_else(nothing, |spent| text::count(spent.output_tokens)),
        match row.source {
            Source::Both => "server and measured".to_owned(),
            source => source.as_str().to_owned(),
        },
    ]
}

/// The name of a chute, or else its id; the server does not always say which it was.
fn chute(chute: Option<&ChuteId>, history: &History) -> String {
    chute.map_or_else(|| "not said".to_owned(), |chute| shorten(history.name(chute).unwrap_or(chute.as_str()), CHUTE))
}
