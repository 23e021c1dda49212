//! The last answers: what a start can show before the first new one is in.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Result, params};

use super::{newest, owner, owner_or_new, time};
use crate::domain::activity::ChuteId;
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::part::{Part, PartAnswer};
use crate::history::fingerprint::Fingerprint;
use crate::history::record;

/// Which chutes have a quota of their own, beside the parts.
pub(in crate::history) const ROWS: &str = "rows";

/// What was last known of an owner.
#[derive(Clone, Debug, PartialEq)]
pub struct LastKnown {
    /// Whose.
    pub owner: Fingerprint,
    /// The daily quota; its `fetched_at` is kept to the millisecond.
    pub snapshot: Option<Snapshot>,
    /// Up to which hour the usage is known without a gap.
    pub usage_until: Option<DateTime<Utc>>,
    /// The chutes with a quota of their own, and when the server said so.
    pub rows: Option<(Vec<ChuteId>, DateTime<Utc>)>,
    /// Caps, quotas and account, each with the time of the answer. The id of the account is not among
    /// what is known: it is a part of the key, and never stored. The usage is asked for by the hour.
    pub answers: Vec<(PartAnswer, DateTime<Utc>)>,
}

/// Keeps a text as the last answer of a part, unless a newer one is kept.
pub(in crate::history) fn keep(
    connection: &Connection,
    fingerprint: Fingerprint,
    part: &str,
    body: &str,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    let owner = owner_or_new(connection, fingerprint)?;
    connection
        .prepare_cached(
            "INSERT INTO answer VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET fetched_at = excluded.fetched_at, body = excluded.body
             WHERE NOT (fetched_at > excluded.fetched_at AND fetched_at <= ?5)",
        )?
        .execute(params![owner, part, at.timestamp_millis(), body, newest(now)])
        .map(drop)
}

/// What was last known of each owner, in the order asked. What is not understood is left out.
pub(in crate::history) fn last_known(connection: &Connection, owners: &[Fingerprint]) -> Result<Vec<LastKnown>> {
    let look = connection.unchecked_transaction()?;
    owners.iter().map(|fingerprint| last_known_of(&look, *fingerprint)).collect()
}

pub(super) fn last_known_of(connection: &Connection, fingerprint: Fingerprint) -> Result<LastKnown> {
    let mut known =
        LastKnown { owner: fingerprint, snapshot: None, usage_until: None, rows: None, answers: Vec::new() };
    let Some(owner) = owner(connection, fingerprint)? else { return Ok(known) };
    let mut statement = connection.prepare_cached("SELECT part, body, fetched_at FROM answer WHERE owner = ?1")?;
    let mut rows = statement.query([owner])?;
    while let Some(row) = rows.next()? {
        let (part, body, at): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let Some(at) = time(at) else { continue };
        if part == Part::Quota.as_str() {
            known.snapshot = record::read_snapshot(&body, at);
        } else if part == Part::Usage.as_str() {
            known.usage_until = record::read_hour(&body);
        } else if part == ROWS {
            known.rows = record::read_rows(&body).map(|rows| (rows, at));
        } else {
            known.answers.extend(record::read_answer(&part, &body, at).map(|answer| (answer, at)));
        }
    }
    Ok(known)
}
