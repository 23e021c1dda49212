//! What is asked of the database, by subject. What is only written is so in a transaction of the caller's, with others.

pub(super) mod answers;
pub(super) mod buckets;
pub(super) mod courses;
pub(super) mod failures;
pub(super) mod ledger;
pub(super) mod names;
pub(super) mod samples;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Result};

use super::fingerprint::Fingerprint;

/// The number of an owner that is known; `None` when nothing was ever kept of it.
fn owner(connection: &Connection, fingerprint: Fingerprint) -> Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM owner WHERE fingerprint = ?1")?
        .query_row([fingerprint.as_bytes()], |row| row.get(0))
        .optional()
}

/// The number of an owner, given now if it had none. Within a transaction only: numbers that nothing
/// refers to are taken back when the history is pruned.
fn owner_or_new(connection: &Connection, fingerprint: Fingerprint) -> Result<i64> {
    if let Some(id) = owner(connection, fingerprint)? {
        return Ok(id);
    }
    connection.prepare_cached("INSERT INTO owner (fingerprint) VALUES (?1)")?.insert([fingerprint.as_bytes()])
}

/// The newest time that a row may have at `now`. What is written late, as when another process held the file for a while,
/// leaves a row alone that is newer than itself; but one of a clock that was ahead is not to stand for good.
fn newest(now: DateTime<Utc>) -> i64 {
    /// So much two readings of the clock may be apart, that are written in one transaction or soon after one another.
    const AHEAD: i64 = 10_000;
    now.timestamp_millis().saturating_add(AHEAD)
}

/// The time that a stored number stands for; one out of the calendar's range is no time.
fn time(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
}
