//! What an instance tells the others: what came of a request, and that the host wants to be left alone.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Result, params};

use super::{CLAIM, host, is_paused, keep_host};
use crate::domain::failure::Failure;
use crate::history::fingerprint::Fingerprint;
use crate::history::record;
use crate::history::store::{newest, owner_or_new};

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which host was asked.
    pub host: String,
    /// Whose answer it is.
    pub owner: Fingerprint,
    /// Which request.
    pub what: String,
    /// When it was answered, or failed.
    pub at: DateTime<Utc>,
    /// Why there is no answer.
    pub failure: Option<Failure>,
}

/// Tells what came of a request: the claim is over, and others may take its answer. Where it is told late, a newer answer
/// stays, and so does what others claim since then.
pub(in crate::history) fn settle(connection: &Connection, outcome: &Outcome, now: DateTime<Utc>) -> Result<()> {
    let owner = owner_or_new(connection, outcome.owner)?;
    let failure = outcome.failure.as_ref().and_then(record::write_failure);
    connection
        .prepare_cached(
            "INSERT INTO asked VALUES (?1, ?2, 0, ?3, ?4)
             ON CONFLICT DO UPDATE SET answered_at = excluded.answered_at, failure = excluded.failure,
                 claimed_until = CASE WHEN claimed_until > excluded.answered_at + ?6 THEN claimed_until ELSE 0 END
             WHERE NOT (answered_at > excluded.answered_at AND answered_at <= ?5)",
        )?
        .execute(params![owner, outcome.what, outcome.at.timestamp_millis(), failure, newest(now), CLAIM])?;
    let mut host = host(connection, &outcome.host)?;
    let refusals = if outcome.failure.is_none() { 0 } else { host.refusals };
    // What was sent before the 429 says nothing about how the host is after it.
    let is_of_before = is_paused(host.paused_until, outcome.at.timestamp_millis());
    if !is_of_before && (host.on_trial || host.refusals != refusals) {
        (host.on_trial, host.refusals) = (false, refusals);
        keep_host(connection, &outcome.host, host)?;
    }
    Ok(())
}

/// The host answered 429, so many times in a row: nobody asks before `until`, for these owners or others. A pause that is
/// told late, when it is over, says nothing about how the host is by now.
pub(in crate::history) fn pause(
    connection: &Connection,
    name: &str,
    owners: &[Fingerprint],
    until: DateTime<Utc>,
    refusals: u32,
    now: DateTime<Utc>,
) -> Result<()> {
    if until <= now {
        return Ok(());
    }
    let mut host = host(connection, name)?;
    // One that is too far ahead to have been written by a right clock is none.
    let stored = Some(host.paused_until).filter(|stored| is_paused(*stored, now.timestamp_millis()));
    host.paused_until = stored.unwrap_or_default().max(until.timestamp_millis());
    host.refusals = host.refusals.max(refusals);
    (host.on_trial, host.trial_until) = (true, 0);
    keep_host(connection, name, host)?;
    // What was claimed is let go. Claims on another host stand, and those of owners that are not known here expire.
    let mut let_go = connection.prepare_cached(
        "UPDATE asked SET claimed_until = 0
         WHERE claimed_until > 0 AND owner = (SELECT id FROM owner WHERE fingerprint = ?1)",
    )?;
    owners.iter().try_for_each(|owner| let_go.execute([owner.as_bytes()]).map(drop))
}
