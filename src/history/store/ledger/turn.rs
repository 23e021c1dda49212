//! The turn of a request that had to wait for its place in the budget: much may have happened since leave was given.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Result, params};

use super::{CLAIM, host, paused_until};
use crate::history::fingerprint::Fingerprint;

/// A request for which leave was given, and which had to wait for its place in the budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// To which host.
    pub host: String,
    /// Whose answer it is.
    pub owner: Fingerprint,
    /// Which request.
    pub what: String,
    /// When its turn is, as [`Leave::Granted`](super::Leave::Granted) said.
    pub at: DateTime<Utc>,
}

/// What has become of a leave meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: the request may be sent.
    Holds,
    /// The host wants to be left alone until then.
    Paused(DateTime<Utc>),
    /// It wanted to, and has been asked since: leave is to be asked for anew.
    Lapsed,
}

/// Whether leave still holds: a pause takes every claim, and after it one alone tries whether the host is well again.
pub(in crate::history) fn standing(connection: &Connection, turn: &Turn, now: DateTime<Utc>) -> Result<Standing> {
    if let Some(until) = paused_until(connection, &turn.host, now)? {
        return Ok(Standing::Paused(until));
    }
    let claimed_until: Option<i64> = connection
        .prepare_cached(
            "SELECT claimed_until FROM asked
             WHERE owner = (SELECT id FROM owner WHERE fingerprint = ?1) AND what = ?2",
        )?
        .query_row(params![turn.owner.as_bytes(), turn.what], |row| row.get(0))
        .optional()?;
    let host = host(connection, &turn.host)?;
    let until = turn.at.timestamp_millis() + CLAIM;
    let holds = claimed_until == Some(until) && (!host.on_trial || host.trial_until == until);
    Ok(if holds { Standing::Holds } else { Standing::Lapsed })
}

/// Lets go of a request: others need not wait for it. What is claimed by others since then stands.
pub(in crate::history) fn release(connection: &Connection, turn: &Turn) -> Result<()> {
    let until = turn.at.timestamp_millis() + CLAIM;
    connection
        .prepare_cached(
            "UPDATE asked SET claimed_until = 0
             WHERE owner = (SELECT id FROM owner WHERE fingerprint = ?1) AND what = ?2 AND claimed_until = ?3",
        )?
        .execute(params![turn.owner.as_bytes(), turn.what, until])?;
    connection
        .prepare_cached("UPDATE host SET trial_until = 0 WHERE name = ?1 AND trial_until = ?2")?
        .execute(params![turn.host, until])
        .map(drop)
}
