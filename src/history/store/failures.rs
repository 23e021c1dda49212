//! Why the last question had no answer.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::{owner, time};
use crate::domain::failure::Failure;
use crate::history::fingerprint::Fingerprint;
use crate::history::record;

/// A request that had no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastFailure {
    /// Why.
    pub failure: Failure,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why `what` was not learned when it was last asked of each owner, in the order asked; `None`: it was, or was never asked
/// for, or the reason is not understood.
pub(in crate::history) fn last(
    connection: &Connection,
    owners: &[Fingerprint],
    what: &str,
) -> Result<Vec<Option<LastFailure>>> {
    owners.iter().map(|fingerprint| of(connection, *fingerprint, what)).collect()
}

fn of(connection: &Connection, fingerprint: Fingerprint, what: &str) -> Result<Option<LastFailure>> {
    let Some(owner) = owner(connection, fingerprint)? else { return Ok(None) };
    let row: Option<(Option<String>, i64)> = connection
        .prepare_cached("SELECT failure, answered_at FROM asked WHERE owner = ?1 AND what = ?2")?
        .query_row(params![owner, what], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row.and_then(|(failure, at)| Some(LastFailure { failure: record::read_failure(&failure?)?, at: time(at)? })))
}
